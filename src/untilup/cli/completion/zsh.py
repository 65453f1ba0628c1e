"""Completion for zsh 5."""

from __future__ import annotations

from untilup.cli.completion import words
from untilup.cli.completion.cases import by_values, quoted_patterns, values_by_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from untilup.cli.completion.words import Values, Word

TEMPLATE = r"""#compdef untilup
# Completion of untilup for zsh, printed by: untilup --completion zsh

_untilup_target() {
    local scheme=${${PREFIX%%:*}%%+*} name
    local -a valued flags
    if [[ $PREFIX == *'#'* ]]; then
        compset -P '*[#&]'
        if [[ $PREFIX == *=* ]]; then
            name=${PREFIX%%=*}
            compset -P '*='
            case $scheme'#'$name in
@TARGET_VALUES@
            esac
            return
        fi
        valued=(@COMMON_VALUED@)
        flags=(@COMMON_FLAGS@)
        case $scheme in
@TARGET_OPTIONS@
        esac
        _describe 'option of the target' valued -S '' -- flags
    elif compset -P 'env:'; then
        compset -P '*:'
        _parameters -g '*export*'
    elif compset -P 'exec:'; then
        local -a unsafe=('*@UNSAFE@*')
        _command_names -e -F unsafe
    elif compset -P '(file|unix)://'; then
        _files
    else
        local -a beginnings=(@BEGINNINGS@)
        _wanted targets expl target compadd -S '' -a beginnings
    fi
}

_untilup() {
    local curcontext=$curcontext expl
    integer dashes=${words[(ie)--]}
    if (( dashes < CURRENT )); then
        shift $dashes words
        (( CURRENT -= dashes ))
        _normal
        return
    fi
    _arguments -s \
@OPTIONS@
        '*:target:_untilup_target'
}

# Either autoloaded from a directory of $fpath, or sourced.
if [[ $funcstack[1] == _untilup ]]; then
    _untilup "$@"
else
    compdef _untilup untilup
fi
"""


def script() -> str:
    """Return the script for zsh."""
    options = words.target_options()
    common = options.pop("")
    target_options = []
    for scheme, its in options.items():
        valued, flags = _described(its)
        target_options.append(f"            {scheme}) valued+=({valued}) flags+=({flags}) ;;")
    target_values = (
        f"                {quoted_patterns(names)}) {_offer(values)} ;;"
        for values, names in by_values(values_by_option()).items()
    )
    valued, flags = _described(common)
    return (
        TEMPLATE.replace("@TARGET_VALUES@", "\n".join(target_values))
        .replace("@UNSAFE@", words.UNSAFE)
        .replace("@COMMON_VALUED@", valued)
        .replace("@COMMON_FLAGS@", flags)
        .replace("@TARGET_OPTIONS@", "\n".join(target_options))
        .replace("@BEGINNINGS@", " ".join(words.beginnings()))
        .replace("@OPTIONS@", "\n".join(f"        {_quoted(spec)} \\" for spec in _specs()))
    )


def _offer(values: Values) -> str:
    if isinstance(values, str):
        return "_files"
    return f"_wanted values expl value compadd {' '.join(values)}" if values else ":"


def _described(options: list[Word]) -> tuple[str, str]:
    """Return the options with a value and the flags, each with its meaning, as words of zsh."""
    texts = [(option, _quoted(f"{option.name}:{option.summary}")) for option in options]
    return (
        " ".join(text for option, text in texts if option.values is not None),
        " ".join(text for option, text in texts if option.values is None),
    )


def _specs() -> Iterator[str]:
    """Yield the options as _arguments takes them."""
    for option in words.options():
        explained = option.summary.replace("[", "\\[").replace("]", "\\]")
        if option.values is None:
            yield f"{option.name}[{explained}]"
            continue
        name = option.name + ("=" if option.name.startswith("--") else "+")
        values = "_files" if isinstance(option.values, str) else f"({' '.join(option.values)})"
        yield f"{name}[{explained}]:value:{values}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
