"""BSON, by bsonspec.org: what is written, what is read, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.protocols.bson import decode, encode
from untilup.protocols.framing import WrongProtocol

INT32 = st.integers(min_value=-(2**31), max_value=2**31 - 1)
NAMES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


def document(*elements: bytes) -> bytes:
    body = b"".join(elements)
    return (len(body) + 5).to_bytes(4, "little") + body + b"\0"


# One value of each kind that the specification has, as it lists them.
PASSED_OVER = [
    b"\x03a\0" + document(b"\x10b\0\1\0\0\0"),
    b"\x04a\0" + document(b"\x080\0\1"),
    b"\x05a\0\x02\0\0\0\0xy",
    b"\x06a\0",
    b"\x07a\0" + b"x" * 12,
    b"\x09a\0" + b"x" * 8,
    b"\x0aa\0",
    b"\x0ba\0^x\0i\0",
    b"\x0ca\0\x02\0\0\0x\0" + b"x" * 12,
    b"\x0da\0\x02\0\0\0x\0",
    b"\x0ea\0\x02\0\0\0x\0",
    b"\x0fa\0\x0f\0\0\0\x02\0\0\0x\0" + document(),
    b"\x11a\0" + b"x" * 8,
    b"\x13a\0" + b"x" * 16,
    b"\xffa\0",
    b"\x7fa\0",
]
OK = b"\x01ok\0\0\0\0\0\0\0\xf0\x3f"

BROKEN = [
    b"",
    b"\0\0\0\0",
    b"\x05\0\0\0",
    b"\x05\0\0\0\1",
    b"\x06\0\0\0\0",
    document(b"\x10"),
    document(b"\x10a"),
    document(b"\x10a\0"),
    document(b"\x10a\0\1\0\0"),
    document(b"\x02a\0"),
    document(b"\x02a\0\xff\xff\xff\xff"),
    document(b"\x02a\0\xff\xff\xff\x7fx\0"),
    document(b"\x03a\0\xff\xff\xff\x7f"),
    document(b"\x0ba\0x\0i"),
    document(b"\x0bax"),
    document(b"\x14a\0"),
    document(b"\x80a\0\0\0\0\0"),
]


@given(st.dictionaries(NAMES, INT32 | TEXTS, max_size=5))
def test_what_is_written_can_be_read(fields: dict[str, int | str]) -> None:
    """A document that was written is read as what it was."""
    assert decode(encode(fields)) == fields


def test_the_document_of_the_specification() -> None:
    """The specification's own example is written so, byte for byte."""
    expected = b"\x16\x00\x00\x00\x02hello\x00\x06\x00\x00\x00world\x00\x00"
    assert encode({"hello": "world"}) == expected


def test_what_is_asked_for_is_read() -> None:
    """Numbers of each kind, texts and booleans have values."""
    found = decode(
        document(
            *(OK, b"\x02s\0\x03\0\0\0\xc3\xa4\0", b"\x08t\0\1", b"\x08f\0\0"),
            *(b"\x10i\0\xfe\xff\xff\xff", b"\x12l\0" + (2**40).to_bytes(8, "little")),
        )
    )
    assert found == {"ok": 1.0, "s": "\u00e4", "t": True, "f": False, "i": -2, "l": 2**40}


@pytest.mark.parametrize("element", PASSED_OVER, ids=lambda element: f"{element[0]:02x}")
def test_everything_else_is_passed_over(element: bytes) -> None:
    """Every other kind is passed over, and what follows it is found."""
    assert decode(document(element, OK)) == {"ok": 1.0}


def test_depth_does_not_matter() -> None:
    """Nested documents are skipped, so that depth does not matter."""
    nested = document()
    for _ in range(5000):
        nested = document(b"\x03a\0" + nested)
    assert decode(document(b"\x03a\0" + nested, OK)) == {"ok": 1.0}


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_document_is_refused(data: bytes) -> None:
    """Lengths that lead outside, kinds that there are not, and missing ends are refused."""
    with pytest.raises(WrongProtocol):
        decode(data)


ELEMENTS = st.sampled_from([*PASSED_OVER, OK, *(data[4:-1] for data in BROKEN)])


@given(st.lists(ELEMENTS | st.binary(max_size=12), max_size=6))
def test_any_bytes(pieces: list[bytes]) -> None:
    """Any bytes are a document, or they are refused, and nothing else happens."""
    for data in (b"".join(pieces), document(*pieces)):
        try:
            fields = decode(data)
        except WrongProtocol:
            continue
        assert all(isinstance(value, bool | int | float | str) for value in fields.values())
        assert len(fields) <= len(data)
