"""Reporter: what happens, as text or JSON on stderr, and the summary of a failure."""

from __future__ import annotations

import os
import sys

from untilup import display, values
from untilup.outcomes import AllTargetsFailed, Interrupted, TimedOut
from untilup.report import stderr, target_messages, termination_log
from untilup.report.messages import (
    LONG_WAIT,
    WARNING,
    Message,
    current_failure,
    join_names,
    seconds,
)
from untilup.report.output import Output, as_text
from untilup.report.summary import INDENT, Summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from untilup.errors import UntilupError
    from untilup.events import AttemptFailed, TargetUp
    from untilup.options import Settings
    from untilup.report.account import Entry
    from untilup.report.messages import Line
    from untilup.targets.status import TargetStatus
    from untilup.targets.target import Target

# Enough targets to fill the termination log, and few enough for their hints to be in it, too.
MAX_IN_TERMINATION_LOG = 20
BUG = "a bug in untilup, please report it"


class Reporter:
    """Reports on stderr, in the format that Settings ask for; as text until *configure* is called.

    *started* is when untilup began, in seconds of the monotonic clock. *argument* returns a target as
    a shell's argument, or nothing if it has no such spelling.
    """

    def __init__(self, started: float, argument: Callable[[Target], str] = str) -> None:
        self._output = Output(started)
        self.keep, self.flush = self._output.keep, self._output.flush
        self._argument = argument
        self._verbose = False
        self._table_is_shown = False
        self._wanted = "up"
        self._targets = 0
        self._started = started
        self._statuses: Callable[[], Sequence[TargetStatus]] = tuple

    def configure(self, settings: Settings) -> None:
        """Report as *settings* ask from now on, and begin with their warnings."""
        self._output.quiet = settings.quiet
        self._output.json = settings.log_format == "json"
        self._verbose = settings.verbose
        self._wanted = "down" if settings.down else "up"
        self._targets = len(settings.targets)
        if os.isatty(stderr.DESCRIPTOR) or settings.color != "auto" or "FORCE_COLOR" in os.environ:
            self._use_terminal(settings)
        for warning in settings.warnings:
            self._report(Message("warning", warning, text=f"warning: {warning}"))

    def _use_terminal(self, settings: Settings) -> None:
        """Use color and a live display, as far as *settings* and the terminal allow."""
        try:
            from untilup.report import terminal

            has_color = terminal.shows_color(settings, os.environ)
            if has_color:
                from untilup.report.color import painted

                self._output.paint = painted
            if terminal.shows_progress(settings, os.environ):
                from untilup.report.live import Display

                self._output.display = Display(self._started, self._wanted, color=has_color)
        except (OSError, ImportError):  # no descriptor is left to import them
            pass

    def follow(self, statuses: Callable[[], Sequence[TargetStatus]]) -> None:
        """Use *statuses*, which returns those of all targets, for the display and the account."""
        self._statuses = statuses

    @property
    def has_display(self) -> bool:
        """Whether *refresh* must be called often, because of a live display."""
        return bool(self._output.display)

    def refresh(self) -> None:
        """Bring the live display up to date, if there is one."""
        if self._output.display:
            self._output.display.refresh(self._statuses)

    def end_progress(self) -> None:
        """Erase the live display for good, if there is one."""
        if self._output.display:
            self._output.display.close()

    def readings(self, settings: Settings) -> None:
        """Report how the targets were read, if not each as it is."""
        if settings.left_out or any(each.note or each.source for each in settings.targets):
            from untilup.report import readings

            self._output.write(*readings.messages(settings))

    def waiting_for(self, settings: Settings) -> None:
        """Report the targets and the timeout."""
        self.readings(settings)
        if settings.targets:
            limit = "no timeout"
            if settings.timeout:
                limit = f"timeout {values.format_duration(settings.timeout)}"
            names = join_names(settings.targets)
            one_of = "one of " if settings.any and len(settings.targets) > 1 else ""
            to_be = " to be down" if settings.down else ""
            self._report(Message("start", f"waiting for {one_of}{names}{to_be} ({limit})"))

    def attempt_failed(self, event: AttemptFailed) -> None:
        """Report a failed attempt whose reason is new; with --verbose, every one."""
        self.output(event)
        self._report(target_messages.attempt_failed(event, self._wanted, verbose=self._verbose))

    def up(self, event: TargetUp) -> None:
        """Report that a target is up, or down if that is waited for."""
        self.output(event)
        self._report(target_messages.as_wanted(event, self._wanted))

    def output(self, event: AttemptFailed | TargetUp) -> None:
        """Report the output of the attempt, with --verbose."""
        if self._verbose:
            self._output.write(*target_messages.output(event))

    def gave_up(self, status: TargetStatus) -> None:
        """Report that a target can never be up, and that the wait goes on without it."""
        self._report(target_messages.gave_up(status, self._wanted))

    def skipped(self, status: TargetStatus) -> None:
        """Report that a target is not up, and not waited for any longer."""
        self._report(target_messages.skipped(status, self._wanted))

    def still_waiting(self, pending: Sequence[TargetStatus]) -> None:
        """Report what is still waited for, and the reasons, unless the live display has them."""
        if self._output.display and self._output.display.is_drawn:
            return
        names = [f"{status.target} ({current_failure(status).reason})" for status in pending]
        self._report(Message("waiting", f"still waiting for {join_names(names)}"))

    def table(
        self, statuses: Sequence[TargetStatus], *, enough: bool, is_interrupted: bool = False
    ) -> None:
        """Report the result of one attempt at each target; if quiet, only if it was not *enough*."""
        self._table_is_shown = True
        if enough and self._output.quiet:
            return
        from untilup.report import table

        account, told = self._account()
        lines = table.table(statuses, self._wanted, account, enough=enough)
        if told:
            lines.append(f"{INDENT}{told}")
        self._output.write(*lines, wanted=True, is_last=not is_interrupted)

    def waited(self, settings: Settings) -> None:
        """Report that enough is up: if no command follows, or the wait was long."""
        elapsed = self._output.elapsed()
        if not settings.targets or (settings.command and elapsed < LONG_WAIT):
            return
        required = [target for target in settings.targets if not target.optional]
        if not required:
            told = "all targets are optional, and none is waited for any longer"
        elif settings.any:
            told = f"one target is {self._wanted}"
        else:
            which = "all" if required == settings.targets else "all required"
            told = f"{which} targets are {self._wanted}"
        account, waited = self._account()
        if waited:
            told = waited if settings.command else f"{told}; {waited}"
        self._report(Message("waited", told, account=account))

    def _account(self) -> tuple[list[Entry], str]:
        """Return the account of the wait, and the same as a text; nothing of a short wait."""
        elapsed = self._output.elapsed()
        if elapsed < LONG_WAIT:
            return [], ""
        told = f"waited {seconds(elapsed)}"
        try:
            from untilup.report import account
        except (OSError, ImportError):  # no descriptor is left to import it
            return [], told
        statuses = self._statuses()
        found = account.entries(statuses, self._wanted, self._started)
        return found, f"{told}: {account.in_words(found, len(statuses))}" if found else told

    def splaying(self, settings: Settings, delay: float) -> None:
        """Report that the command starts *delay* seconds later, because of --splay."""
        further, splay = map(values.format_duration, (delay, settings.splay))
        self._report(Message("splay", f"waiting a further {further} (--splay {splay})"))

    def executing(self, command: list[str]) -> None:
        """Report that exec is next, by the program's name: arguments may hold secrets."""
        self._report(Message("exec", f"running {display.program(command[0])}"))

    def continuing(self, error: TimedOut) -> None:
        """Report what was not up in time, and that untilup continues all the same."""
        anyway = Message("continuing", "continuing anyway (--no-strict)")
        self._output.write(*self._summary(error, WARNING), anyway)

    def failed(self, error: UntilupError, *, json: bool = False) -> None:
        """Report *error*, which ends untilup, also in the termination log.

        As *json* even if that happens before *configure*.
        """
        self._output.json = self._output.json or json
        lines = self._summary(error)
        told = lines
        if self._table_is_shown and isinstance(error, TimedOut | Interrupted):
            # The table has the targets already.
            told = [] if isinstance(error, TimedOut) else lines[:1]
        self._output.write(*told, wanted=True, is_last=not isinstance(error, Interrupted))
        kept = self._summary(error, most=MAX_IN_TERMINATION_LOG)
        termination_log.write("".join(f"{as_text(line)}\n" for line in kept))

    def bug(self, error: BaseException) -> None:
        """Report *error*, which is being handled, with its traceback: it is a bug in untilup."""
        try:
            import traceback

            trace = traceback.format_exc()
        except OSError:  # there are no descriptors left
            trace = repr(error)
        shown = display.traceback(trace, sys.argv[1:], os.environ.values()).rstrip()
        message = Message("error", BUG, text=f"{BUG}:\n{shown}", reason="failed", detail=shown)
        self._output.write(message, wanted=True)
        termination_log.write(f"{message.text}\n")

    def _summary(self, error: UntilupError, level: str = "", most: int = 0) -> list[Line]:
        facts = (self._output.elapsed(), self._wanted, self._targets, self._argument)
        has_account = isinstance(error, TimedOut | AllTargetsFailed)
        account = self._account()[0] if has_account else []
        return Summary(*facts, account, level=level, most=most).lines(error)

    def _report(self, message: Message) -> None:
        self._output.write(message)
