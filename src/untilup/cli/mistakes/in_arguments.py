"""Mistakes in the targets of a command line that show only beside the other arguments."""

from __future__ import annotations

from untilup import display
from untilup.cli.mistakes.in_targets import DASHES, OF_A_PATH, RefusedTarget
from untilup.errors import UsageError
from untilup.targets import hostport

# A longer argument is shown once in a message.
MAX_REPEATED = 40
# These words were probably meant as options.
OPTION_WORDS = ("help", "version")
ONE_ARGUMENT = (
    'pass each word as an argument of its own; in JSON: ["untilup", "db:5432", "--", "COMMAND"]'
)


def may_be_cut_in_two(words: list[str]) -> bool:
    """Tell whether the white space between *words* may be part of a secret."""
    return len(words) > 1 and any(_may_be_a_part(word) for word in words)


def _may_be_a_part(word: str) -> bool:
    """Tell whether *word* may be a part of a URL with a secret, a connection string or a command."""
    return (
        ("@" in word and "://" not in word.partition("@")[0])
        or display.has_key_and_value(word.partition("#")[0])
        or display.names_a_secret(word)
        or word.startswith(display.COMMAND)
        or not {"?", ";"}.isdisjoint(word)
        or "header=" in word
    )


def in_list(error: UsageError, words: list[str], variable: str) -> UsageError:
    """Return *error*, which refuses one of *words*, for the *variable* that holds them."""
    return UsageError(f"{variable}: {_without_a_secret(error, words)}")


def _without_a_secret(error: UsageError, words: list[str]) -> UsageError:
    """Return *error* without any piece of the refused word, if white space in a secret may have cut it off."""
    if may_be_cut_in_two(words) and isinstance(error, RefusedTarget):
        return error.without_the_word()
    return error


def explain(error: UsageError, words: list[str], at: int, *, has_command: bool) -> UsageError:
    """Return *error*, which refuses word number *at* of *words*, or a better one.

    The words are all targets of the command line; *has_command* tells whether a ``--`` follows.
    """
    error = _without_a_secret(error, words)
    word = words[at]
    if not at and word in OPTION_WORDS:
        return UsageError(f"'{word}' is not a target; did you mean 'untilup --{word}'?")
    if _is_command_line(word):
        return UsageError(f"a whole command line is in one argument; {ONE_ARGUMENT}")
    if not is_bare(word):
        return error
    name = error.name if isinstance(error, RefusedTarget) else display.malformed(word)
    shown = name != display.NOT_SHOWN
    after = words[at + 1] if at + 1 < len(words) else ""
    if hostport.is_port(after) and not word.startswith(OF_A_PATH):
        meant = f"{display.printable(word)}:{after}" if shown else "HOST:PORT"
        return UsageError(f"target {name}: it has no port; did you mean {meant}?")
    # With two of them, the -- may be one of the command's own: npm start -- --port 80.
    may_have_dashes = has_command and not (at and after and is_bare(after))
    if may_have_dashes or not (at or after) or hostport.is_port(word):
        return error
    return missing_dashes(word, name, error if not at else None)


def missing_dashes(word: str, name: str, error: UsageError | None = None) -> UsageError:
    """Return the error for *word*, shown as *name*, that is probably the command.

    *error* says what is wrong with it as a target, if that is as probable.
    """
    shown = name != display.NOT_SHOWN and len(word) <= MAX_REPEATED
    command = display.program(word) if shown else "COMMAND"
    cure = f"put -- before it, as in 'untilup db:5432 -- {command}'"
    if error:
        return UsageError(f"{error}; if it is the command, {cure}")
    is_path = "/" in word
    problem = "it is a path without a scheme" if is_path else "it has no port"
    as_target = "file:///PATH" if is_path else f"{word}:PORT" if shown else "HOST:PORT"
    return UsageError(
        f"target {name}: {problem}; if it is the command, {cure}; if it is a target, write {as_target}"
    )


def is_bare(word: str) -> bool:
    """Tell whether *word* could be a host without a port, or a command."""
    is_one = word.isprintable() and word.split() == [word] and word[0] not in {*DASHES, "-"}
    return is_one and {*":=$\"'@#?"}.isdisjoint(word)


def _is_command_line(word: str) -> bool:
    """Tell whether *word* has several words, with options of untilup or its name among them.

    A command after ``exec:`` is one argument, and has options of its own.
    """
    pieces = word.split()
    has_several = len(pieces) > 1 and not word.startswith(display.COMMAND)
    return has_several and (pieces[0] == "untilup" or any(map(_is_option, pieces)))


def _is_option(piece: str) -> bool:
    return (
        piece == "--" or (piece.startswith("-") and piece[1:2].isalpha()) or piece.startswith("--")
    )
