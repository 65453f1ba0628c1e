"""The documents: links, size, generated parts, reason codes, options and addresses."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import addresses
import readme_tables
from untilup import checks
from untilup.cli import argv, exiting_options
from untilup.cli.completion import words
from untilup.options import OPTIONS
from untilup.reasons import REASONS

CHECKOUT = readme_tables.CHECKOUT
README = readme_tables.README.read_text()
# Every document for readers, of users and of maintainers.
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "binary/*.md", "benchmarks/**/*.md", "tests/*.md")
    for path in CHECKOUT.glob(pattern)
)
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
CODE_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
TROUBLESHOOTING = (CHECKOUT / "docs/troubleshooting.md").read_text()
MEASURED = (CHECKOUT / "benchmarks/README.md").read_text()

each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT))
)


def anchors(document: Path) -> set[str]:
    """Return what a link to a heading of *document* can end with, as GitHub makes it."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    found = set()
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


@each_document
def test_links(document: Path) -> None:
    """Every link between documents leads to a file, and to a heading that it has."""
    broken = []
    for link in LINK.findall(CODE.sub("", document.read_text())):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(link)
    assert broken == []


def test_the_index_has_every_page() -> None:
    """docs/README.md links every page of docs."""
    index = CHECKOUT / "docs/README.md"
    linked = set(LINK.findall(index.read_text()))
    assert {page.name for page in index.parent.glob("*.md")} - linked == {"README.md"}


@each_document
def test_footnotes(document: Path) -> None:
    """Every footnote that a document refers to is there, and referred to."""
    text = CODE.sub("", document.read_text())
    made = re.findall(r"^\[\^([\w-]+)\]: ", text, re.MULTILINE)
    used = set(re.findall(r"\[\^([\w-]+)\](?!: )", text))
    assert sorted(made) == sorted(used)


def test_the_tests_that_documents_name_exist() -> None:
    """Every test that a document names as evidence exists."""
    text = "".join(document.read_text() for document in DOCUMENTS)
    files = set(re.findall(r"`(tests/[^`\s<]+\.py)`", text))
    assert files
    assert {file for file in files if not (CHECKOUT / file).is_file()} == set()
    tests = "".join(file.read_text() for file in (CHECKOUT / "tests").glob("**/test_*.py"))
    names = set(re.findall(r"`(test_\w+)`", text))
    assert names
    assert {name for name in names if f"def {name}(" not in tests} == set()


def test_the_generated_parts_are_current() -> None:
    """Tables, copies of examples and addresses are those of the code (`make docs`)."""
    documents = [document.read_text() for document in readme_tables.DOCUMENTS]
    assert [readme_tables.with_tables(document) for document in documents] == documents
    marks = re.findall(r"<!-- ([\w ]+?)(?:: [\w ]+)?, made by make docs -->", "".join(documents))
    assert set(marks) == set(readme_tables.TABLES)


def test_every_scheme_has_a_page() -> None:
    """The pages about targets have every scheme and every option of a scheme."""
    pages = "".join(page.read_text() for page in CHECKOUT.glob("docs/target-*.md"))
    for kind in ("targets", "target options"):
        marks = re.findall(rf"<!-- {kind}: ([\w ]+), made by make docs -->", pages)
        schemes = {scheme for mark in marks for scheme in mark.split()}
        for scheme in readme_tables.schemes_of(()):
            syntax = checks.syntax_of(scheme)
            if kind == "targets" or (syntax and syntax.options):
                assert scheme in schemes, kind


def test_the_readme_can_be_read_at_one_sitting() -> None:
    """The README has at most 200 lines, and 1,200 words outside code and tables."""
    assert len(README.splitlines()) <= 200
    text = re.sub(r"^```.*?^```$", "", README, flags=re.DOTALL | re.MULTILINE)
    prose = [line for line in text.splitlines() if not line.startswith(("|", "    ", "<!--"))]
    assert len(" ".join(prose).split()) <= 1200


def test_the_readme_says_what_was_measured() -> None:
    """The latencies in the README are those of the benchmarks, rounded."""
    rows = [line.strip("| ").split(" | ") for line in MEASURED.splitlines()]
    head = next(row for row in rows if row[0] == "tool")
    latency = {
        row[0]: float(row[head.index("after *refused*")].strip("*").split()[0])
        for row in rows
        if len(row) == len(head) and row[0].startswith(("untilup", "Debian"))
    }
    ours, theirs = re.findall(r"after about (\d+) ms; `wait-for-it\.sh` needs about (\d+) ms", README)[0]  # fmt: skip
    assert int(ours) == pytest.approx(latency["untilup, `untilup-linux-x86_64`"], rel=0.15)
    assert int(theirs) == pytest.approx(latency["Debian's `wait-for-it`"], rel=0.15)


def test_troubleshooting_has_every_reason() -> None:
    """docs/troubleshooting.md has one entry for each reason code, and no other."""
    headings = re.findall(r"^### (.*)$", TROUBLESHOOTING, re.MULTILINE)
    codes = [code for heading in headings for code in re.findall(r"`([^`]+)`", heading)]
    assert sorted(codes) == sorted(REASONS)
    entries = re.split(r"^###? .*$", TROUBLESHOOTING, flags=re.MULTILINE)
    parts = ["- **You see:** ", "- **It means:** ", "- **Do:** "]
    complete = [entry for entry in entries if all(part in entry for part in parts)]
    assert len(complete) == len(headings)


def test_the_options_that_documents_name_exist() -> None:
    """Every option and every variable of untilup in a document is in the table of options."""
    flags = {word.name for word in words.options()}
    variables = {option.variable for option in OPTIONS}
    variables |= {"UNTILUP_TARGETS", "UNTILUP_SKIP", "UNTILUP_PORT"}
    for document in (readme_tables.README, *CHECKOUT.glob("docs/*.md")):
        text = document.read_text()
        lines = re.findall(r"(?<![\w./-])untilup( [^`\n]*?)(?: -- |`|\n)", text)
        named = {flag for line in lines for flag in re.findall(r" (--[a-z][a-z-]+)\b", line)}
        assert named <= flags, document.name
        assert (
            set(re.findall(r"\bUNTILUP_(?!TEST|REQUIRE)[A-Z]\w+", text))
            - {
                "UNTILUP_IMAGE",
                "UNTILUP_TARGET",
            }
            <= variables
        ), document.name


def test_addresses() -> None:
    """No document and no example names a repository or a registry other than the placeholders."""
    for file in addresses.files():
        text = file.read_text()
        assert addresses.with_addresses(text) == text, file
    text = "".join(file.read_text() for file in addresses.files())
    assert f"github.com/{addresses.REPOSITORY}" in text
    assert addresses.IMAGE in text
    assert re.findall(r"\b(?:ghcr\.io|quay\.io|docker\.io)/\S*untilup", text) == []


def command_lines() -> Iterator[tuple[str, str]]:
    """Yield every command line of untilup that README and docs show, and the document's name."""
    for document in readme_tables.DOCUMENTS:
        text = document.read_text()
        shell = "".join(
            re.findall(r"^```(?:sh|console|make)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        )
        indented = re.findall(r"^ {4}(untilup .*)$", text, re.MULTILINE)
        inline = re.findall(r"`(untilup [^`\n]+)`", CODE_BLOCK.sub("", text))
        for line in (*shell.splitlines(), *indented, *inline):
            command = re.sub(r"^[$\t ]+", "", line)
            command = re.sub(r"^(?:[A-Z_]+=(?:\"[^\"]*\"|\S+) )+", "", command)
            if command.startswith("untilup ") and "[OPTIONS]" not in command:
                yield document.name, re.sub(r" +# .*$", "", command)


@pytest.mark.parametrize(("document", "line"), sorted(set(command_lines())))
def test_command_lines(document: str, line: str) -> None:
    """Each command line of untilup in README and docs is accepted, and each target with #, & or ? is quoted."""
    exits = {name for option in exiting_options.EXITING for name in option.names}
    first = re.split(r" && | \|\| | \| ", line)[0]
    for argument in shlex.split(first.partition(" -- ")[0], posix=False):
        if re.search(r"[#&?;]", argument):
            assert argument[0] in "'\"", f"{document}: {argument} is not quoted"
    arguments = shlex.split(first)[1:]
    if {"TARGET", "..."} & {*arguments} or arguments[0] in exits:
        return
    environ = {"DATABASE_URL": "postgres://db", "UNTILUP_TARGETS": "db:5432"}
    argv.parse([argument for argument in arguments if argument], environ)
