"""Target: what is waited for, as a value."""

from __future__ import annotations

from untilup import display
from untilup.targets import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    HostPort = tuple[str, int]


class Target:
    """Something to wait for. It never changes: mypy refuses to assign to what is Final.

    *path* is all that follows the host and port, or takes their place; *user* is what precedes
    them. *hosts* are all hosts, each with its port: any of them is enough. *host* and *port* are the
    first of them. *options* are the values of the check's own options by name. *timeout* is 0 if the
    target has no timeout of its own. If the hosts come from a list of URLs, *either* has the target
    that each of them is by itself, and *source* the variable that holds the list.
    """

    __slots__ = (
        "_fragment",
        "either",
        "host",
        "hosts",
        "optional",
        "options",
        "path",
        "port",
        "scheme",
        "settle",
        "source",
        "timeout",
        "user",
    )

    def __init__(  # noqa: PLR0913 - one parameter for each part of a URL
        self,
        scheme: str,
        host: str,
        port: int,
        settle: float = 0.0,
        *,
        path: str = "",
        user: str = "",
        fragment: str = "",
        options: Mapping[str, Any] | None = None,
        others: Sequence[HostPort] = (),
        either: Mapping[HostPort, Target] | None = None,
        source: str = "",
    ) -> None:
        own = dict(options or {})
        self.scheme: Final = scheme
        self.host: Final = host
        self.port: Final = port
        self.hosts: Final[Sequence[HostPort]] = [(host, port), *others] if host else []
        self.either: Final[Mapping[HostPort, Target]] = either or {}
        self.source: Final = source
        self.path: Final = path
        self.user: Final = user
        self._fragment: Final = fragment
        self.settle: Final[float] = own.pop("settle", settle)
        self.timeout: Final[float] = own.pop("timeout", 0.0)
        self.optional: Final[bool] = own.pop("optional", False)
        self.options: Final[Mapping[str, Any]] = own

    def replace(
        self,
        *,
        hosts: Sequence[HostPort] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Target:
        """Return the same target with other *hosts*, or with other *options* of its check."""
        hosts = self.hosts if hosts is None else hosts
        host, port = hosts[0] if hosts else (self.host, self.port)
        common = {"timeout": self.timeout, "optional": self.optional}
        return Target(
            *(self.scheme, host, port, self.settle),
            path=self.path,
            user=self.user,
            fragment=self._fragment,
            options={**(self.options if options is None else options), **common},
            others=hosts[1:],
            either=self.either,
            source=self.source,
        )

    def for_host(self, host: str, port: int) -> Target:
        """Return the target that one of its hosts is by itself."""
        its = self.either.get((host, port), self)
        return Target(
            *(its.scheme, host, port, its.settle),
            path=its.path,
            user=its.user,
            options=its.options,
        )

    def __str__(self) -> str:
        hosts = ",".join(hostport.join_host_port(*where) for where in self.hosts)
        shown = display.target(self.scheme, hosts, self.path)
        each = {display.target(it.scheme, hosts, it.path) for it in self.either.values()}
        return shown if each <= {shown} else display.target(self.scheme, hosts, "")

    def __repr__(self) -> str:
        return f"<Target {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Target) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        where = (self.scheme, self.user, *self.hosts, self.path)
        return (*where, *self.either.values(), self._fragment, self.settle)
