"""The list of verbs: parse, wait, report, exec."""

from __future__ import annotations

import os
import sys

from untilup.cli import argv
from untilup.errors import ResourceLimitReached, UntilupError
from untilup.os_errors import NO_MEMORY
from untilup.outcomes import Interrupted, TimedOut
from untilup.process import handover
from untilup.report.reporter import Reporter
from untilup.waiting.wait import wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from untilup.events import Inbox
    from untilup.targets.target import Target


def start(started: float) -> NoReturn:
    """Wait until every target is up, then execute the command, or exit.

    *started* is when main began, in seconds of the monotonic clock.
    """
    report = Reporter(started, shell_argument)
    try:
        handover.reserve_standard_fds()
        inbox = handover.catch_signals()
        run(started, inbox, report)
    except UntilupError as error:
        report_and_exit(error, report)
    except MemoryError:
        report_and_exit(ResourceLimitReached(NO_MEMORY), report)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, threads must not keep the process from ending
        report.bug(error)
        handover.exit_now(1)
    handover.exit_now(0)


def run(started: float, inbox: Inbox, report: Reporter) -> None:
    """Read what is asked for, wait for it, and execute the command; return if there is none."""
    try:
        settings = argv.parse(sys.argv[1:], os.environ)
    except SystemExit as answered:  # --help or --version, which left nothing to flush
        handover.exit_now(0 if answered.code is None else int(answered.code))
    report.configure(settings)
    handover.let_signals_wake(inbox)
    if settings.once:
        from untilup.waiting.once import check_once

        check_once(settings, started, inbox, report)
        return
    try:
        late = wait(settings, started, inbox, report)
        report.waited(settings)
    except TimedOut as error:
        if settings.strict:
            raise
        report.continuing(error)
        late = True
    if late and settings.splay:
        from untilup.waiting.splay import splay

        splay(settings, inbox, report)
    if settings.command:
        handover.exec_command(settings.command, inbox, report.executing)


def shell_argument(target: Target) -> str:
    """Return *target* as an argument in a shell, or nothing if it has no such spelling."""
    try:
        from untilup.cli import spelling  # only a timeout needs it
    except (OSError, ImportError):  # no descriptor is left to import it
        return ""
    return spelling.shell_argument(target)


def report_and_exit(error: UntilupError, report: Reporter) -> NoReturn:
    """Say why it is over, and end as *error* asks for, whatever becomes of saying it."""
    try:
        report.failed(error, json=argv.asks_for_json(sys.argv[1:], os.environ))
    finally:
        if isinstance(error, Interrupted):
            handover.die_by_signal(error.signum)
        handover.exit_now(error.exit_status)
