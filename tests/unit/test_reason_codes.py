"""The reason codes: the table, what the source uses, and what the documents say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import untilup
from untilup.errors import NotReady, answered
from untilup.net.wrong_protocol import _SHORTER
from untilup.reasons import REASONS

SOURCE = Path(untilup.__file__).parent
MODULES = {
    str(path.relative_to(SOURCE)): ast.parse(path.read_text())
    for path in sorted(SOURCE.rglob("*.py"))
    if path.name != "reasons.py"
}
CODE = re.compile(r"[a-z]+(-[a-z]+)*")
FAILURES = {"CheckFailed", "NotReady", "NeverReady", "answered", "_mismatch"}
# Functions that name the protocol which the server should have spoken, and the argument that does.
PROTOCOLS = {"wrong_protocol": 2, "read_until": 2, "read_parsed": 2, "request": 4}


def called(node: ast.Call) -> str:
    """Return the name of the function that *node* calls, without its module."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def text_of(node: ast.expr) -> str | None:
    """Return the text of a literal, or None for any other expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def literal_codes(module: ast.Module) -> Iterator[str]:
    """Return the codes that stand where a failure is made, named or compared."""
    for node in ast.walk(module):
        found: str | None = None
        if isinstance(node, ast.Call):
            found = code_of_call(node)
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "reason":
            found = text_of(node.value)  # of a class
        elif isinstance(node, ast.Compare) and getattr(node.left, "attr", "") == "reason":
            found = text_of(node.comparators[0])
        if found and not found.isupper():  # as OpenSSL's reasons are
            yield found


def code_of_call(node: ast.Call) -> str | None:
    """Return the reason of the failure that a call makes, if it is a literal."""
    name = called(node)
    protocol = node.args[PROTOCOLS[name]] if len(node.args) > PROTOCOLS.get(name, 99) else None
    if protocol:
        text = text_of(protocol)
        return text and f"not-{_SHORTER.get(text, text.lower())}"
    if name in FAILURES or (name == "__init__" and len(node.args) > 1):
        return text_of(node.args[0])
    return None


def tabled_codes(module: ast.Module) -> Iterator[str]:
    """Return the codes in rows of a reason, a meaning and a hint, perhaps with something before."""
    for node in ast.walk(module):
        if isinstance(node, ast.Tuple) and len(node.elts) in {3, 4}:
            code, meaning = node.elts[-3:-1]
            if (text := text_of(code)) and CODE.fullmatch(text) and not is_code(meaning):
                yield text


def is_code(node: ast.expr) -> bool:
    return bool(CODE.fullmatch(text_of(node) or ""))


def makes_from_a_table(module: ast.Module) -> bool:
    """Tell whether a failure is made there of a reason that is no literal."""
    return any(
        isinstance(node, ast.Call) and called(node) in FAILURES and node.args
        and text_of(node.args[0]) is None
        for node in ast.walk(module)
    )  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_every_code_is_in_the_table(name: str) -> None:
    """Each reason of a failure is in REASONS."""
    module = MODULES[name]
    codes = set(literal_codes(module))
    if makes_from_a_table(module):
        codes |= set(tabled_codes(module))
    assert codes - set(REASONS) == set(), "add it to reasons.py"


def test_every_code_of_the_table_is_used() -> None:
    """Each reason in REASONS is used by a failure."""
    used = {code for module in MODULES.values() for code in literal_codes(module)}
    used |= {code for module in MODULES.values() for code in tabled_codes(module)}
    assert set(REASONS) - used == set()


@pytest.mark.parametrize("code", REASONS)
def test_a_code_is_a_word_and_has_a_meaning(code: str) -> None:
    """A code is lower-case words with hyphens; a hint is an imperative sentence, or empty."""
    meaning, hint = REASONS[code]
    assert CODE.fullmatch(code)
    assert meaning
    assert not meaning.endswith(".")
    assert hint == "" or (hint[0].isupper() and hint.endswith("."))


def test_the_default_hint() -> None:
    """A failure without a hint of its own has that of its reason; a reason may have none."""
    assert answered("server-error", "it answers ERR").hint == REASONS["server-error"][1]
    assert answered("server-error", "it answers ERR", "Restart it.").hint == "Restart it."
    assert NotReady("failed", "an error").hint == ""
    assert NotReady("of-a-plugin", "unknown").hint == ""
