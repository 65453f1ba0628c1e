"""Completion for fish 3 and later."""

from __future__ import annotations

from untilup.cli.completion import words
from untilup.cli.completion.cases import by_values, values_by_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from untilup.cli.completion.words import Word

TEMPLATE = r"""# Completion of untilup for fish, printed by: untilup --completion fish

function __untilup_in_command
    contains -- -- (commandline -opc)
end

function __untilup_command
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words)
    set -l words $words[(math $at + 1)..-1]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

# Offer each of the other arguments, with the prefix before it. A file may have a newline in its name.
function __untilup_offer --argument-names prefix
    for word in $argv[2..-1]
        printf '%s\0' $prefix$word
    end
end

function __untilup_files --argument-names prefix typed
    set -l path (string unescape -- $typed; or echo $typed)
    for file in $path*
        test -d $file; and set file $file/
        __untilup_offer $prefix $file
    end
end

# With their descriptions.
function __untilup_programs --argument-names prefix typed
    for line in (complete -C $typed | string match -rv '^[^\t]*(?!\t)@UNSAFE@')
        set -l name (string split -m 1 \t -- $line)[1]
        if test -d $name; or command -q $name
            __untilup_offer $prefix $line
        end
    end
end

function __untilup_target_options --argument-names scheme prefix
    __untilup_offer "$prefix" @COMMON@
    switch $scheme
@TARGET_OPTIONS@
    end
end

function __untilup_target_values --argument-names scheme prefix name value
    switch $scheme'#'$name
@TARGET_VALUES@
    end
end

function __untilup_targets
    set -l current (commandline -ct | string replace -r '^[\'"]' '')
    set -l scheme (string replace -r '[:+].*' '' -- $current)
    switch $current
        case '*#*'
            set -l prefix (string replace -r '[^#&]*$' '' -- $current)
            set -l rest (string replace -r '.*[#&]' '' -- $current)
            if string match -q '*=*' -- $rest
                set -l parts (string split -m 1 = -- $rest)
                __untilup_target_values $scheme "$prefix$parts[1]=" $parts[1] $parts[2]
            else
                __untilup_target_options $scheme $prefix
            end
        case 'env:*'
            set -l prefix (string replace -r '[^:]*$' '' -- $current)
            __untilup_offer $prefix (set -nx)
        case 'exec:*'
            __untilup_programs exec: (string sub -s 6 -- $current)
        case 'file://*' 'unix://*'
            __untilup_files (string sub -l 7 -- $current) (string sub -s 8 -- $current)
        case '*'
            __untilup_offer '' @BEGINNINGS@
    end
end

complete -c untilup -f
complete -c untilup -n __untilup_in_command -a '(__untilup_command)'
complete -c untilup -n 'not __untilup_in_command' -a '(__untilup_targets | string split0)'
@OPTIONS@
"""


def script() -> str:
    """Return the script for fish."""
    options = words.target_options()
    common = " ".join(map(_described, options.pop("")))
    target_options = (
        f'        case {scheme}\n            __untilup_offer "$prefix" {" ".join(map(_described, its))}'
        for scheme, its in options.items()
    )
    return (
        TEMPLATE.replace("@COMMON@", common)
        .replace("@UNSAFE@", words.UNSAFE)
        .replace("@TARGET_OPTIONS@", "\n".join(target_options))
        .replace("@TARGET_VALUES@", "\n".join(_target_values()))
        .replace("@BEGINNINGS@", " ".join(words.beginnings()))
        .replace("@OPTIONS@", "\n".join(_options()))
    )


def _described(option: Word) -> str:
    return f"{_quoted(option.name)}\\t{_quoted(option.summary)}"


def _target_values() -> Iterator[str]:
    for values, names in by_values(values_by_option()).items():
        if values:
            yield f"        case {' '.join(map(_quoted, names))}"
            yield (
                "            __untilup_files $prefix $value"
                if isinstance(values, str)
                else f"            __untilup_offer $prefix {' '.join(values)}"
            )


def _options() -> Iterator[str]:
    """Yield the options as fish's complete takes them."""
    for option in words.options():
        dashes = "l" if option.name.startswith("--") else "s"
        words_ = [
            "complete -c untilup -n 'not __untilup_in_command'",
            f"-{dashes} {option.name.lstrip('-')}",
        ]
        if isinstance(option.values, str):
            words_.append("-r -F")
        elif option.values is not None:
            words_.append(f"-x -a {_quoted(' '.join(option.values))}")
        yield " ".join([*words_, f"-d {_quoted(option.summary)}"])


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
