"""How the targets of a scheme are written: every scheme has one TargetSyntax."""

from __future__ import annotations

from untilup.values import DURATION, DURATION_OR_ZERO, FLAG, ValueType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from untilup.targets.target import Target
    from untilup.values import OptionTypes

    # What the client sends, or what it expects the server to send.
    Step = tuple[str, bytes]

COMMAND_SCHEME = "exec"
# The options of every target.
COMMON_OPTIONS: OptionTypes = {
    "timeout": (DURATION, "give up on this target after this long"),
    "settle": (DURATION_OR_ZERO, "the settle time of this target, instead of --settle"),
    "optional": (FLAG, "wait only until the other targets are up, then continue without it"),
}


def _step(name: str) -> Callable[[str], Step]:
    """Return a parser for the text of the option *name*, a step of a dialog."""

    def parse(text: str) -> Step:
        from untilup.targets.dialog import unescape  # most targets have no dialog

        return name, unescape(text)

    return parse


SEND, EXPECT = "send", "expect"
# All steps of a target, in the order in which they are written.
DIALOG = "dialog"
_ESCAPED = r"text in which a backslash begins \r, \n, \t, \xHH or \\"
# The options of targets that are a stream of bytes.
DIALOG_OPTIONS: OptionTypes = {
    SEND: (
        ValueType("TEXT", _ESCAPED, _step(SEND), many=True, secret=True, series=DIALOG),
        r"send this text, which is never shown; `\r`, `\n`, `\t`, `\xHH` and `\\` are escapes",
    ),
    EXPECT: (
        ValueType("TEXT", _ESCAPED, _step(EXPECT), many=True, series=DIALOG),
        "the server must send this text; may follow `send=`, or another `expect=`",
    ),
}


def _never(_target: Target) -> bool:
    return False


def _always(_target: Target) -> bool:
    return True


_NO_PORT = "the port is missing"


class TargetSyntax:
    """How the targets of a scheme are written.

    - *port* is the default port; 0 if a URL must have a port, None if it must not.
    - *host* is false if an absolute path takes the place of host and port (``file:///path``).
    - *host_optional* is true if the query may name the host (``postgres:///app?host=x``), or the
      host may be a path, as ``%2Frun%2Fpostgresql``; the check's ``normalize`` reads both.
    - *multi_host* is true if there may be several hosts, separated by commas: see net/multihost.py.
    - *path* is true if a path and a query may follow.
    - *path_params* is true if the path may have commas and semicolons: ``/report;v=1``.
    - *userinfo* is true if ``user:password@`` may precede the host.
    - *allows_raw_password* is true if applications keep such targets in variables, with passwords
      that are not percent-encoded. Then a user may precede and a path may follow, too.
    - *accepts_driver* is true if SQLAlchemy's ``scheme+driver`` is the same target.
    - *encrypted* tells whether the check of a target uses TLS.
    - *interval* is how many seconds after an attempt that reached the server the next one starts at
      the earliest.
    - *port_of* returns the default port of a target, if its options or its query decide that.
    - *without_port* is what is wrong with a URL without a port, if *port* is 0.
    - *options* are its options, in addition to those that every target knows.
    - *examples* are shown in the README.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each property of a syntax
        self,
        *examples: str,
        host: bool = True,
        port: int | None = 0,
        path: bool = False,
        path_params: bool = False,
        userinfo: bool = False,
        multi_host: bool = False,
        host_optional: bool = False,
        allows_raw_password: bool = False,
        accepts_driver: bool = False,
        encrypted: Callable[[Target], bool] = _never,
        interval: float = 0.0,
        port_of: Callable[[Target], int] | None = None,
        without_port: str = _NO_PORT,
        options: OptionTypes | None = None,
    ) -> None:
        self.examples = examples
        self.host = host
        self.port = port
        self.path = path or allows_raw_password
        self.path_params = path_params
        self.userinfo = userinfo or allows_raw_password
        self.multi_host = multi_host
        self.host_optional = host_optional
        self.allows_raw_password = allows_raw_password
        self.accepts_driver = accepts_driver
        self.encrypted = encrypted
        self.interval = interval
        self.port_of = port_of
        self.without_port = without_port
        self.options = options or {}

    def alias(self, *examples: str, **changes: Any) -> TargetSyntax:  # noqa: ANN401 - what the constructor takes
        """Return the syntax of another name for the same scheme, with *changes* to it."""
        kept = {name: its for name, its in vars(self).items() if name != "examples"}
        return TargetSyntax(*examples, **(kept | changes))

    def over_tls(self, *examples: str, port: int) -> TargetSyntax:
        """Return the syntax of the same scheme over TLS, which has no sockets in the file system."""
        from untilup.targets.tls_options import TLS_OPTIONS

        options = {name: its for name, its in self.options.items() if name != "unix"} | TLS_OPTIONS
        return self.alias(*examples, port=port, encrypted=_always, options=options)


HOST_AND_PORT = TargetSyntax()
