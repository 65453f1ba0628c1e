"""Encodes LDAP's anonymous bind and unbind, and parses the answer to the bind.

Messages are in BER (RFC 4511 section 5.1): a tag, a length, and the contents. Section numbers are those
of RFC 4511.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import answered
from untilup.protocols.framing import WrongProtocol, too_long

# Section 4.2: message 1, version 3, no name, a simple password of no bytes. Section 4.3: message 2.
BIND = bytes.fromhex("30 0c 02 01 01 60 07 02 01 03 04 00 80 00")
UNBIND = bytes.fromhex("30 05 02 01 02 42 00")

# Tags: SEQUENCE, INTEGER, ENUMERATED, and OCTET STRING; BindResponse (4.2.2) and ExtendedResponse (4.12).
_SEQUENCE, _INTEGER, _ENUMERATED, _STRING = 0x30, 0x02, 0x0A, 0x04
_BIND_RESPONSE, _EXTENDED_RESPONSE = 0x61, 0x78
# The long form of a length (section 8.1.3.5 of X.690): a server may use it for short ones, too.
_LONG, _MAX_LENGTH_BYTES = 0x80, 4
# The codes of section 4.1.9 and of its extensions (RFC 4520) need two.
_MAX_CODE_BYTES = 4
# The answer has 14 bytes and a text.
MAX_ANSWER = 64 * 1024

SUCCESS = 0
# Results (appendix A.1) of a server that serves clients that log in: it requires a stronger method
# (7, 8, 48), encryption (13), other credentials (49) or more permissions (50), or refuses anonymous
# clients (53).
_SERVES = (SUCCESS, 7, 8, 13, 48, 49, 50, 53)
# The result "other".
_OTHER = 80
# Temporary results, and what they mean.
_NOT_SERVING = {51: "is busy", 52: "is unavailable, or shutting down"}


def bind_result(received: bytes) -> tuple[int, str] | None:
    """Return the result code of the answer *received*, and the server's text; None if more has to come.

    Raise WrongProtocol if it is no answer of LDAP. A notice of disconnection (section 4.4.1) is one, too.
    """
    message = _contents(received, _SEQUENCE)
    if message is None:
        return None
    _, rest = _element(message, _INTEGER)
    tag = rest[0] if rest[:1] else 0
    if tag not in (_BIND_RESPONSE, _EXTENDED_RESPONSE):
        raise WrongProtocol
    operation, _ = _element(rest, tag)
    code, rest = _element(operation, _ENUMERATED)
    if not 0 < len(code) <= _MAX_CODE_BYTES:
        raise WrongProtocol
    _, rest = _element(rest, _STRING)
    text, _ = _element(rest, _STRING)
    result = int.from_bytes(code, "big")
    if tag == _EXTENDED_RESPONSE and result in _SERVES:
        result = _OTHER  # a server that sends a notice does not serve
    return result, text.decode("utf-8", "replace")


def raise_unless_serving(code: int, text: str) -> None:
    """Raise NotReady unless the result *code* is that of a server that serves; *text* is the server's."""
    if code in _SERVES:
        return
    quoted = f": {printable(text)}" if text else ""
    if code in _NOT_SERVING:
        detail = f"the server answers, but it {_NOT_SERVING[code]} (result {code}){quoted}"
        raise answered("not-serving", detail)
    raise answered("server-error", f"the server answers with an error (result {code}){quoted}")


def _contents(received: bytes, tag: int) -> bytes | None:
    """Return the contents of the element that *received* begins with; None if it is incomplete.

    Raise WrongProtocol if it has another *tag*, NotReady if it is longer than any answer.
    """
    if received[:1] not in {b"", bytes([tag])}:
        raise WrongProtocol
    begin, length = 2, received[1] if len(received) > 1 else 0
    if length >= _LONG:
        count = length - _LONG
        if not 0 < count <= _MAX_LENGTH_BYTES:
            raise WrongProtocol
        begin += count
        length = int.from_bytes(received[2:begin], "big")
    if len(received) < begin:
        return None
    if length > MAX_ANSWER:
        raise too_long()
    end = begin + length
    return received[begin:end] if len(received) >= end else None


def _element(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the contents of the element with that *tag* at the beginning of *data*, and what follows it.

    Raise WrongProtocol if there is none.
    """
    contents = _contents(data, tag)
    if contents is None:
        raise WrongProtocol
    # The length has as many bytes as are between the tag and the contents.
    header = 2 + (data[1] - _LONG if data[1] >= _LONG else 0)
    return contents, data[header + len(contents) :]
