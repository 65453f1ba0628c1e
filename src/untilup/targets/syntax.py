"""How the targets of a scheme are written: every scheme has one TargetSyntax."""

from __future__ import annotations

from untilup.values import DURATION, DURATION_OR_ZERO, FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from untilup.targets.target import Target
    from untilup.values import OptionTypes

COMMAND_SCHEME = "exec"
# What every target knows, whatever its scheme.
COMMON_OPTIONS: OptionTypes = {
    "timeout": (DURATION, "give up on this target after this long"),
    "settle": (DURATION_OR_ZERO, "as --settle, for this target"),
    "optional": (FLAG, "wait only until the other targets are up; report it, and go on without"),
}


def _never(_target: Target) -> bool:
    return False


def _always(_target: Target) -> bool:
    return True


class TargetSyntax:
    """How the targets of a scheme are written.

    - *port* is what a URL without one means; 0 where it has to be given, None where there is none.
    - *host* is false where an absolute path takes the place of host and port (``file:///path``).
    - *host_optional* is true where the query may name the host (``postgres:///app?host=x``), or the
      host may be a path, as ``%2Frun%2Fpostgresql``: ``validate`` sees to that.
    - *multi_host* is true where there may be several, with commas between: see net/multihost.py.
    - *path* is true where a path and a query may follow.
    - *path_params* is true where the path may have commas and semicolons: ``/report;v=1``.
    - *userinfo* is true where ``user:password@`` may precede the host.
    - *allows_raw_password* is true where applications keep such targets in variables, with passwords
      that are not percent-encoded.
    - *accepts_driver* is true where SQLAlchemy's ``scheme+driver`` is the same target.
    - *encrypted* tells whether a target is asked over TLS.
    - *options* are its options, beside those that every target knows.
    - *examples* are shown in the README.
    """

    __slots__ = (
        "accepts_driver",
        "allows_raw_password",
        "encrypted",
        "examples",
        "host",
        "host_optional",
        "multi_host",
        "options",
        "path",
        "path_params",
        "port",
        "userinfo",
    )

    def __init__(  # noqa: PLR0913 - one parameter for each thing that may be otherwise
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
        options: OptionTypes | None = None,
    ) -> None:
        self.examples = examples
        self.host = host
        self.port = port
        self.path = path
        self.path_params = path_params
        self.userinfo = userinfo
        self.multi_host = multi_host
        self.host_optional = host_optional
        self.allows_raw_password = allows_raw_password
        self.accepts_driver = accepts_driver
        self.encrypted = encrypted
        self.options = options or {}

    def alias(self, *examples: str, **changes: Any) -> TargetSyntax:  # noqa: ANN401 - what the constructor takes
        """Return the syntax of another name for the same scheme, with *changes* to it."""
        kept = {name: getattr(self, name) for name in self.__slots__ if name != "examples"}
        return TargetSyntax(*examples, **(kept | changes))

    def over_tls(self, *examples: str, port: int) -> TargetSyntax:
        """Return the syntax of the same scheme over TLS, which has no sockets in the file system."""
        from untilup.targets.tls_options import TLS_OPTIONS

        options = {name: its for name, its in self.options.items() if name != "unix"} | TLS_OPTIONS
        return self.alias(*examples, port=port, encrypted=_always, options=options)


HOST_AND_PORT = TargetSyntax()
