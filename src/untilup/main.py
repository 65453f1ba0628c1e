"""The list of verbs: parse, wait, report, exec."""

from __future__ import annotations

import os
import sys

from untilup.cli import argv
from untilup.errors import EndedBySignal, LimitReached, TimedOut, UntilupError
from untilup.events import Inbox
from untilup.net.failures import NO_MEMORY
from untilup.process import command, handover
from untilup.report.reporter import Report
from untilup.waiting.wait import splay, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def tell(started: float) -> NoReturn:
    """Wait until every target is up, then become the command, or exit.

    *started* is when main began, in seconds of the monotonic clock.
    """
    inbox = Inbox()
    handover.signals_into(inbox)
    report = Report(started)
    try:
        handover.occupy_closed_descriptors()
        run(started, inbox, report)
    except SystemExit as answered:  # --help or --version, which left nothing to flush
        handover.end(0 if answered.code is None else int(answered.code))
    except UntilupError as error:
        fail(error, report)
    except MemoryError:
        fail(LimitReached(NO_MEMORY), report)
    except Exception as error:  # noqa: BLE001 - whatever it is, threads must not keep the process from ending
        report.bug(error)
        handover.end(1)
    handover.end(0)


def run(started: float, inbox: Inbox, report: Report) -> None:
    """Read what is asked for, wait for it, and become the command; return if there is none."""
    settings = argv.read(sys.argv[1:], os.environ)
    report.follow(settings)
    try:
        late = wait(settings, started, inbox, report)
        report.all_up(settings)
    except TimedOut as error:
        if settings.strict or settings.once:
            raise
        report.late(error)
        late = True
    if late:
        splay(settings, inbox, report)
    if settings.command:
        command.find(settings.command[0])
        report.handing_over(settings.command)
        handover.become(settings.command, inbox)


def fail(error: UntilupError, report: Report) -> NoReturn:
    """Say why it is over, and end as *error* asks for, whatever becomes of saying it."""
    try:
        report.failed(error)
    finally:
        end(error)


def end(error: UntilupError) -> NoReturn:
    """End as *error* asks for."""
    if isinstance(error, EndedBySignal):
        handover.end_by_signal(error.signum)
    handover.end(error.exit_status)
