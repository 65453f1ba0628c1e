"""Events to lines on stderr: text for people, JSON for machines, and the summary of a failure."""

from __future__ import annotations

from time import monotonic

from untilup import duration, stderr, termination
from untilup.checks import _reasons
from untilup.errors import EndedBySignal, TimedOut, UsageError, printable
from untilup.process import ENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.errors import NotReady, UntilupError
    from untilup.events import Retrying, Up
    from untilup.options import Settings
    from untilup.waiting import Watcher

# A line that names targets names this many.
MOST_NAMED = 10
# A look that has been under way for longer than this is worth a word.
LONG_LOOK = 1.0


class Line:
    """One thing to say: *message* for people; the rest, and *detail*, for machines."""

    __slots__ = ("detail", "event", "looks", "message", "reason", "state", "target")

    def __init__(  # noqa: PLR0913 - one parameter for each key of a JSON line
        self,
        event: str,
        message: str,
        *,
        target: object = None,
        state: str = "",
        reason: str = "",
        detail: str = "",
        looks: int = 0,
    ) -> None:
        self.event = event
        self.message = message
        self.target = None if target is None else str(target)
        self.state = state
        self.reason = reason
        self.detail = detail or message
        self.looks = looks


class Report:
    """Says on stderr what happens, in the format and at the length that Settings ask for.

    Before *follow* it has no Settings, and speaks text.
    """

    def __init__(self, started: float) -> None:
        self._started = started
        self._quiet = False
        self._verbose = False
        self._once = False
        self._json = False

    def follow(self, settings: Settings) -> None:
        """Speak as *settings* ask from now on."""
        self._quiet = settings.quiet
        self._verbose = settings.verbose
        self._once = settings.once
        self._json = settings.log_format == "json"
        for warning in settings.warnings:
            self._say(Line("warning", f"warning: {warning}", detail=warning))

    def waiting_for(self, settings: Settings) -> None:
        """Say what is waited for, and for how long."""
        if settings.targets and not self._once:
            limit = (
                f"at most {duration.spoken(settings.timeout)}" if settings.timeout else "for ever"
            )
            names = _named([str(target) for target in settings.targets])
            self._say(Line("waiting", f"waiting for {names}, {limit}"))

    def retrying(self, event: Retrying) -> None:
        """Say that a look has failed, where the reason is new or every look is asked for."""
        if self._once:
            message = f"{event.target!s:<30} {event.failure.reason:<20} {event.took * 1000:8.1f}ms  {event.failure}"
        elif self._verbose:
            message = f"{event.target} is not up (look {event.looks}, {event.took * 1000:.1f}ms): {event.failure}"
        else:
            message = f"{event.target} is not up: {event.failure}"
        self._say(
            Line(
                "change" if event.changed else "look",
                message,
                target=event.target,
                state="down",
                reason=event.failure.reason,
                detail=event.failure.detail,
                looks=event.looks,
            ),
            wanted=self._once,
        )

    def up(self, event: Up) -> None:
        """Say that a target is up."""
        if self._once:
            message = f"{event.target!s:<30} {'up':<20} {event.took * 1000:8.1f}ms"
        elif event.looks == 1:
            message = f"{event.target} is up at the first look"
        else:
            message = f"{event.target} is up after {event.looks} looks"
        self._say(
            Line(
                "up",
                message,
                target=event.target,
                state="up",
                detail=f"up after {event.looks} look{'' if event.looks == 1 else 's'}",
                looks=event.looks,
            ),
            wanted=self._once,
        )

    def heartbeat(self, pending: Sequence[Watcher]) -> None:
        """Say what is still waited for, and why."""
        states = [f"{watcher.target} ({_state(watcher).reason})" for watcher in pending]
        self._say(Line("heartbeat", f"still waiting for {_named(states)}"))

    def all_up(self, settings: Settings) -> None:
        """Say that everything that was waited for is up, where that is the last word."""
        if settings.targets and not settings.command and not self._once:
            self._say(Line("done", "all targets are up"))

    def handing_over(self, words: list[str]) -> None:
        """Say that the command is next; its arguments may hold secrets, so only its name."""
        self._say(Line("handover", f"running {printable(words[0])}"))

    def failed(self, error: UntilupError) -> None:
        """Say why it is over, to the termination log too."""
        if isinstance(error, UsageError):
            # Before anything was looked at there is no time to tell, and perhaps no format known.
            stderr.write(f"untilup: {error}\n")
            termination.write(f"untilup: {error}\n")
            return
        lines = self._summary(error)
        if not (self._once and isinstance(error, TimedOut) and _all_told(error.pending)):
            for line in lines:
                self._say(line, wanted=True)
        termination.write("".join(f"{line.message}\n" for line in lines))

    def late(self, error: TimedOut) -> None:
        """Say what was not up in time, where the command is run all the same."""
        for line in self._summary(error):
            self._say(line)

    def bug(self, error: Exception) -> None:
        """Show the traceback of *error*, which is being handled: it is nobody's fault but ours."""
        try:
            import traceback

            trace = traceback.format_exc()
        except OSError:  # there are no descriptors left
            trace = f"{error!r}\n"
        text = f"untilup: a bug in untilup, please report it:\n{trace}"
        stderr.write(text)
        termination.write(text)

    def _summary(self, error: UntilupError) -> list[Line]:
        if not isinstance(error, TimedOut | EndedBySignal):
            return [Line("failed", str(error), state="failed", reason=error.reason)]
        if isinstance(error, EndedBySignal):
            head = f"ended by {ENDING[error.signum]}"
            event = "interrupted"
        else:
            head = f"timed out after {self._elapsed():.2f}s"
            event = "timeout"
        count = len(error.pending)
        head += f": {count} target{' is' if count == 1 else 's are'} not up" if count else ""
        lines = [Line(event, head)]
        hints: dict[str, None] = {}
        for watcher in error.pending:
            state = _state(watcher)
            hints[state.hint] = None
            lines.append(
                Line(
                    event,
                    f"{watcher.target}: {state.detail}{_history(watcher)}",
                    target=watcher.target,
                    state="down",
                    reason=state.reason,
                    detail=state.detail,
                    looks=watcher.looks,
                )
            )
        return lines + [Line("hint", f"hint: {hint}", detail=hint) for hint in hints if hint]

    def _say(self, line: Line, *, wanted: bool = False) -> None:
        """Write one *line*, unless quiet; what is *wanted* is written then too."""
        if wanted or not self._quiet:
            stderr.write(self._as_text(line) + "\n")

    def _as_text(self, line: Line) -> str:
        if self._json:
            from untilup import jsonlines

            return jsonlines.encode(line, self._elapsed())
        return f"{self._elapsed():8.2f}s untilup: {line.message}"

    def _elapsed(self) -> float:
        return monotonic() - self._started


def _state(watcher: Watcher) -> NotReady:
    """Return why the watcher's target is not up: its last look's reason, or what a long one is at."""
    phase, since = watcher.target.phase
    age = monotonic() - since
    if watcher.failure is None or (phase != "pausing" and age >= LONG_LOOK):
        return _reasons.unanswered(phase, age)
    return watcher.failure


def _all_told(pending: Sequence[Watcher]) -> bool:
    """Tell whether the table of --once has a row for each."""
    return all(watcher.failure for watcher in pending)


def _history(watcher: Watcher) -> str:
    looks = f"{watcher.looks} look{'' if watcher.looks == 1 else 's'}"
    if watcher.failure is None:
        return f" ({looks})"
    return f" ({looks}, {watcher.failure.reason} for {monotonic() - watcher.since:.1f}s)"


def _named(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
