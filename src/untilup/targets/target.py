"""Target: what is waited for, as a value."""

from __future__ import annotations

from time import monotonic

from untilup import display
from untilup.targets import hostport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    # What was looked at within a look, seconds it took, what was found in a word and in many.
    Sighting = tuple[str, float, str, str]


class Target:
    """Something to wait for.

    *path* is all that follows the host and port, or takes their place; *user* what stands before
    them. *hosts* are all of its hosts, each with its port, of which any one will do, and *host* and
    *port* the first of them; *options* are the values of the check's own options by name. *timeout* is
    0 where the target has no other than all have. Where the hosts come from a list of URLs, *either*
    has the target that each of them is by itself, and *source* the variable that holds the list.

    All this stays as it was made. The watcher's thread notes in *phase* what it is doing just
    before it may block, and since when, so that the main thread can tell what still hangs; and,
    where *sightings* is a list, every address that it has looked at, and none is left out then. What
    the latest look has heard, line by line and fit to print, may stand in *said*, for --verbose:
    each look puts a list of its own there.
    """

    __slots__ = (
        *("_fragment", "_whole", "either", "host", "hosts", "optional", "options", "path", "phase"),
        *("port", "said", "scheme", "settle", "sightings", "source", "timeout", "user"),
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
        options: dict[str, Any] | None = None,
        others: list[tuple[str, int]] | None = None,
    ) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.hosts = [(host, port), *(others or [])] if host else []
        self.either: dict[tuple[str, int], Target] = {}
        self.source = ""
        self._whole: Target | None = None
        self.path = path
        self.user = user
        self._fragment = fragment
        self.options = options or {}
        self.settle: float = self.options.pop("settle", settle)
        self.timeout: float = self.options.pop("timeout", 0.0)
        self.optional: bool = self.options.pop("optional", False)
        self.sightings: list[Sighting] | None = None
        self.said: list[str] = []
        self.phase = ("", monotonic())

    def enter(self, phase: str) -> None:
        """Note the *phase* that begins now: resolving, connecting, settling, asking, listening."""
        self.phase = (phase, monotonic())
        if self._whole:
            self._whole.phase = self.phase

    def alone(self, host: str, port: int) -> Target:
        """Return the same with one of its hosts alone.

        What it is doing counts as what this one is doing; what it sees and hears is its own.
        """
        its = self.either.get((host, port), self)
        alone = Target(
            *(its.scheme, host, port, its.settle),
            path=its.path,
            user=its.user,
            options=dict(its.options),
        )
        alone.sightings = None if self.sightings is None else []
        alone._whole = self
        return alone

    def saw(self, what: str, took: float, found: str, detail: str) -> None:
        """Note what was *found* at *what*, an address or a name, after *took* seconds."""
        if self.sightings is not None:
            self.sightings.append((what, took, found, detail))

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
