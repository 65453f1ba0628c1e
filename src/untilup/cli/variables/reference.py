"""What an ``env:`` word asks for: one variable or two, and the options that only such words have."""

from __future__ import annotations

from untilup import display
from untilup.cli import targets
from untilup.errors import InvalidTarget
from untilup.targets import hostport
from untilup.targets.target import NOTHING, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

# Of a list: wait for every target, or for any of them.
ALL, ANY = "all", "any"
_FORMS = "write the names of variables: env:DATABASE_URL, env:DB_HOST:DB_PORT or env:DB_HOST:5432"


class Reference:
    """``env:HOST:PORT#OPTIONS``, in its parts.

    *source* is the word without its options. *host* is the first variable, which may hold a URL or a list.
    *port_variable* is the second, or *port* a number in its place. *scheme* and *default_port* complete
    what the variables hold. *wants_all* and *wants_any* say what a list means. If *if_set*, the target is
    left out if *host* is not set. *options* are those of each target, as text. *is_shown* tells whether
    the names may be printed: they may be something else, put there by a shell.
    """

    def __init__(self, word: str) -> None:
        """Read *word*; raise InvalidTarget if it is malformed."""
        text, hash_sign, fragment = word.removeprefix(display.FROM_ENVIRONMENT).partition("#")
        names = text.split(":")
        if len(names) > 2 or not all(names) or "$" in text or text.startswith("//"):  # noqa: PLR2004 - a host and a port
            raise InvalidTarget(_FORMS)
        second = names[1] if len(names) > 1 else ""
        is_fixed = hostport.is_number(second)
        if is_fixed and not hostport.is_port(second):
            raise InvalidTarget(f"'{second}' is not a port from 1 to {hostport.MAX_PORT}")
        self.is_shown = display.malformed(word) != display.NOT_SHOWN
        self.source = f"{display.FROM_ENVIRONMENT}{text}"
        self.host = names[0]
        self.port, self.port_variable = (second, "") if is_fixed else ("", second)
        self.options = self.scheme = self.default_port = ""
        self.wants_all = self.wants_any = self.if_set = False
        if hash_sign:
            self._read_options(fragment)

    def _read_options(self, fragment: str) -> None:
        from untilup.targets.fragment import OF_VARIABLES, parse_options
        from untilup.targets.syntax import COMMON_OPTIONS

        pieces = fragment.replace("#", "&").split("&")
        if "" in pieces:
            parse_options("", {**OF_VARIABLES, **COMMON_OPTIONS})  # which refuses it
        own = [piece for piece in pieces if piece.partition("=")[0] in OF_VARIABLES]
        self.options = "&".join(piece for piece in pieces if piece not in own)
        given = parse_options("&".join(own), OF_VARIABLES) if own else {}
        self.wants_all, self.wants_any = given.get(ALL, False), given.get(ANY, False)
        self.if_set = given.get("if-set", False)
        self.default_port = given.get("default-port", "")
        if "scheme" in given:
            self.scheme = _known(given["scheme"])
        if self.wants_all and self.wants_any:
            raise InvalidTarget("'all' and 'any' cannot be combined; write one of them")
        if self.port and self.default_port:
            raise InvalidTarget(f"the port is {self.port}; leave out 'default-port'")

    @property
    def completes(self) -> bool:
        """Whether a value that is no complete target becomes one: by a port or a scheme."""
        return bool(self.port or self.port_variable or self.scheme or self.default_port)

    def parse(self, text: str, settle: float, without: Collection[str] = ()) -> Target:
        """Return the one target that *text*, of a variable, is with the options of this reference.

        Leave out the options *without* which it makes sense.
        """
        pieces = self.options.split("&") if self.options else []
        options = "&".join(piece for piece in pieces if piece.partition("=")[0] not in without)
        # A '#' in the text may be part of a password; another '#' separates options as well as '&' does.
        whole = f"{text}#{options}" if options else text
        try:
            found = targets.parse_one(whole, settle)
        except InvalidTarget as error:
            from untilup.cli.mistakes.in_targets import in_a_variable

            raise in_a_variable(error) from None
        return found if found.scheme else found.replace(source=self.name(self.source))

    def nothing(self, why: str, settle: float) -> Target:
        """Return the target for which there is nothing to wait, and *why*."""
        return Target(NOTHING, "", 0, settle, source=self.name(self.source), note=why)

    def raise_if_no_option(self) -> None:
        """Raise InvalidTarget if *options* has one that no target has: its scheme is not known here."""
        from untilup import checks
        from untilup.targets.fragment import parse_options
        from untilup.targets.syntax import COMMON_OPTIONS

        known = dict(COMMON_OPTIONS)
        if any(piece.partition("=")[0] not in known for piece in self.options.split("&")):
            from untilup.cli import schemes

            for scheme in [self.scheme] if self.scheme else schemes.known():
                syntax = checks.syntax_of(scheme)
                known |= syntax.options if syntax else {}
        parse_options(self.options, known)

    def name(self, variable: str) -> str:
        """Return the name of *variable* as it can be printed."""
        return display.printable(variable) if self.is_shown else "a variable"

    def value_of(self, variable: str) -> str:
        """Return what a message calls the value of *variable*."""
        return f"the value {display.HIDDEN} of {self.name(variable)}"


def _known(scheme: str) -> str:
    """Return *scheme* in lower case; raise InvalidTarget if there is no check for it."""
    from untilup import checks
    from untilup.targets.syntax import COMMAND_SCHEME

    name = scheme.lower()
    if name == COMMAND_SCHEME:
        raise InvalidTarget("option 'scheme': a variable cannot hold a command")
    if checks.syntax_of(name):
        return name
    from untilup.cli import schemes

    advice = schemes.suggestion(name) or schemes.similar(name)
    advice = f" {advice}" if advice.endswith("?") else ""
    raise InvalidTarget(
        f"option 'scheme': {display.quoted(scheme)} is unknown;{advice} it may be {', '.join(schemes.of_urls())}"
    )
