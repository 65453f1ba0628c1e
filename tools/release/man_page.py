"""untilup.1, made from the tables that everything else is made from: man_page.py SECONDS >untilup.1.

SECONDS, since 1970, are the date that the page shows. The page needs no package but untilup itself,
because it is also made where pip builds the wheel.
"""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from untilup import __version__, checks
from untilup.cli import schemes
from untilup.cli.exiting_options import EXITING
from untilup.cli.help import STATUSES
from untilup.options import OPTIONS, Option
from untilup.targets.fragment import OF_VARIABLES
from untilup.targets.syntax import COMMON_OPTIONS, HOST_AND_PORT

if TYPE_CHECKING:
    from untilup.values import OptionTypes

# mandoc complains about longer lines of the source.
LONGEST_LINE = 78
INTRODUCTION = """
untilup waits until every target is up, then executes the command in its own process: same PID, same
environment, same descriptors. Without a command it exits. It prints to stderr; stdout belongs to the
command.
"""
TARGETS = """
A target is host:port or a URL. Options of one target follow a #, which is never sent to a server, and
are separated by &.
"""
VARIABLES = (
    (
        "UNTILUP_TARGETS",
        "The targets if none is given in argv; none: there is nothing to wait for.",
    ),
    ("UNTILUP_SKIP", "If 1, wait for nothing and execute the command at once."),
)
EXAMPLES = (
    ("Wait for a database and a cache, then execute a server:", "untilup postgres://db redis://cache -- gunicorn app:app"),
    ("Wait at most 10 seconds for the target in a variable:", "untilup -t 10s env:DATABASE_URL"),
    ("Report once which targets are up:", "untilup --once db:5432 http://api/health#status=204"),
)  # fmt: skip


def page(seconds: int) -> str:
    """Return the page, dated *seconds* after 1970."""
    date = datetime.fromtimestamp(seconds, UTC).date().isoformat()
    parts = [
        f'.TH UNTILUP 1 "{date}" "untilup {__version__}" "User Commands"',
        ".SH NAME",
        f"untilup {escaped('-')} wait until what a container depends on is up, then execute a command",
        ".SH SYNOPSIS",
        ".B untilup",
        f"[\\fIOPTIONS\\fR] \\fITARGET\\fR... [{bold('--')} \\fICOMMAND\\fR [\\fIARG\\fR]...]",
        ".SH DESCRIPTION",
        text(INTRODUCTION),
        ".SH OPTIONS",
        *(item(spellings(option), described(option)) for option in OPTIONS),
        *(item(f"{bold(', '.join(o.names))} {italic(o.metavar)}", o.meaning) for o in EXITING),
        text_after_items("A DURATION is 500ms, 5s, 2m, 1h30m or plain seconds."),
        ".SH TARGETS",
        text(TARGETS),
        *targets(),
        ".SS Options of every target",
        *target_options(COMMON_OPTIONS),
        *options_of_schemes(),
        ".SS Options of env: targets",
        *target_options(OF_VARIABLES),
        ".SH ENVIRONMENT",
        *(item(bold(option.variable), f"As {option.flag}.") for option in OPTIONS),
        *(item(bold(name), meaning) for name, meaning in VARIABLES),
        ".SH EXIT STATUS",
        *(item(bold(str(status)), f"{meaning}.") for status, meaning in STATUSES),
        ".SH EXAMPLES",
        *examples(),
        ".SH SEE ALSO",
        ".BR timeout (1)",
    ]
    return "\n".join(parts) + "\n"


def spellings(option: Option) -> str:
    """Return all spellings of *option*, with what it takes."""
    names = ", ".join(filter(None, (option.short, option.flag, option.negative)))
    return f"{bold(names)} {italic(option.kind.metavar)}"


def described(option: Option) -> str:
    """Return what *option* means, and its default."""
    default = option.shown_default
    return f"{option.meaning} Default: {default}." if default else option.meaning


def targets() -> Iterator[str]:
    """Yield each scheme, by its examples, with when such a target is up."""
    for scheme in schemes.known():
        check = importlib.import_module(f"{checks.__name__}.{scheme}")
        examples = getattr(check, "SYNTAX", HOST_AND_PORT).examples or (f"{scheme}://host:port",)
        summary = (check.__doc__ or "").splitlines()[0].partition(" when ")[2]
        yield item(", ".join(map(bold, examples)), f"Up when {summary}")
    yield item(bold("env:DB_URL"), "The target that this variable holds.")
    yield item(bold("env:DB_HOST:DB_PORT"), "The host and the port that these variables hold.")


def options_of_schemes() -> Iterator[str]:
    """Yield the options of single schemes, each once, with the schemes that have it."""
    having: dict[tuple[str, str, str], list[str]] = {}
    for scheme in schemes.known():
        syntax = checks.syntax_of(scheme)
        for name, (kind, meaning) in (syntax.options if syntax else {}).items():
            having.setdefault((name, kind.metavar, meaning), []).append(scheme)
    yield ".SS Options of some schemes"
    for (name, metavar, meaning), names in having.items():
        yield item(spelled(name, metavar), f"({', '.join(names)}) {meaning}.")


def target_options(table: OptionTypes) -> Iterator[str]:
    """Yield the options in *table*."""
    for name, (kind, meaning) in table.items():
        yield item(spelled(name, kind.metavar), f"{meaning}.")


def spelled(name: str, metavar: str) -> str:
    """Return how an option of a target is written."""
    return bold(f"{name}=") + italic(metavar) if metavar else bold(name)


def examples() -> Iterator[str]:
    """Yield what is shown as an example."""
    for at, (said, command) in enumerate(EXAMPLES):
        yield from ([".PP"] if at else [])
        yield text(said)
        yield f".PP\n.RS 4\n.nf\n{escaped(command)}\n.fi\n.RE"


def item(head: str, body: str) -> str:
    """Return an entry of a list."""
    return f".TP\n{head.strip()}\n{text(body)}"


def text_after_items(body: str) -> str:
    """Return a paragraph that belongs to no entry."""
    return f".PP\n{text(body)}"


def text(body: str) -> str:
    """Return *body* as running text, without Markdown's signs for code."""
    plain = " ".join(body.replace("`", "").split())
    return "\n".join(map(protected, wrapped(escaped(plain))))


def wrapped(body: str) -> Iterable[str]:
    """Return the lines of *body*; each sentence begins one, as roff wants it."""
    for sentence in body.replace(". ", ".\n").splitlines():
        yield from textwrap.wrap(
            sentence, LONGEST_LINE, break_long_words=False, break_on_hyphens=False
        )


def protected(line: str) -> str:
    """Return a *line* that roff takes for text, whatever it begins with."""
    return f"\\&{line}" if line.startswith((".", "'")) else line


def escaped(body: str) -> str:
    """Return *body* with the characters that roff reads as something else."""
    return body.replace("\\", "\\e").replace("-", "\\-")


def bold(body: str) -> str:
    """Return the words of *body* in bold, but for the commas between them."""
    return ", ".join(f"\\fB{escaped(word)}\\fR" for word in body.split(", "))


def italic(body: str) -> str:
    """Return *body* as what is to be replaced."""
    return f"\\fI{escaped(body)}\\fR" if body else ""


if __name__ == "__main__":
    sys.stdout.write(page(int(sys.argv[1])))
