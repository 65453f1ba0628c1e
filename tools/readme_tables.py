"""Write the tables of README.md and docs/ from the code: ``make docs``. A test keeps them current."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from untilup import checks, errors, outcomes
from untilup.cli import typer_app
from untilup.options import OPTIONS, Option
from untilup.reasons import REASONS
from untilup.targets import syntax
from untilup.values import FLAG

CHECKOUT = Path(__file__).parent.parent
README = CHECKOUT / "README.md"
DOCUMENTS = (README, *sorted(CHECKOUT.glob("docs/*.md")))

STATUSES = (
    ("the command's own", "it was executed: from then on the process is the command"),
    (0, "no command given, and everything that was waited for is up"),
    (1, "a bug in untilup, with a traceback"),
    (errors.UsageError.exit_status, "an option, a variable or a target is malformed; nothing was looked at"),
    (outcomes.TimedOut.exit_status, "timed out, as `timeout(1)`"),
    (errors.NeverReady.exit_status, "a target can never become ready, or threads or descriptors ran out"),
    (errors.CannotExecute.exit_status, "the command cannot be executed"),
    (errors.CommandNotFound.exit_status, "the command, or its interpreter, was not found"),
    ("the signal itself; 128+n as PID 1", "SIGTERM, SIGINT, SIGHUP or SIGQUIT while waiting"),
)  # fmt: skip

READY = " - ready when "
FROM_ENVIRONMENT = (
    ("`env:DB_URL`", "what the variable `DB_URL` holds; any server of a list of URLs", "`all`"),
    ("`env:DB_HOST:DB_PORT`, `env:DB_HOST:5432`", "a host from one variable, and a port", ""),
)


def targets() -> str:
    """Return the table of targets: of each check what it has for an example, and says of itself."""
    rows = []
    for module in pkgutil.iter_modules(checks.__path__):
        if not module.name.startswith("_"):
            check = importlib.import_module(f"{checks.__name__}.{module.name}")
            form = getattr(check, "SYNTAX", syntax.HOST_AND_PORT)
            examples = form.examples or (f"{module.name}://host:port",)
            summary = (check.__doc__ or "").splitlines()[0]
            ready = summary.partition(READY)[2].rstrip(".")
            rows.append((code(examples), ready, code(form.options)))
    rows.sort(key=lambda row: not row[0].startswith("`db"))  # what most are comes first
    return table(("target", "up when", "its own options"), [*rows, *FROM_ENVIRONMENT])


def target_options() -> str:
    """Return the table of what may stand in a target's fragment."""
    meanings: dict[tuple[str, str], list[str]] = {}
    for name, (kind, meaning) in syntax.COMMON_OPTIONS.items():
        meanings[spelled(name, kind.metavar), meaning] = ["every"]
    for module in pkgutil.iter_modules(checks.__path__):
        form = checks.syntax_of(module.name)
        for name, (kind, meaning) in (form.options if form else {}).items():
            of = meanings.setdefault((spelled(name, kind.metavar), meaning), [])
            of.append(f"`{module.name}`")
    rows = [(option, ", ".join(of), meaning) for (option, meaning), of in meanings.items()]
    return table(("option", "target", "meaning"), rows)


def spelled(name: str, metavar: str) -> str:
    """Return how a target's option is written."""
    return f"`{name}={metavar}`".replace("|", "\\|") if metavar else f"`{name}`"


def code(words: Iterable[str]) -> str:
    """Return *words* as code, one after the other."""
    return ", ".join(f"`{word}`" for word in words)


def options() -> str:
    """Return the table of options."""
    rows = [(spellings(o), f"`{o.variable}`", default(o), o.meaning) for o in OPTIONS]
    return table(("option", "variable", "default", "meaning"), rows)


def reasons() -> str:
    """Return the table of reason codes."""
    rows = [(f"`{reason}`", meaning) for reason, (meaning, _) in REASONS.items()]
    return table(("reason", "meaning"), rows)


def spellings(option: Option) -> str:
    """Return all ways to write *option*, with what it takes."""
    ways = [way for way in (option.short, option.flag, option.negative) if way]
    takes = "" if option.kind is FLAG else f" {option.kind.metavar}"
    return f"`{', '.join(ways)}{takes}`".replace("|", "\\|")


def default(option: Option) -> str:
    """Return the default of *option* as one would write it."""
    return typer_app.described_default(option).removeprefix("default ").removesuffix(", ")


def table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    """Return *rows* as a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def tables() -> dict[str, str]:
    """Return every table by the name that marks its place in the README."""
    return {
        "targets": targets(),
        "target options": target_options(),
        "options": options(),
        "statuses": table(("exit status", "when"), STATUSES),
        "reasons": reasons(),
    }


def with_tables(text: str) -> str:
    """Return a document's *text* with what stands between its marks made anew."""
    for name, made in tables().items():
        mark, end = f"<!-- {name}, made by make docs -->\n", f"<!-- end of {name} -->"
        before, found, rest = text.partition(mark)
        if not found:
            continue
        _, _, after = rest.partition(end)
        text = before + mark + made + end + after
    return text


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.write_text(with_tables(document.read_text()))
