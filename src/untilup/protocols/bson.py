"""Encodes and decodes the BSON of simple commands and replies (bsonspec.org, version 1.1)."""

from __future__ import annotations

from struct import unpack_from

from untilup.protocols.framing import WrongProtocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    Value = bool | int | float | str

DOUBLE, TEXT, BOOLEAN, INT32, INT64 = 1, 2, 8, 16, 18
# The empty document: its length (4 bytes) and a zero byte.
MIN_LENGTH = 5

# The sizes, in bytes, of the types whose values have a fixed size.
FIXED = {
    DOUBLE: 8, BOOLEAN: 1, INT32: 4, INT64: 8,
    9: 8, 17: 8, 7: 12, 19: 16,  # a date, a timestamp, an ObjectId, a decimal128
    6: 0, 10: 0, 127: 0, 255: 0,  # undefined, null, the lowest and the highest key
}  # fmt: skip
# The types whose values begin with a length of 4 bytes: how many bytes that length does not count.
COUNTED = {
    TEXT: 4, 13: 4, 14: 4,  # and JavaScript, a symbol
    3: 0, 4: 0, 15: 0,  # a document, an array, JavaScript with its scope: the length counts everything
    5: 5, 12: 16,  # binary data with its subtype, a DBPointer with its ObjectId
}  # fmt: skip
REGEX = 11  # two zero-terminated texts


def encode(fields: dict[str, int | str]) -> bytes:
    """Return the document with these *fields*: 32-bit numbers and texts."""
    elements = b"".join(_element(name, value) for name, value in fields.items())
    return (len(elements) + MIN_LENGTH).to_bytes(4, "little") + elements + b"\0"


def _element(name: str, value: int | str) -> bytes:
    key = name.encode() + b"\0"
    if isinstance(value, int):
        return bytes([INT32]) + key + value.to_bytes(4, "little", signed=True)
    text = value.encode() + b"\0"
    return bytes([TEXT]) + key + len(text).to_bytes(4, "little") + text


def decode(document: bytes) -> dict[str, Value]:
    """Return the numbers, texts and booleans of *document*; raise WrongProtocol if it is not one.

    Values of other types, and nested documents, are skipped by their length, so depth does not matter.
    """
    end = len(document) - 1
    if end < MIN_LENGTH - 1 or _int32(document, 0) != len(document) or document[end]:
        raise WrongProtocol
    fields: dict[str, Value] = {}
    at = 4
    while at < end:
        kind = document[at]
        value_at = _after_zero(document, at + 1)
        name = document[at + 1 : value_at - 1].decode("utf-8", "replace")
        at = value_at + _length(kind, document, value_at)
        if at > end:
            raise WrongProtocol
        value = _value(kind, document[value_at:at])
        if value is not None:
            fields[name] = value
    return fields


def _length(kind: int, document: bytes, at: int) -> int:
    """Return the length of the value of type *kind* that begins at the offset *at*."""
    if kind in FIXED:
        return FIXED[kind]
    if kind == REGEX:
        return _after_zero(document, _after_zero(document, at)) - at
    if kind not in COUNTED or at + 4 > len(document):
        raise WrongProtocol
    counted = _int32(document, at)
    if counted < 0:
        raise WrongProtocol
    return max(4, COUNTED[kind] + counted)


def _value(kind: int, data: bytes) -> Value | None:
    """Return the value in *data*; None if its type *kind* is not needed."""
    if kind == TEXT:
        return data[4:-1].decode("utf-8", "replace")
    if kind == BOOLEAN:
        return data != b"\0"
    if kind == DOUBLE:
        double: float = unpack_from("<d", data)[0]
        return double
    if kind in {INT32, INT64}:
        return int.from_bytes(data, "little", signed=True)
    return None


def _int32(document: bytes, at: int) -> int:
    return int.from_bytes(document[at : at + 4], "little", signed=True)


def _after_zero(document: bytes, at: int) -> int:
    """Return the offset after the zero-terminated text that begins at the offset *at*."""
    zero = document.find(b"\0", at)
    if zero < 0:
        raise WrongProtocol
    return zero + 1
