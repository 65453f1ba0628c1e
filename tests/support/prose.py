"""The texts of the checkout that people read: documents, messages, docstrings and comments."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).parents[2]
DIRECTORIES = ("src", "tests", "benchmarks", "binary", "tools", "examples", "docs")
NO_PROSE = {".svg", ".patch", ".lock", ".txt", ".pyc", ".typed"}
DOCSTRING_OWNERS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
C_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
HASH_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)
COMMENT_SIGNS = re.compile(r"^[ \t]*(?:#:?|/\*+|\*+/|\*|//)[ \t]?", re.MULTILINE)

CODE_BLOCK = re.compile(r"^ *```.*?^ *```[^\n]*$", re.DOTALL | re.MULTILINE)
INDENTED_CODE = re.compile(r"(?<=\n\n)(?: {4}[^\n]*\n)+")
HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
FOOTNOTE = re.compile(r"\[\^[\w-]+\]:?")
NEW_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*#|]|\d+\.|\[\^) ?)")
END_OF_SENTENCE = re.compile(r"""(?<=[.!?])["'*_)]*\s+(?=["'*_(\[]*[A-Z0-9`])""")


class Text(NamedTuple):
    """A text, and the line of its file in which it starts."""

    line: int
    text: str


def files() -> list[Path]:
    """Return the files of the checkout that hold prose."""
    found = [*CHECKOUT.glob("*.md"), CHECKOUT / "Makefile", CHECKOUT / "Dockerfile"]
    for directory in DIRECTORIES:
        found += (CHECKOUT / directory).rglob("*")
    return sorted(
        file
        for file in found
        if file.is_file() and file.suffix not in NO_PROSE and "__pycache__" not in file.parts
    )


def texts(file: Path) -> Iterator[Text]:
    """Yield the prose in *file*: all of a document, the comments of other files.

    A Python file has docstrings besides; in src/ every other string may be a message.
    """
    source = file.read_text()
    if file.suffix == ".md":
        yield Text(1, source)
    elif file.suffix == ".py":
        yield from _python_strings(source, messages=CHECKOUT / "src" in file.parents)
        yield from _joined(_python_comments(source))
    else:
        comment = C_COMMENT if file.suffix in {".c", ".h"} else HASH_COMMENT
        yield from _joined(
            Text(source.count("\n", 0, match.start()) + 1, match[0])
            for match in comment.finditer(source)
        )


def _python_strings(source: str, *, messages: bool) -> Iterator[Text]:
    tree = ast.parse(source)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, DOCSTRING_OWNERS) and ast.get_docstring(node) is not None
        if isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and (messages or node in docstrings):
            yield Text(node.lineno, str(node.value))


def _python_comments(source: str) -> Iterator[Text]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Text(token.start[0], token.string)


def _joined(comments: Iterator[Text]) -> Iterator[Text]:
    """Join comments on consecutive lines, without their signs."""
    first = after = 0
    lines: list[str] = []
    for line, text in comments:
        if lines and line != after:
            yield Text(first, "\n".join(lines))
            lines.clear()
        first = first if lines else line
        lines.append(COMMENT_SIGNS.sub("", text))
        after = line + text.count("\n") + 1
    if lines:
        yield Text(first, "\n".join(lines))


def sentences(document: str) -> Iterator[Text]:
    """Yield the sentences of a Markdown *document*, without code blocks and tables.

    A code span is one word, a link is its text, and a footnote's mark is nothing.
    """
    for part in (HTML_COMMENT, CODE_BLOCK, INDENTED_CODE):
        document = part.sub(lambda match: "\n" * match[0].count("\n"), document)
    start = 0
    for end in [*(match.start() for match in NEW_BLOCK.finditer(document)), len(document)]:
        block, line = document[start:end], document.count("\n", 0, start) + 1
        line += len(block[: len(block) - len(block.lstrip())].splitlines())
        start = end
        if not block.lstrip().startswith("|"):
            plain = LINK.sub(r"\1", INLINE_CODE.sub("`code`", FOOTNOTE.sub("", block)))
            for sentence in END_OF_SENTENCE.split(plain):
                yield Text(line, " ".join(sentence.split()))
