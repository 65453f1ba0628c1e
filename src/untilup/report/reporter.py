"""Events to lines on stderr: text for people, JSON for machines, and the summary of a failure."""

from __future__ import annotations

import os
import sys
from time import monotonic

from untilup import display, values
from untilup.errors import UsageError
from untilup.outcomes import Interrupted, TimedOut
from untilup.report import stderr, termination_log
from untilup.report.messages import (
    Message,
    current_failure,
    failure_summary,
    is_at_first_attempt,
    join_names,
    state_name,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.errors import UntilupError
    from untilup.events import AttemptFailed, TargetUp
    from untilup.options import Settings
    from untilup.targets.status import TargetStatus


class Reporter:
    """Says on stderr what happens, in the format and at the length that Settings ask for.

    Before *follow* it has no Settings, and speaks text.
    """

    def __init__(self, started: float) -> None:
        self._started = started
        self._quiet = False
        self._verbose = False
        self._table_is_shown = False
        self._json = False
        self._wanted = "up"

    def follow(self, settings: Settings) -> None:
        """Speak as *settings* ask from now on."""
        self._quiet = settings.quiet
        self._verbose = settings.verbose
        self._wanted = "down" if settings.down else "up"
        self._json = settings.log_format == "json"
        for warning in settings.warnings:
            self._say(Message("warning", f"warning: {warning}", detail=warning))

    def lists(self, settings: Settings) -> None:
        """Say which targets are lists of servers."""
        for target in settings.targets:
            if target.source:
                told = f"{target.source} is a list of {len(target.either)} servers: any of them will do, with #all every one"
                self._say(Message("list", told, target=target))

    def waiting_for(self, settings: Settings) -> None:
        """Say what is waited for, and for how long."""
        self.lists(settings)
        if settings.targets:
            limit = (
                f"at most {values.format_duration(settings.timeout)}"
                if settings.timeout
                else "for ever"
            )
            names = join_names([str(target) for target in settings.targets])
            one_of = "one of " if settings.any and len(settings.targets) > 1 else ""
            to_be = " to be down" if settings.down else ""
            self._say(Message("waiting", f"waiting for {one_of}{names}{to_be}, {limit}"))

    def retrying(self, event: AttemptFailed) -> None:
        """Say that an attempt has failed, if the reason is new or with --verbose."""
        self.output(event)
        took = f" (attempt {event.attempts}, {event.took * 1000:.1f}ms)" if self._verbose else ""
        self._say(
            Message(
                "change" if event.changed else "attempt",
                f"{event.target} is not {self._wanted}{took}: {event.failure}",
                target=event.target,
                state=state_name(event.failure, self._wanted),
                reason=event.failure.reason,
                detail=event.failure.detail,
                attempts=event.attempts,
            )
        )

    def up(self, event: TargetUp) -> None:
        """Say that a target is up, or down if that is waited for."""
        self.output(event)
        first = event.attempts == 1
        when = "at the first attempt" if first else f"after {event.attempts} attempts"
        self._say(
            Message(
                self._wanted,
                f"{event.target} is {self._wanted} {when}",
                target=event.target,
                state=self._wanted,
                detail=f"{self._wanted} after {event.attempts} attempt{'' if first else 's'}",
                attempts=event.attempts,
            )
        )

    def output(self, event: AttemptFailed | TargetUp) -> None:
        """Show the output of the attempt, with --verbose."""
        for text in event.output if self._verbose else ():
            message = f"{event.target} says: {text}"
            self._say(
                Message(
                    "output", message, target=event.target, detail=text, attempts=event.attempts
                )
            )

    def gave_up(self, status: TargetStatus) -> None:
        """Say that a target can never be up, which is not the end of the wait."""
        failure = current_failure(status)
        what = f"can never be {self._wanted}: {failure}"
        self._say_of(status, what, state="failed", detail=failure.detail)

    def without(self, status: TargetStatus) -> None:
        """Say that a target is not waited for any longer, though it is not up."""
        what = "optional and " if status.target.optional else ""
        failure, state = current_failure(status), "unknown"
        told = f"its first attempt is not over ({status.progress.attempt.phase[0] or 'starting'})"
        if not is_at_first_attempt(status):
            told, state = str(failure), state_name(failure, self._wanted)
        self._say_of(
            status,
            f"is {what}not {self._wanted}, and not waited for any longer: {told}",
            state=state,
            detail=told,
        )

    def _say_of(self, status: TargetStatus, what: str, *, state: str, detail: str) -> None:
        line = Message(
            "without",
            f"{status.target} {what}",
            target=status.target,
            state=state,
            reason=current_failure(status).reason,
            detail=detail,
            attempts=status.progress.attempts,
        )
        self._say(line)

    def heartbeat(self, pending: Sequence[TargetStatus]) -> None:
        """Say what is still waited for, and why."""
        states = [f"{status.target} ({current_failure(status).reason})" for status in pending]
        self._say(Message("heartbeat", f"still waiting for {join_names(states)}"))

    def table(self, statuses: Sequence[TargetStatus], *, enough: bool) -> None:
        """Print what one attempt at each target has found; if quiet, only if it was not *enough*."""
        self._table_is_shown = True
        if enough and self._quiet:
            return
        from untilup.report import table

        for line in table.table(statuses, self._wanted):
            if not (self._json and line.event == "columns"):
                self._say(line, wanted=True)

    def all_up(self, settings: Settings) -> None:
        """Say that enough of what was waited for is up, where that is the last word."""
        if settings.targets and not settings.command:
            required = [target for target in settings.targets if not target.optional]
            if not required:
                told = "all targets are optional, and none is waited for any longer"
            elif settings.any:
                told = f"one target is {self._wanted}"
            else:
                which = "all" if required == settings.targets else "all required"
                told = f"{which} targets are {self._wanted}"
            self._say(Message("done", told))

    def spreading(self, pause: float) -> None:
        """Say that the command has to wait for *pause* seconds more."""
        self._say(Message("splay", f"sleeping {values.format_duration(pause)} of --splay"))

    def handing_over(self, words: list[str]) -> None:
        """Say that the command is next; its arguments may hold secrets, so only its name."""
        self._say(Message("handover", f"running {display.program(words[0])}"))

    def failed(self, error: UntilupError, *, json: bool = False) -> None:
        """Say why it is over, to the termination log too; as *json* also before *follow*."""
        self._json = self._json or json
        if isinstance(error, UsageError):
            # Before an attempt is made there is no time to tell.
            text = f"untilup: {error}\n"
            line = Message("usage-error", str(error), reason=error.reason)
            stderr.write(self._as_text(line) + "\n" if self._json else text)
            termination_log.write(text)
            return
        lines = failure_summary(error, self._elapsed(), self._wanted)
        self._say_all(lines if not self._table_is_shown else _untold_by_the_table(error, lines))
        termination_log.write("".join(f"{line.message}\n" for line in lines))

    def late(self, error: TimedOut) -> None:
        """Say what was not up in time, where the command is run all the same."""
        for line in failure_summary(error, self._elapsed(), self._wanted):
            self._say(line)

    def bug(self, error: BaseException) -> None:
        """Show the traceback of *error*, which is being handled: it is a bug in untilup."""
        try:
            import traceback

            trace = traceback.format_exc()
        except OSError:  # there are no descriptors left
            trace = f"{error!r}\n"
        shown = display.traceback(trace, sys.argv[1:], os.environ.values())
        text = f"untilup: a bug in untilup, please report it:\n{shown}"
        stderr.write(text)
        termination_log.write(text)

    def _say(self, line: Message, *, wanted: bool = False) -> None:
        """Write one *line*, unless quiet; what is *wanted* is written then too."""
        if wanted or not self._quiet:
            stderr.write(self._as_text(line) + "\n")

    def _say_all(self, lines: list[Message]) -> None:
        """Write *lines*, as many of them at a time as a pipe takes whole: there may be thousands."""
        together = ""
        for line in lines:
            text = self._as_text(line) + "\n"
            if len(together) + len(text) > stderr.CHUNK_SIZE:
                stderr.write(together)
                together = ""
            together += text
        stderr.write(together)

    def _as_text(self, line: Message) -> str:
        if self._json:
            from untilup.report import json_lines

            return json_lines.encode(line, self._elapsed())
        return f"{self._elapsed():8.2f}s untilup: {line.message}"

    def _elapsed(self) -> float:
        return monotonic() - self._started


def _untold_by_the_table(error: UntilupError, lines: list[Message]) -> list[Message]:
    """Return those of *lines* that the table of --once does not have."""
    if isinstance(error, TimedOut):
        return []
    return lines[:1] if isinstance(error, Interrupted) else lines
