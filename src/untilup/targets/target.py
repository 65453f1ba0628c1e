"""Target: what untilup waits for, as a value."""

from __future__ import annotations

from untilup import display
from untilup.targets import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    HostPort = tuple[str, int]


# The scheme of a target for which there is nothing to wait: SQLite, for example. No URL has it.
NOTHING = ""


class Target:
    """Something to wait for. It never changes: its attributes are Final.

    *path* is all that follows the host and port, or takes their place; *user* is what precedes
    them. *hosts* are all hosts, each with its port: any of them is enough. *host* and *port* are the
    first of them. *options* are the values of the check's own options by name. *timeout* is 0 if the
    target has no timeout of its own. If the hosts come from a list of URLs, *either* has the target
    that each of them is by itself, and *source* the variable that holds the list. *number* tells targets
    apart that are shown by the same name; 0 if there is no other.
    """

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
        note: str = "",
    ) -> None:
        own = dict(options or {})
        self.scheme: Final = scheme
        self.host: Final = host
        self.port: Final = port
        self.hosts: Final[Sequence[HostPort]] = [(host, port), *others] if host else []
        self.either: Final[Mapping[HostPort, Target]] = either or {}
        self.source: Final = source
        self.number: Final[int] = 0
        self.note: Final = note
        self.path: Final = path
        self.user: Final = user
        self._fragment: Final = fragment
        self.settle: Final[float] = own.pop("settle", settle)
        self.timeout: Final[float] = own.pop("timeout", 0.0)
        self.optional: Final[bool] = own.pop("optional", False)
        self.options: Final[Mapping[str, Any]] = own

    def replace(self, hosts: Sequence[HostPort] | None = None, **changes: object) -> Target:
        """Return the same target with other *hosts*, and with *changes* to its attributes."""
        if hosts:
            changes |= {"hosts": hosts, "host": hosts[0][0], "port": hosts[0][1]}
        other = object.__new__(Target)
        vars(other).update(vars(self) | changes)
        return other

    def for_host(self, host: str, port: int) -> Target:
        """Return the target that one of its hosts is by itself."""
        its = self.either.get((host, port), self)
        return its.replace([(host, port)], either={}, number=0)

    def without_passwords(self, text: str) -> str:
        """Return the *text* of a server, or a replacement if it repeats a password of this target."""
        for target in (self, *self.either.values()):
            text = display.without_password(target.user, text)
        return text

    def __str__(self) -> str:
        hosts = ",".join([hostport.join_host_port(*where) for where in self.hosts])
        name = display.target(self.scheme, hosts, self.path)
        if self.either and any(
            display.target(it.scheme, hosts, it.path) != name for it in self.either.values()
        ):
            name = display.target(self.scheme, hosts, "")
        return f"{name} ({self.number})" if self.number else name

    def __repr__(self) -> str:
        return f"<Target {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Target) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.scheme, self.host, self.port))

    def _key(self) -> tuple[object, ...]:
        where = (self.scheme, self.user, *self.hosts, self.path)
        return (*where, *self.either.values(), self._fragment, self.settle)
