"""Attempt: one run of a check, and what it has observed so far."""

from __future__ import annotations

from time import monotonic

from untilup.values import inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from untilup.targets.target import Target

    # What was observed (an address, a name, a handshake), the seconds that took, the finding in a
    # word and in many.
    Observation = tuple[str, float, str, str]


class Attempt:
    """One run of the check of *target*, for *timeout* seconds once the name is resolved.

    - *deadline* is when the target is given up on, in seconds of the monotonic clock, even if the
      attempt could last longer.
    - An *exhaustive* attempt tries every address, and each of them is an observation.
    - *memory* is kept from one attempt at a target to the next.
    - *parent* is the attempt at all the hosts of a target that this one is a part of.
    - *output* is shown with --verbose: lines that are fit to print.
    - *remark* is what remains unknown after an attempt that has succeeded.

    The thread that runs the check writes to an attempt; the thread of a part also writes its parent's
    *phase*, which says what the check is doing, and since when. The main thread only reads.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each thing that an attempt is given
        self,
        target: Target,
        timeout: float,
        *,
        deadline: float = inf,
        exhaustive: bool = False,
        memory: dict[object, Any] | None = None,
        parent: Attempt | None = None,
    ) -> None:
        self.target = target
        self.timeout = timeout
        self.deadline = deadline
        self.exhaustive = exhaustive
        self.memory = {} if memory is None else memory
        self.parent = parent
        self.output: list[str] = []
        self.remark = ""
        self.observations: list[Observation] = []
        self.began = monotonic()
        self.took = 0.0
        self.phase = ("", self.began)
        self.is_over = False

    def enter(self, phase: str) -> None:
        """Note the *phase* that starts now, before the check may block in it.

        The phases are resolving, connecting, queueing, settling, asking, listening, executing and
        running.
        """
        self.phase = (phase, monotonic())
        if self.parent:
            self.parent.phase = self.phase

    def observe(self, what: str, took: float, found: str, detail: str) -> None:
        """Note what was *found* at *what*, an address or a name, after *took* seconds."""
        if self.exhaustive:
            self.observations.append((what, took, found, detail))

    def note(self, remark: str) -> None:
        """Note what remains unknown although the target is up."""
        self.remark = remark
        if self.parent:
            self.parent.note(remark)

    def left(self, until: float = inf) -> float:
        """Return the seconds that are left *until* then, or to the deadline if that comes first."""
        return min(until, self.deadline) - monotonic()

    def end(self) -> None:
        """Note that the check has returned, or raised."""
        self.took = monotonic() - self.began
        self.is_over = True

    def adopt(self, part: Attempt) -> None:
        """Make *part* of an earlier attempt, which is still running, a part of this one."""
        part.parent = self
        self.phase = part.phase

    def for_host(self, host: str, port: int, timeout: float) -> Attempt:
        """Return the part of this attempt that is made at one host of the target.

        Its phases are this attempt's phases, too; what it observes is its own.
        """
        return Attempt(
            self.target.for_host(host, port),
            timeout,
            deadline=self.deadline,
            exhaustive=self.exhaustive,
            memory=self.memory.setdefault(("memory", host, port), {}),
            parent=self,
        )
