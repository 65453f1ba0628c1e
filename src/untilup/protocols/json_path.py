"""Finds a value in a JSON text by its path, ``status.0.ready``, and compares it with a text.

A server sends the text, so its depth is bounded before it is parsed: the parser of the standard library
is recursive, and threads have a small stack.
"""

from __future__ import annotations

import json

# Health reports have up to ten levels. Each takes some 200 bytes of a thread's stack.
MAX_DEPTH = 100
# More digits than any index into a text of 1 MiB has.
MAX_DIGITS = 9
BOM = "\ufeff"
_NOT_BRACKETS = bytes(char for char in range(256) if char not in b"[]{}")


class NotJSON(ValueError):
    """A text is not JSON, or is nested too deeply."""


def parse(text: bytes) -> object:
    """Return the value of a JSON *text*; raise NotJSON if there is none."""
    if _depth(text) > MAX_DEPTH:
        raise NotJSON
    try:
        return json.loads(text.decode().removeprefix(BOM), parse_constant=_refuse)
    except ValueError:  # a number of too many digits, and bytes that are not UTF-8, are ValueErrors
        raise NotJSON from None


def _refuse(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _depth(text: bytes) -> int:
    """Return how deeply the brackets outside of strings in *text* are nested."""
    unescaped = text.replace(rb"\\", b"").replace(rb"\"", b"")
    depth = deepest = 0
    for char in b"".join(unescaped.split(b'"')[::2]).translate(None, _NOT_BRACKETS):
        depth += 1 if char in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def value_at(value: object, path: tuple[str, ...]) -> object:
    """Return what is at *path*, the names and indexes from the outside in; raise LookupError for nothing."""
    for name in path:
        if isinstance(value, dict):
            value = value[name]
        elif isinstance(value, list) and _is_index(name):
            value = value[int(name)]
        else:
            raise LookupError(name)
    return value


def _is_index(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= MAX_DIGITS


def is_equal(value: object, wanted: str) -> bool:
    """Tell whether *value* is the text *wanted*, or the value that this has as JSON."""
    if value == wanted:
        return True
    try:
        other = parse(wanted.encode("utf-8", "surrogateescape"))
    except NotJSON:
        return False
    # In Python, True is 1.
    return isinstance(value, bool) == isinstance(other, bool) and value == other


def shown(value: object) -> str:
    """Return *value* in JSON; only what it is, if it has others in it."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return json.dumps(value, ensure_ascii=False)
