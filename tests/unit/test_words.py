"""The words of documents, messages, docstrings and comments: one word for one thing, and short sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import prose
from tests.support.prose import CHECKOUT

# Expressions that no text may use, and what to write instead.
REPLACEMENTS = {
    r"whoever": "name the actor: the client, the server, the process",
    r"somebody": "name the actor: a person, the client, the server",
    r"everybody": "name those that are meant: all clients, all users",
    r"nobody behind": "a proxy without a backend",
    r"folders?": "directory",
    r"time-outs?": "timeout",
    r"for ever": "forever",
    r"dark hosts?": "blackholed host",
    r"silent resolvers?": "unresponsive DNS server",
    r"extra waits?": "detection latency",
    r"hand(?:s|ed|ing)?(?:-| )over": "exec, or: is replaced by",
    r"in the clear": "plaintext",
    r"stable words?": "reason code",
    r"name servers?": "DNS server",
    r"images? below": "base image",
    r"(?:an?|the|this|one|no|each|every|another|single|first|second|last|latest|next|later|long|per) look": "attempt",
    r"(?:the|no|many|few|more|all|between|first|last|latest|next|later|of|[0-9,]+) looks": "attempts",
}  # fmt: skip
BANNED = {
    re.compile(rf"\b(?:{words})\b".replace(" ", r"\s+"), re.IGNORECASE): instead
    for words, instead in REPLACEMENTS.items()
}
# Finds in lower-case source, quickly, all that the expressions could find in its texts, and more.
SIGNS = [
    re.compile(
        (words.rpartition(" ")[2] if words.startswith("(") else words).replace(" ", r"\W+") + r"\b"
    )
    for words in REPLACEMENTS
]
MAX_WORDS = 35


def problems_with_words(file: Path) -> list[str]:
    """Return a line for each banned expression in *file*: where it is, and its replacement."""
    source = file.read_text().lower().replace(r"\n", " ")
    problems: list[str] = []
    if not any(sign.search(source) for sign in SIGNS):
        return problems
    for start, text in prose.texts(file):
        for banned, instead in BANNED.items():
            for match in banned.finditer(text):
                line = start + text.count("\n", 0, match.start())
                words = " ".join(match[0].split())
                problems.append(f"{file}:{line}: '{words}': write {instead}")
    return problems


def test_banned_words() -> None:
    """No document, message, docstring or comment uses a word that the field does not use."""
    problems = [
        problem.removeprefix(f"{CHECKOUT}/")
        for file in prose.files()
        for problem in problems_with_words(file)
    ]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize(
    "document",
    [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))],
    ids=lambda path: path.name,
)
def test_sentences_are_short(document: Path) -> None:
    """No sentence of a user's document has more than 35 words."""
    problems = [
        f"{document.relative_to(CHECKOUT)}:{line}: {len(sentence.split())} words: {sentence}"
        for line, sentence in prose.sentences(document.read_text())
        if len(sentence.split()) > MAX_WORDS
    ]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.md", "Fine.\n\nIt waits for\never.\n", 3),
        ("a.py", '"""Fine."""\n\n\ndef f():\n    """Return a\n    folder."""\n', 6),
        ("a.py", "x = 1  # fine\ny = 2\n# whoever\n", 3),
        ("a.c", "int x;\n/* fine,\n   in the\n   clear */\n", 3),
        ("a.sh", "true\n# a time-out\n", 2),
        ("a.py", "# It is\n# in the\n# clear.\n", 2),
    ],
)
def test_a_banned_word_is_found(tmp_path: Path, name: str, text: str, line: int) -> None:
    """A banned word is found in each kind of text, also across lines, and reported with its line."""
    file = tmp_path / name
    file.write_text(text)
    (problem,) = problems_with_words(file)
    assert problem.startswith(f"{file}:{line}: ")


@pytest.mark.parametrize("name", ["a.py", "a.c", "a.sh"])
def test_code_is_not_searched(tmp_path: Path, name: str) -> None:
    """Names and strings of code are not searched, except for the strings in src/."""
    file = tmp_path / name
    file.write_text("folder = 1\n" if name == "a.py" else "folder=1;\n")
    assert problems_with_words(file) == []


def test_a_long_sentence_is_found() -> None:
    """Sentences are counted without code blocks and tables; a code span is one word."""
    document = (
        "# A title\n\nOne `a b c` two. Three\nfour!\n\n- Five\n- Six\n\n| a | b |\n\n    code x\n"
    )
    found = [(line, len(text.split())) for line, text in prose.sentences(document) if text]
    assert found == [(1, 3), (3, 3), (3, 2), (6, 2), (7, 2)]
