"""The text of ``--help``, made from OPTIONS and the checks, as wide as the terminal."""

from __future__ import annotations

import os
from textwrap import wrap

from untilup import errors, outcomes
from untilup.cli import schemes
from untilup.cli.exiting_options import EXITING
from untilup.options import OPTIONS, OUTPUT, TIMING, WAITING, Option
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.cli.exiting_options import Exiting

STDOUT = 1
DEFAULT_WIDTH = 80
# Narrower lines would have a word or two beside the options.
MIN_WIDTH = 50
INDENT = "  "
# Where the meanings begin: of targets, of options, and of exit statuses.
TARGET_COLUMN, OPTION_COLUMN, STATUS_COLUMN = 18, 30, 21
SUMMARY = "Wait until every TARGET is up, then replace untilup with COMMAND (exec)."
USAGE = "untilup [OPTIONS] TARGET... [-- COMMAND [ARG]...]"
EXAMPLE = "untilup db:5432 -- ./start"
EXAMPLES = (
    "untilup db:5432 redis:6379 -- gunicorn app:app",
    "untilup -t 2m postgres://db 'http://api/health#status=204' -- ./start",
    "untilup --once postgres://db",
)
TARGETS = (
    ("HOST:PORT", "The port accepts a connection and keeps it open."),
    ("SCHEME://...", "The server answers by its protocol: {schemes}."),
    ("exec:COMMAND", "COMMAND exits with status 0: 'exec:pg_isready -h db'."),
    ("env:VARIABLE", "The value of VARIABLE is the target, as in env:DATABASE_URL."),
    ("TARGET#OPTION", "Options of this target: 'db:5432#timeout=10s#optional'."),
)
QUOTING = "Quote targets that contain #, & or ?: in a shell, & would run untilup in the background."
# What each exit status means, also for the README and the man page.
STATUSES = (
    ("the command's own", "the command ran: untilup was replaced by it"),
    (0, "no command was given, and everything is up"),
    (1, "a bug in untilup, with a traceback; or `--copy-to` failed, or stdout"),
    (errors.UsageError.exit_status, "an invalid option, variable or target; nothing was contacted"),
    (outcomes.TimedOut.exit_status, "timed out, as `timeout(1)`"),
    (errors.NeverReady.exit_status, "a target can never be up, or threads or file descriptors ran out"),
    (errors.CannotExecute.exit_status, "the command cannot be executed"),
    (errors.CommandNotFound.exit_status, "the command, or its interpreter, was not found"),
    ("the signal itself; 128+n as PID 1", "SIGTERM, SIGINT, SIGHUP or SIGQUIT during the wait"),
)  # fmt: skip
VARIABLES = (
    "Each option is also a variable, except those that exit: --max-delay is UNTILUP_MAX_DELAY, "
    "--no-strict is UNTILUP_STRICT=no. The variable of a flag is 1, true, yes or on, or 0, false, no or "
    "off. An option wins. UNTILUP_TARGETS: the targets, if none are given; 'none' if there is nothing to "
    "wait for. UNTILUP_SKIP=1: run COMMAND at once."
)


def help_text(width: int) -> str:
    """Return the help, in lines of at most *width* characters."""
    kinds = [
        (form, meaning.format(schemes=", ".join(schemes.of_urls()))) for form, meaning in TARGETS
    ]
    sections = [
        _paragraph(SUMMARY, width, ""),
        _paragraph(f"Usage: {USAGE}", width, ""),
        ["Examples:", *(f"{INDENT}{example}" for example in EXAMPLES)],
        ["Targets:", *_table(kinds, width, TARGET_COLUMN), *_paragraph(QUOTING, width)],
    ]
    for group in (WAITING, TIMING, OUTPUT):
        rows = [_row(option) for option in OPTIONS if option.group == group]
        sections.append([f"{group}:", *_table(rows, width, OPTION_COLUMN)])
    rows = [_exiting(option) for option in EXITING]
    sections.append(["Options that exit:", *_table(rows, width, OPTION_COLUMN)])
    rows = [(str(status), meaning.replace("`", "")) for status, meaning in STATUSES]
    sections.append(["Exit status:", *_table(rows, width, STATUS_COLUMN)])
    sections.append(["Environment variables:", *_paragraph(VARIABLES, width)])
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def no_targets(*, json: bool) -> str:
    """Return the error for a command line without targets: four lines, or one as *json*."""
    problem, cure = "no targets given", "if there is nothing to wait for, set UNTILUP_TARGETS=none"
    if json:
        return f"{problem}; usage: {USAGE}; {cure}"
    return f"{problem}\nusage: {USAGE}\nexample: {EXAMPLE}\nTry 'untilup --help'; {cure}."


def terminal_width() -> int:
    """Return the width of the terminal: of COLUMNS, or of stdout, or 80."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdecimal() and len(columns) < len("10000"):
        width = int(columns)
    else:
        try:
            width = os.get_terminal_size(STDOUT).columns
        except OSError:  # it is no terminal
            width = 0
    return max(width, MIN_WIDTH) if width else DEFAULT_WIDTH


def _row(option: Option) -> tuple[str, str]:
    """Return how *option* is written, and what it means, with its default."""
    ways = ", ".join(way for way in (option.short, option.flag) if way)
    if option.negative:
        ways += f" | {option.negative}"
    if option.kind is not FLAG:
        ways += f" {option.kind.metavar}"
    default = f" [{option.shown_default}]" if option.shown_default else ""
    return ways if option.short else f"    {ways}", option.meaning + default


def _exiting(option: Exiting) -> tuple[str, str]:
    ways = f"{', '.join(option.names)} {option.metavar}".rstrip()
    return ways if len(option.names) > 1 else f"    {ways}", option.meaning


def _table(rows: list[tuple[str, str]], width: int, column: int) -> list[str]:
    """Return *rows* with the second cells at *column*; a long first cell has a line of its own."""
    lines = []
    for first, second in rows:
        begin = f"{INDENT}{first}"
        wrapped = wrap(second, width - column, break_on_hyphens=False)
        if len(begin) + len(INDENT) > column:
            lines.append(begin)
        else:
            lines.append(f"{begin:{column}}{wrapped.pop(0)}")
        lines += [f"{'':{column}}{line}" for line in wrapped]
    return lines


def _paragraph(text: str, width: int, indent: str = INDENT) -> list[str]:
    return wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
