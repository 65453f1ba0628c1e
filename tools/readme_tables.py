"""Write what documents have from the code and the examples: ``make docs``. A test keeps it current.

- A table stands between ``<!-- NAME, made by make docs -->`` and ``<!-- end of NAME -->``. A name
  such as ``target options: http https`` selects schemes.
- A block of code after ``<!-- file: PATH -->`` is that file, without its comments.
- The addresses are those of ``addresses.py``.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import addresses
from untilup import checks
from untilup.cli.applications import schemes as application_schemes
from untilup.cli.applications.schemes import ANY_DRIVER, Scheme
from untilup.cli.exiting_options import EXITING, Exiting
from untilup.cli.help import STATUSES
from untilup.options import OPTIONS, Option
from untilup.targets import syntax
from untilup.targets.fragment import OF_VARIABLES
from untilup.values import FLAG

if TYPE_CHECKING:
    from untilup.values import OptionTypes

CHECKOUT = Path(__file__).parent.parent
README = CHECKOUT / "README.md"
DOCUMENTS = (README, *sorted(CHECKOUT.glob("docs/*.md")))

# Between the scheme and the rest of a docstring's first line.
UP = " - up when "
OPTIONS_OF_VARIABLES = ", ".join(f"`{name}`" for name in OF_VARIABLES)
FROM_ENVIRONMENT = (
    ("`env:DB_URL`", "the target in the variable `DB_URL` is up; of a list of URLs, any server", OPTIONS_OF_VARIABLES),
    ("`env:DB_HOST:DB_PORT`, `env:DB_HOST:5432`", "the host from one variable, and a port, is up", OPTIONS_OF_VARIABLES),
)  # fmt: skip
# The options that README shows.
COMMON = ("timeout", "any", "down", "stable", "strict", "once", "quiet", "log_format")

MARKED = re.compile(
    r"<!-- (?P<name>[\w ]+)(?:: (?P<schemes>[\w ]+))?, made by make docs -->\n"
    r".*?<!-- end of (?P=name) -->",
    re.DOTALL,
)
FILE = re.compile(
    r"<!-- file: (?P<path>\S+) -->\n```(?P<language>\w*)\n.*?^```$", re.DOTALL | re.MULTILINE
)
# What Compose takes from a variable, and takes without it.
DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")
COMMENT = re.compile(r"^ *#(?!!).*\n", re.MULTILINE)


def schemes_of(selected: Sequence[str]) -> list[str]:
    """Return the schemes that have a check, or of these the *selected* ones in their order."""
    names = (module.name for module in pkgutil.iter_modules(checks.__path__))
    return [*selected] or [name for name in names if not name.startswith("_")]


def targets(*selected: str) -> str:
    """Return the table of targets: for each scheme its examples, and when such a target is up."""
    rows = []
    for name in schemes_of(selected):
        check = importlib.import_module(f"{checks.__name__}.{name}")
        form = getattr(check, "SYNTAX", syntax.HOST_AND_PORT)
        examples = form.examples or (f"{name}://host:port",)
        summary = (check.__doc__ or "").splitlines()[0]
        up = summary.split(UP)[-1].rstrip(".")
        rows.append((code(examples), up, code(form.options)))
    if not selected:
        rows.sort(key=lambda row: not row[0].startswith("`db"))  # the most common comes first
        rows += FROM_ENVIRONMENT
    return table(("target", "up when", "options"), rows)


def target_options(*selected: str) -> str:
    """Return the table of what a target's fragment can hold; without schemes, what every one can."""
    if not selected:
        return meanings_of(syntax.COMMON_OPTIONS)
    meanings: dict[tuple[str, str], list[str]] = {}
    for scheme in schemes_of(selected):
        form = checks.syntax_of(scheme)
        for name, (kind, meaning) in (form.options if form else {}).items():
            of = meanings.setdefault((spelled(name, kind.metavar), meaning), [])
            of.append(f"`{scheme}`")
    of_several = [(option, ", ".join(of), meaning) for (option, meaning), of in meanings.items()]
    return table(("option", "scheme", "meaning"), of_several)


def variable_options() -> str:
    """Return the table of the options that only env: targets have."""
    return meanings_of(OF_VARIABLES)


def meanings_of(options: OptionTypes) -> str:
    """Return a table of *options* of targets."""
    rows = [(spelled(name, kind.metavar), meaning) for name, (kind, meaning) in options.items()]
    return table(("option", "meaning"), rows)


def application_schemes_() -> str:
    """Return the table of the schemes that applications have, and no check has as its name."""
    rows = (
        *application_schemes.OF_A_CHECK,
        *application_schemes.WITHOUT_A_CHECK,
        *application_schemes.WITHOUT_A_SERVER,
    )
    return table(
        ("scheme", "from", "untilup waits for"),
        [(schemes_named(row), row.frameworks, waited_for(row)) for row in rows],
    )


def schemes_named(row: Scheme) -> str:
    """Return the names of *row*, as the beginnings of URLs."""
    names = [name.replace(ANY_DRIVER, "+DRIVER") for name in row.names]
    return code(f"{name}{':' if ':' in name else '://'}" for name in names)


def waited_for(row: Scheme) -> str:
    """Return what untilup does with the URLs of *row*."""
    if row.absent:
        return f"nothing: {row.absent}"
    if not row.check:
        return f"its port, {row.port} by default" if row.port else "its port"
    port = f", on port {row.port} by default" if row.port else ""
    servers = ": any of the sentinels, and the master that the URL names" if row.is_sentinel else ""
    options = f", with `#{row.options}`" if row.options else ""
    return f"`{row.check}://`{options}{port}{servers}"


def spelled(name: str, metavar: str) -> str:
    """Return how a target's option is written."""
    return f"`{name}={metavar}`".replace("|", "\\|") if metavar else f"`{name}`"


def code(words: Iterable[str]) -> str:
    """Return *words* as code, separated by commas."""
    return ", ".join(f"`{word}`" for word in words)


def options() -> str:
    """Return the table of options."""
    rows = [(spellings(o), f"`{o.variable}`", o.shown_default, o.meaning) for o in OPTIONS]
    rows += [(exiting_spellings(o), "", "", o.meaning) for o in EXITING]
    return table(("option", "variable", "default", "meaning"), rows)


def common_options() -> str:
    """Return the table of the options that most command lines need."""
    by_name = {option.name: option for option in OPTIONS}
    rows = [(spellings(by_name[name]), by_name[name].meaning) for name in COMMON]
    return table(("option", "meaning"), rows)


def exiting_spellings(option: Exiting) -> str:
    """Return all ways to write *option*, for which no variable stands."""
    return f"`{', '.join(option.names)} {option.metavar}".rstrip().replace("|", "\\|") + "`"


def spellings(option: Option) -> str:
    """Return all spellings of *option*, with its value type."""
    ways = [way for way in (option.short, option.flag, option.negative) if way]
    takes = "" if option.kind is FLAG else f" {option.kind.metavar}"
    return f"`{', '.join(ways)}{takes}`".replace("|", "\\|")


def table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    """Return *rows* as a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


TABLES: dict[str, Callable[..., str]] = {
    "targets": targets,
    "target options": target_options,
    "variable options": variable_options,
    "application schemes": application_schemes_,
    "options": options,
    "common options": common_options,
    "statuses": lambda: table(("exit status", "when"), STATUSES),
}


def with_tables(text: str) -> str:
    """Return a document's *text* with its tables, its files and its addresses made anew."""
    return addresses.with_addresses(FILE.sub(_file, MARKED.sub(_table, text)))


def _table(found: re.Match[str]) -> str:
    name, schemes = found["name"], found["schemes"]
    made = TABLES[name](*(schemes or "").split())
    first = found[0].partition("\n")[0]
    return f"{first}\n{made}<!-- end of {name} -->"


def _file(found: re.Match[str]) -> str:
    content = quoted(CHECKOUT / found["path"])
    return f"<!-- file: {found['path']} -->\n```{found['language']}\n{content}```"


def quoted(file: Path) -> str:
    """Return the content of *file* as a document shows it: no lines of comments, no variables of Compose."""
    return DEFAULT.sub(r"\1", COMMENT.sub("", file.read_text())).lstrip("\n")


def main() -> None:
    """Write all documents, and the addresses of all other files."""
    for document in DOCUMENTS:
        document.write_text(with_tables(document.read_text()))
    for file in addresses.files():
        text = file.read_text()
        if (changed := addresses.with_addresses(text)) != text:
            file.write_text(changed)


if __name__ == "__main__":
    main()
