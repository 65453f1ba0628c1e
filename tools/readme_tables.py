"""Write the tables of README.md from the code: ``make docs``. A test keeps them current."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from untilup import cli, errors
from untilup.kinds import FLAG
from untilup.options import OPTIONS, Option

README = Path(__file__).parent.parent / "README.md"

STATUSES = (
    ("the command's own", "it was executed: from then on the process is the command"),
    (0, "no command given, and everything that was waited for is up"),
    (1, "a bug in untilup, with a traceback"),
    (errors.UsageError.exit_status, "an option, a variable or a target is malformed; nothing was looked at"),
    (errors.TimedOut.exit_status, "timed out, as `timeout(1)`"),
    (errors.NeverReady.exit_status, "a target can never become ready, or threads or descriptors ran out"),
    (errors.CannotExecute.exit_status, "the command cannot be executed"),
    (errors.CommandNotFound.exit_status, "the command, or its interpreter, was not found"),
    ("the signal itself; 128+n as PID 1", "SIGTERM, SIGINT, SIGHUP or SIGQUIT while waiting"),
)  # fmt: skip

TARGETS = (
    ("`db:5432`, `tcp://db:5432`", "a connection is accepted and survives its settling"),
    ("`[::1]:5432`", "the same; an IPv6 address stands in brackets"),
    ("`env:DB_URL`", "what the variable `DB_URL` holds"),
    ("`env:DB_HOST:DB_PORT`, `env:DB_HOST:5432`", "a host from one variable, and a port"),
)


def options() -> str:
    """Return the table of options."""
    rows = [(spellings(o), f"`{o.variable}`", default(o), o.meaning) for o in OPTIONS]
    return table(("option", "variable", "default", "meaning"), rows)


def spellings(option: Option) -> str:
    """Return all ways to write *option*, with what it takes."""
    ways = [way for way in (option.short, option.flag, option.negative) if way]
    takes = "" if option.kind is FLAG else f" {option.kind.metavar}"
    return f"`{', '.join(ways)}{takes}`".replace("|", "\\|")


def default(option: Option) -> str:
    """Return the default of *option* as one would write it."""
    return cli.described_default(option).removeprefix("default ").removesuffix(", ")


def table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    """Return *rows* as a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def tables() -> dict[str, str]:
    """Return every table by the name that marks its place in the README."""
    return {
        "targets": table(("target", "up when"), TARGETS),
        "options": options(),
        "statuses": table(("exit status", "when"), STATUSES),
    }


def with_tables(text: str) -> str:
    """Return the README's *text* with what stands between its marks made anew."""
    for name, made in tables().items():
        mark, end = f"<!-- {name}, made by make docs -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(mark)
        _, _, after = rest.partition(end)
        text = before + mark + made + end + after
    return text


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text()))
