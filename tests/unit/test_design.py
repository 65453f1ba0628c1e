"""docs/design.md names what exists: modules, functions, layers, constants and their values."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import tomllib
from pathlib import Path

import pytest

import untilup
from untilup.options import OPTIONS

CHECKOUT = Path(__file__).parents[2]
SOURCE = Path(untilup.__file__).parent
PAGE = (CHECKOUT / "docs/design.md").read_text()
HEADINGS = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
# A file or a directory in backticks, of src/untilup or of the whole checkout.
PATHS = sorted(set(re.findall(r"`(\w[\w.-]*(?:/[\w.-]*|\.py|\.toml)+)`", PAGE)))
FUNCTIONS = sorted(set(re.findall(r"`([\w.]+)\(\)` in `([\w/]+\.py)`", PAGE)))
LINKS = sorted(set(re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", PAGE)))
# Rows of "constant | value | module | source".
CONSTANTS = re.findall(
    r"^\| `([\w-]+)` \| ([^`|]+) \| `([\w/]+\.py)` \| .+ \|$", PAGE, re.MULTILINE
)
UNITS = {"": 1, "s": 1, "ms": 0.001, "days": 86_400, "bytes": 1, "KiB": 1024, "MiB": 1024**2}
# Wherever the page can be referred to.
REFERRING = [
    CHECKOUT / "pyproject.toml",
    *(path for name in ("src", "tests", "benchmarks") for path in (CHECKOUT / name).rglob("*.py")),
]
REFERENCE = re.compile(r"docs/design\.md, ([A-Z][\w ]*(?:; [A-Z][\w ]*)*)")


def module(path: str) -> object:
    """Return the module of the source at *path*, which is relative to src/untilup."""
    parts = Path(path).with_suffix("").parts
    return importlib.import_module(".".join(("untilup", *parts)).removesuffix(".__init__"))


def quantity(text: str) -> float:
    """Return the number that *text* writes, in seconds or bytes if it has a unit."""
    number, _, unit = text.partition(" ")
    numerator, _, denominator = number.replace(",", "").partition("/")
    return float(numerator) / float(denominator or 1) * UNITS[unit]


def value(constant: str, path: str) -> object:
    """Return the value of *constant* in the module at *path*, or the default of that option."""
    if constant.startswith("--"):
        return {option.flag: option.default for option in OPTIONS}[constant]
    return getattr(module(path), constant)


def anchors(document: str) -> set[str]:
    """Return what a link to a heading of *document* can end with."""
    headings = re.findall(r"^#+ (.*)$", document, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def between(mark: str) -> str:
    """Return what stands on the page between the marks named *mark*."""
    return PAGE.partition(f"<!-- {mark} -->")[2].partition(f"<!-- end of {mark} -->")[0]


def shares_and_durations() -> set[tuple[str, str]]:
    """Return each constant of the source whose value is a float, and its module."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        names = {
            node.id
            for statement in ast.parse(path.read_text()).body
            if isinstance(statement, ast.Assign | ast.AnnAssign)
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id.isupper()
        }
        where = str(path.relative_to(SOURCE))
        found |= {(name, where) for name in names if isinstance(value(name, where), float)}
    return found


def test_the_page_is_found() -> None:
    """These tests find the names, functions, links and constants of the page."""
    assert len(PATHS) > 40
    assert len(FUNCTIONS) > 10
    assert len(LINKS) > 10
    of_constants = PAGE.partition("\n## Constants")[2].partition("\n## ")[0]
    assert len(CONSTANTS) == of_constants.count("\n| `") > 70


@pytest.mark.parametrize("path", PATHS)
def test_each_file_that_it_names_exists(path: str) -> None:
    """Each file or directory that the page names exists, in src/untilup or in the checkout."""
    assert (SOURCE / path).exists() or (CHECKOUT / path).exists()


@pytest.mark.parametrize(("name", "path"), FUNCTIONS)
def test_each_function_that_it_names_exists(name: str, path: str) -> None:
    """Each function that the page names exists, in the module that it names."""
    assert callable(functools.reduce(getattr, name.split("."), module(path)))


@pytest.mark.parametrize(("path", "anchor"), LINKS)
def test_each_link_leads_somewhere(path: str, anchor: str) -> None:
    """Each link of the page leads to a file, and to a heading in it."""
    document = CHECKOUT / "docs" / (path or "design.md")
    assert document.is_file()
    assert not anchor or anchor in anchors(document.read_text())


@pytest.mark.parametrize(("constant", "text", "path"), CONSTANTS)
def test_each_constant_has_the_value_that_it_states(constant: str, text: str, path: str) -> None:
    """Each constant of the page exists in the stated module, and has the stated value."""
    assert value(constant, path) == pytest.approx(quantity(text))


def test_no_duration_and_no_share_is_missing() -> None:
    """Each constant of the source that is a duration or a share is on the page, with its source."""
    stated = {(constant, path) for constant, _, path in CONSTANTS}
    assert shares_and_durations() - stated == set()


def test_the_packages_are_those_of_the_source() -> None:
    """The page lists each module and each package at the top of src/untilup, and no other."""
    listed = re.findall(r"^\| `([\w./]+)` \|", between("packages"), re.MULTILINE)
    there = [path.name for path in SOURCE.iterdir() if path.suffix == ".py"]
    there += [f"{path.parent.name}/" for path in SOURCE.glob("*/__init__.py")]
    assert sorted(listed) == sorted(set(there) - {"__init__.py"})


def test_the_layers_are_those_of_the_import_contract() -> None:
    """The page draws the layers that the import contract enforces."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [line.strip() for line in between("layers").splitlines() if line] == layers


def test_each_reference_to_the_page_names_a_heading() -> None:
    """Each reference to a part of the page, in code or settings, names one of its headings."""
    named = {
        heading
        for path in REFERRING
        for headings in REFERENCE.findall(path.read_text())
        for heading in headings.split("; ")
    }
    assert len(named) > 5
    assert named - set(HEADINGS) == set()
