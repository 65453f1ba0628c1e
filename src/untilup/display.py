"""Decides what may be shown: every text of a user or a server passes this module before it is printed.

A target is shown as ``scheme://host:port/path``, a command as its program. Users, passwords, queries,
headers and ``key=value`` parameters are never shown, and neither is a text that cannot be parsed and
may hold one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# The longest quotation of a text from elsewhere (from a server, from a variable).
MAX_QUOTE = 120
NOT_SHOWN = "(not shown: it may hold a password)"
# Replaces a piece of a text, and the value of a variable.
HIDDEN = "(not shown)"
HIDDEN_VALUE = f"its value {HIDDEN}"
REPEATS = "the server's answer is not shown, because it repeats the password of the target"
# Replaces a path, or the rest of it.
ELLIPSIS = "..."

COMMAND = "exec:"
FROM_ENVIRONMENT = "env:"

# Signs that a text, which is not a target, may hold a password: in a URL, a shell or a connection
# string.
_SIGNS = frozenset("@;$&|<>\"'`\\")
_WORDS = ("passw", "pwd", "secret", "token", "credential", "apikey", "api_key", "api-key", "jdbc:")
# Signs of parameters in a path.
_PARAMETERS = frozenset("@;=")
# Characters that end the name of a program.
_AFTER_A_PROGRAM = frozenset("=,:;?#&|<>(){}$`\"'*")
# A secret with at most this many letters is searched for as a separate word.
SHORT = 2


def printable(text: str) -> str:
    """Return *text* in at most 120 characters, with control and undecodable characters escaped."""
    if len(text) <= MAX_QUOTE and text.isascii() and text.isprintable():
        return text
    shown = [
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text[: MAX_QUOTE + 1]
    ]
    length = sum(map(len, shown))
    if length > MAX_QUOTE:
        while length > MAX_QUOTE - len(ELLIPSIS):
            length -= len(shown.pop())
        shown.append(ELLIPSIS)
    return "".join(shown)


def quoted(text: str) -> str:
    """Return *text* in quotes for a message, or a replacement if it may hold a password."""
    return f"a value {NOT_SHOWN}" if may_hold_a_secret(text) else f"'{printable(text)}'"


def may_hold_a_secret(text: str) -> bool:
    """Tell whether *text*, which could not be parsed, may hold a secret.

    It may if it has more than one word, an option of another program, a sign of a URL with a user, of
    a shell or of a ``key=value`` list, a word for a secret, or anything but a number in the place of a
    port or a password.
    """
    return (
        not _SIGNS.isdisjoint(text)
        or len(text.split()) > 1
        or (text[:1] == "-" and text[1:2].isalpha())
        or has_key_and_value(text)
        or names_a_secret(text)
        or any(_has_an_odd_port(piece) for piece in text.split(","))
    )


def has_key_and_value(text: str) -> bool:
    """Tell whether *text* is, or has, ``key=value``."""
    name, equals, _ = text.partition("=")
    return bool(equals and name)


def names_a_secret(text: str) -> bool:
    """Tell whether *text* has a word for a secret."""
    return any(word in text.lower() for word in _WORDS)


def _has_an_odd_port(text: str) -> bool:
    """Tell whether *text*, if it is more than ``host:port``, has a ``:`` before what is no number."""
    from re import ASCII, findall, sub  # slow to import, and needed only for a malformed target

    _, separator, rest = text.partition("://")
    rest = sub(r"\[[^]]*\]", "", rest if separator else text)
    if not separator and rest.count(":") == 1 and "/" not in rest:
        host, _, port = rest.partition(":")
        # A port by the name of a service, of letters only as most are, is not odd.
        has_letters = any(char.isalpha() for char in port)
        return has_letters and not (host and port.isalpha())
    # An IPv6 address without its brackets has groups of up to four hexadecimal digits.
    number = r"[0-9]*" if separator or "/" in rest else r"[0-9a-fA-F]{0,4}|[0-9]*"
    after = findall(r":([^:/,?#]*)", rest)
    return len(after) != len(findall(rf":(?:{number})(?=[:/,?#]|\Z)", rest, ASCII))


def target(scheme: str, hosts: str, where: str) -> str:
    """Return how a target is shown; *where* is its path and query, or all of it."""
    if scheme == COMMAND[:-1]:
        return f"{COMMAND}{program(where)}"
    if not where:
        return f"{scheme}://{hosts}"
    return f"{scheme}://{hosts}{path(where.partition('?')[0] if hosts else where)}"


def path(text: str) -> str:
    """Return a *path* as far as it can be shown.

    Without ``;`` and ``,key=value`` parameters. A path with an ``@`` may be a piece of a password,
    and is not shown at all.
    """
    kept = _decoded_if_it_hides(text)
    if "@" in kept:
        return f"/{ELLIPSIS}"
    kept = kept.partition(";")[0]
    before, equals, _ = kept.partition("=")
    if equals:
        at = max(before.rfind(sign) for sign in "/,&")
        kept = before[:at] if before[at : at + 1] in {",", "&"} else f"{before[: at + 1]}{ELLIPSIS}"
    return printable(kept)


def hides(path: str) -> bool:
    """Tell whether *path* has what is not shown of it."""
    return not _PARAMETERS.isdisjoint(_decoded_if_it_hides(path))


def _decoded_if_it_hides(path: str) -> str:
    if "%" not in path:
        return path
    from untilup.percent import unquote_lenient  # most paths have nothing to decode

    whole = unquote_lenient(path)
    return path if _PARAMETERS.isdisjoint(whole) else whole


def program(word: str) -> str:
    """Return the name of the program that *word*, or a command line, begins with."""
    name = (word.split(maxsplit=1) or [""])[0]
    end = next((at for at, char in enumerate(name) if char in _AFTER_A_PROGRAM), len(name))
    if "@" in name or (not end and name):
        return HIDDEN
    return printable(name) if end == len(name) else f"{printable(name[:end])}{ELLIPSIS}"


def malformed(word: str) -> str:
    """Return how a malformed *word* is shown: in quotes, or not at all."""
    if word.startswith(COMMAND):
        return f"'{COMMAND}{program(word.removeprefix(COMMAND))}'"
    shown = word.partition("#")[0]
    if word.startswith(FROM_ENVIRONMENT):
        names = shown.removeprefix(FROM_ENVIRONMENT).split(":")
        are_variables = len(names) <= 2 and all(map(_may_be_a_variable, names))  # noqa: PLR2004 - a host and a port
        hidden = "@" in word or not are_variables
    else:
        shown = shown.partition("?")[0]
        hidden = "@" in word or may_hold_a_secret(shown)
    return NOT_SHOWN if hidden else f"'{printable(shown)}'"


def _may_be_a_variable(name: str) -> bool:
    return all(char.isalnum() or char == "_" for char in name)


def piece(word: str, text: str | None, instead: str = "") -> str:
    """Return *text*, a piece of a malformed *word*, in quotes, or *instead* of it.

    If *text* is None, it may hold a secret. Text after a query may be the rest of the query.
    """
    if text is None or malformed(word) == NOT_SHOWN or "?" in word or may_hold_a_secret(text):
        return instead or HIDDEN
    return f"'{printable(text)}'"


def quotable(user: str, text: str, *sent: str) -> str:
    """Return the *text* of a server as it can be printed; an empty string if it repeats a secret.

    Secrets are the *user* of the target, with or without a password, and what else was *sent*.
    """
    from untilup.percent import unquote_lenient

    name, _, password = user.partition(":")
    secrets = [user, name, password, *sent]
    secrets += [unquote_lenient(secret) for secret in secrets]
    return "" if any(_has(text, secret) for secret in secrets) else printable(text)


def received(data: bytes, sent: Iterable[bytes]) -> str:
    """Return *data* from a server as it can be printed, without what was *sent*, in whole or in part."""
    from re import sub  # slow to import, and needed only for a failure

    given = b" ".join(sent).decode("utf-8", "backslashreplace")
    secrets = {*_words(given.lower())}
    text = data.decode("utf-8", "backslashreplace").strip()[: 2 * MAX_QUOTE]
    return printable(
        sub(r"\w+", lambda at: HIDDEN if _repeats(at[0].lower(), secrets) else at[0], text)
    )


def _repeats(word: str, secrets: set[str]) -> bool:
    """Tell whether *word* is, or shares more than two letters with, one of the *secrets*."""
    longer = [secret for secret in secrets if min(len(secret), len(word)) > SHORT]
    return word in secrets or any(word in each or each in word for each in longer)


def without_password(user: str, text: str) -> str:
    """Return *text* of a server, or a replacement if it repeats the password of *user*."""
    from untilup.percent import unquote_lenient

    password = user.partition(":")[2]
    secrets = [each for each in (password, unquote_lenient(password)) if len(each) > SHORT]
    return REPEATS if any(secret in text for secret in secrets) else text


def _has(text: str, secret: str) -> bool:
    """Tell whether *text* has the *secret*; one of two letters or less must be a separate word."""
    if len(secret) > SHORT:
        return secret in text
    return secret in _words(text)


def _words(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()


def traceback(trace: str, words: Iterable[str], values: Iterable[str]) -> str:
    """Return a *trace* without the messages that repeat possible secrets.

    These are all *words* of argv, and those *values* of variables that have parameters. The lines of
    code stay.
    """
    given = [*words]
    given += [text for text in values if not _PARAMETERS.isdisjoint(text)]
    secrets = {word for text in given for word in _words(text) if len(word) > SHORT}
    return "".join(_without(line, secrets) for line in trace.splitlines(keepends=True))


def _without(line: str, secrets: set[str]) -> str:
    kind, colon, message = line.partition(":")
    if line.startswith(" ") or not colon or secrets.isdisjoint(_words(message)):
        return line
    return f"{kind}: {NOT_SHOWN}\n"
