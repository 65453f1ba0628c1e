"""Completion for bash 4.2 and later, with or without the package bash-completion."""

from __future__ import annotations

from untilup.cli.completion import words
from untilup.cli.completion.cases import by_values, quoted_patterns, values_by_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.cli.completion.words import Values

TEMPLATE = r"""# Completion of untilup for bash, printed by: untilup --completion bash

# Bash has cut the words at ":" and "=" too (COMP_WORDBREAKS): join those that no blank separates.
_untilup_join() {
    local rest=$COMP_LINE word
    joined=()
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ -n $word && ${#joined[@]} -gt 0 && $rest == "$word"* ]]; then
            joined[${#joined[@]}-1]+=$word
        else
            joined+=("$word")
            rest=${rest#"${rest%%[![:blank:]]*}"}
        fi
        rest=${rest#"$word"}
    done
}

# _untilup_offer PREFIX ARGUMENT...: offer what compgen finds for the rest of the word.
_untilup_offer() {
    local prefix=$1 found
    shift
    while IFS= read -r found; do
        COMPREPLY+=("$prefix$found")
    done < <(compgen "$@" -- "${cur:${#prefix}}")
}

# _untilup_existing PREFIX -f|-c [UNWANTED]: offer files, or programs, but no name that has a character
# of the pattern UNWANTED. compgen makes two of a name with a newline, which may not exist.
_untilup_existing() {
    local typed=${cur:${#1}} found
    # Without its backslashes, which read takes away.
    [[ -n $quote ]] || IFS= read typed <<<"$typed"
    while IFS= read -r found; do
        [[ $found == "${typed%"${typed##*/}"}"* && ( -z ${3-} || $found != *$3* ) ]] || continue
        case $2 in
            -f) [[ -e $found || -L $found || $found == '~'* ]] ;;
            -c) [[ -d $found || $found == '~'* ]] || type -P -- "$found" >/dev/null ;;
        esac && COMPREPLY+=("$1$found")
    done < <(compgen "$2" -- "$typed")
}

# _untilup_files PREFIX
_untilup_files() {
    compopt -o filenames
    _untilup_existing "$1" -f
}

# Readline quotes only what it takes for the name of a file.
_untilup_programs() {
    compopt -o filenames
    _untilup_existing '' -c
}

# _untilup_value OPTION PREFIX: return 1 if the option takes no value.
_untilup_value() {
    case $1 in
@VALUES@
        *) return 1 ;;
    esac
}

_untilup_target() {
    local scheme=${cur%%:*} prefix name options='@COMMON@'
    scheme=${scheme%%+*}
    case $cur in
        *'#'*)
            prefix=${cur%"${cur##*[#&]}"}
            name=${cur:${#prefix}}
            if [[ $name == *=* ]]; then
                name=${name%%=*}
                prefix+=$name=
                case $scheme#$name in
@TARGET_VALUES@
                esac
                return
            fi
            case $scheme in
@TARGET_OPTIONS@
            esac
            _untilup_offer "$prefix" -W "$options"
            ;;
        env:*) _untilup_offer "${cur%"${cur##*:}"}" -A export ;;
        exec:*) _untilup_existing exec: -c '@UNSAFE@' ;;
        file://* | unix://*) _untilup_files "${cur%%://*}://" ;;
        *) _untilup_offer '' -W '@BEGINNINGS@' ;;
    esac
}

# Set quote to the quote that cur begins with, and remove it from there.
_untilup_unquote() {
    [[ $cur == [\'\"]* ]] || return
    quote=${cur:0:1}
    cur=${cur:1}
}

_untilup() {
    local cur quote='' kept='' part char i joined
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -- ]] || continue
        cur=${COMP_WORDS[COMP_CWORD]}
        _untilup_unquote
        if declare -F _comp_command_offset >/dev/null; then
            _comp_command_offset $((i + 1))
        elif declare -F _command_offset >/dev/null; then
            _command_offset $((i + 1))
        elif ((i + 1 == COMP_CWORD)); then
            _untilup_programs
        else
            _untilup_files ''
        fi
        return
    done
    _untilup_join
    i=$((${#joined[@]} - 1))
    cur=${joined[i]}
    _untilup_unquote
    if [[ $cur == --*=* ]]; then
        _untilup_value "${cur%%=*}" "${cur%%=*}="
    elif ! { ((i > 1)) && _untilup_value "${joined[i - 1]}" ''; }; then
        if [[ $cur == -* ]]; then
            _untilup_offer '' -W '@OPTIONS@'
        else
            _untilup_target
        fi
    fi
    [[ ${COMPREPLY-} != *[:=#/] ]] || compopt -o nospace
    # Readline replaces only what follows the last of these, outside of quotes.
    for char in : =; do
        [[ -z $quote && $COMP_WORDBREAKS == *$char* && $cur == *$char* ]] || continue
        part=${cur%"${cur##*"$char"}"}
        ((${#part} <= ${#kept})) || kept=$part
    done
    for i in "${!COMPREPLY[@]}"; do
        COMPREPLY[i]=${COMPREPLY[i]#"$kept"}
    done
}

complete -F _untilup untilup
"""


def script() -> str:
    """Return the script for bash."""
    names = words.target_options()
    common = " ".join(word.name for word in names.pop(""))
    target_options = (
        f"                {scheme}) options+=' {' '.join(word.name for word in its)}' ;;"
        for scheme, its in names.items()
    )
    options = {word.name: word.values for word in words.options() if word.values is not None}
    values = (
        f"        {' | '.join(names)}) {_offer(offered, '$2')} ;;"
        for offered, names in by_values(options).items()
    )
    target_values = (
        f"                    {quoted_patterns(names)}) {_offer(offered, '$prefix')} ;;"
        for offered, names in by_values(values_by_option()).items()
    )
    return (
        TEMPLATE.replace("@VALUES@", "\n".join(values))
        .replace("@UNSAFE@", words.UNSAFE)
        .replace("@COMMON@", common)
        .replace("@TARGET_VALUES@", "\n".join(target_values))
        .replace("@TARGET_OPTIONS@", "\n".join(target_options))
        .replace("@BEGINNINGS@", " ".join(words.beginnings()))
        .replace("@OPTIONS@", " ".join(word.name for word in words.options()))
    )


def _offer(values: Values, prefix: str) -> str:
    if isinstance(values, str):
        return f'_untilup_files "{prefix}"'
    return f"_untilup_offer \"{prefix}\" -W '{' '.join(values)}'" if values else ":"
