"""What is wrong with a text that is not a target, by what was probably meant."""

from __future__ import annotations

from untilup import checks, display
from untilup.cli import schemes
from untilup.errors import InvalidTarget, UsageError
from untilup.targets import hostport
from untilup.targets.syntax import COMMAND_SCHEME, COMMON_OPTIONS
from untilup.targets.url import ENDS_OF_AUTHORITY, IN_LOWER_CASE, KEY_VALUE

QUOTES = frozenset("\"'`\u2018\u2019\u201c\u201d")
# Word processors and web pages replace hyphens by these.
DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
OF_A_PATH = ("/", "./", "../", "~")


class RefusedTarget(UsageError):
    """What is wrong with *word*, by *error*, in a message without what may be secret of the word."""

    def __init__(self, word: str, error: InvalidTarget, *, hidden: bool = False) -> None:
        if word.startswith(display.FROM_ENVIRONMENT):
            piece = error.instead or display.HIDDEN
        else:
            piece = display.piece(word, None if hidden else error.piece, error.instead)
        self.word = word
        self.error = error
        self.name = display.NOT_SHOWN if hidden else display.malformed(word)
        super().__init__(f"target {self.name}: {error.problem.replace('{}', piece)}")

    def without_the_word(self) -> RefusedTarget:
        """Return the same without any piece of the word."""
        return RefusedTarget(self.word, self.error, hidden=True)


class UnknownScheme(InvalidTarget):
    """A URL whose scheme, *name*, has no check."""

    def __init__(self, name: str) -> None:
        super().__init__(_with_advice("unknown scheme {}", name), name)
        self.name = name


def unknown_scheme(name: str) -> InvalidTarget:
    """Return what is wrong with a URL whose scheme, *name*, has no check."""
    return (_unexpected_character(name) if name else None) or UnknownScheme(name)


def in_a_variable(error: InvalidTarget) -> InvalidTarget:
    """Return *error* for the value of a variable, of which nothing is shown.

    Of an unknown scheme, only the known one that is spelled like it.
    """
    if not isinstance(error, UnknownScheme):
        return error
    problem = "the scheme of its value is unknown (the value is not shown)"
    return InvalidTarget(_with_advice(problem, error.name))


def _with_advice(problem: str, name: str) -> str:
    """Return *problem*, what may be meant by the scheme *name*, and the known schemes, as one text."""
    advice = schemes.suggestion(name) or schemes.similar(name)
    known = ", ".join(schemes.of_urls())
    if advice.endswith("?"):
        return f"{problem}; {advice} Known schemes: {known}"
    if advice:
        return f"{problem}; {advice}; known schemes: {known}"
    return (
        f"{problem}; known schemes: {known}; for another server write HOST:PORT or http://HOST/PATH"
    )


def bare_problem(word: str) -> InvalidTarget | None:
    """Return what is wrong with *word*, which is no URL and not ``HOST:PORT`` either.

    None is a mistake that is found when the host is read.
    """
    text, hash_sign, _ = word.partition("#")
    if not text and hash_sign:
        return InvalidTarget("options follow a target without a space: HOST:PORT#OPTION")
    if not text:
        return InvalidTarget("it is empty; is a variable unset?")
    if problem := _unexpected_character(text):
        return problem
    if text.startswith(OF_A_PATH):
        return _path(text)
    if ":" not in text:
        return _no_port(text)
    return _url_without_slashes(text) or _more_than_host_and_port(text)


def _unexpected_character(text: str) -> InvalidTarget | None:
    if not QUOTES.isdisjoint(text):
        return InvalidTarget(
            "it has quotes; remove them (in an env file, quotes may become part of the value)"
        )
    if text[0] in DASHES:
        return _dash(text)
    if "$" in text:
        return InvalidTarget(hostport.UNEXPANDED)
    if "=" in text.partition("?")[0]:
        return InvalidTarget(KEY_VALUE)
    if text.startswith("-"):
        return InvalidTarget(
            "it begins with '-'; options and '--' cannot be part of a target or of a list of targets"
        )
    return None


def _dash(text: str) -> InvalidTarget:
    name = f"U+{ord(text[0]):04X}"
    if DASHES.issuperset(text):
        return InvalidTarget(
            f"it is a dash ({name}), not '--'; type -- (a web page may have replaced it)"
        )
    return InvalidTarget(
        f"it begins with a dash ({name}), not with '-'; type the option again (a web page may have replaced it)"
    )


def _path(text: str) -> InvalidTarget:
    if not text.startswith("/"):
        return InvalidTarget("a relative path is no target; to wait for a file, write file:///PATH")
    scheme = "unix" if text.endswith((".sock", ".socket")) else "file"
    suggested = f"{scheme}://{text}"
    return InvalidTarget("a path needs a scheme; did you mean {}?", suggested, f"{scheme}:///PATH")


def _no_port(text: str) -> InvalidTarget:
    if hostport.is_port(text):
        return InvalidTarget("it is a port without a host; write {}", f"HOST:{text}", "HOST:PORT")
    name, slashes, rest = text.partition("//")
    if slashes and checks.syntax_of(name):
        problem = "in a URL '://' follows the scheme; did you mean {}?"
        return InvalidTarget(problem, f"{name}://{rest}", f"{name}://HOST")
    name = text.lower()
    if name == COMMAND_SCHEME:
        return InvalidTarget("the command is missing; write exec:COMMAND")
    if text.isupper() and text.isidentifier() and "_" in text:
        return InvalidTarget(
            "it has no port; if {} is a variable, write env: before its name", text, "it"
        )
    return _host_without_port(text, name)


def _host_without_port(text: str, name: str) -> InvalidTarget:
    """Return what is wrong with *text*, which may be a host or a scheme; *name* is the same in lower case."""
    scheme = schemes.meant_by(name)
    syntax = checks.syntax_of(scheme)
    if syntax and not syntax.host:
        return InvalidTarget(f"the path is missing; write {scheme}:///PATH")
    if syntax and syntax.port == 0:
        return InvalidTarget("it has no port; write HOST:PORT")
    scheme = scheme if syntax else "postgres"
    return InvalidTarget(
        f"it has no port; write {{}}, or a URL such as {scheme}://HOST", f"{text}:PORT", "HOST:PORT"
    )


def _url_without_slashes(text: str) -> InvalidTarget | None:
    """Return what is wrong if *text* begins with a scheme and a ``:``, without the ``//``."""
    name, _, rest = text.partition(":")
    scheme = schemes.meant_by(name.lower())
    syntax = checks.syntax_of(scheme)
    if not syntax or hostport.is_port(rest.partition("/")[0]):
        return None
    if scheme == COMMAND_SCHEME:
        return InvalidTarget(IN_LOWER_CASE)
    problem = "in a URL '//' follows the scheme; did you mean {}?"
    instead = f"{scheme}://HOST:PORT" if syntax.host else f"{scheme}:///PATH"
    after = rest.lstrip("/") if syntax.host else rest
    is_clear = after[:1].isalpha() if syntax.host else after.startswith("/")
    return InvalidTarget(problem, f"{scheme}://{after}" if is_clear else None, instead)


def _more_than_host_and_port(text: str) -> InvalidTarget | None:
    """Return what is wrong if *text* is ``HOST:PORT`` and something else of a URL."""
    if "@" in text:
        return InvalidTarget("HOST:PORT has no user; write a URL: SCHEME://USER@HOST:PORT")
    end = min((text.find(sign) for sign in ENDS_OF_AUTHORITY if sign in text), default=len(text))
    host, _, port = text[:end].rpartition(":")
    if not port and host and not text[end:]:
        return InvalidTarget(
            "the port is missing after the ':'; write {}", f"{text}PORT", "HOST:PORT"
        )
    if text[end : end + 1] == "?":
        return _query(text[end + 1 :])
    if text[end:] and host and hostport.is_port(port):
        instead = "http://HOST:PORT/PATH"
        return InvalidTarget("HOST:PORT has no path; did you mean {}?", f"http://{text}", instead)
    return None


def _query(text: str) -> InvalidTarget:
    """Return what is wrong with ``HOST:PORT?text``; *text* is shown only if it is known options."""
    from untilup.targets.fragment import parse_options

    try:
        parse_options(text, COMMON_OPTIONS)
    except InvalidTarget:
        return InvalidTarget(
            "HOST:PORT has no query; options follow a '#': write HOST:PORT#OPTION=VALUE"
        )
    return InvalidTarget(f"options follow a '#', not a '?'; write HOST:PORT#{text}")
