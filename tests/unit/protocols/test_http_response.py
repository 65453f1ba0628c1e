"""The response of a web server, byte for byte (RFC 9110, RFC 9112)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from untilup.protocols.framing import WrongProtocol
from untilup.protocols.http_response import MAX_BODY, MAX_HEAD, ResponseParser

OK = b"HTTP/1.1 200 OK\r\n"

WHOLE = [
    # what came, the status, the body
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    (b"HTTP/1.0 200\r\n\r\nall of it", 200, b"all of it"),
    (b"HTTP/1.1 200 \nServer: lax\n\nall of it", 200, b"all of it"),
    (OK + b"Content-Length: 5\r\n\r\nhello, and more", 200, b"hello"),
    (OK + b"content-length:05\r\nContent-Length: 05\r\n\r\nhello", 200, b"hello"),
    (OK + b"Content-Length: 0\r\n\r\n", 200, b""),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n", 200, b"hello"),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n0005\nhello\n0\n", 200, b"hello"),
    (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n", 200, b"x"),
    (OK + b"Transfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\nxyz", 200, b"xyz"),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nLink: x\r\n\r\n" + OK + b"\r\n", 200, b""),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", 101, b""),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b""),
    (b"HTTP/1.1 503 Service Unavailable\r\nno colon\r\n folded\r\n\r\n", 503, b""),
]

NO_HTTP = [
    b"SSH-2.0-OpenSSH_9.2p1\r\n",
    b"HTTP/2 200\r\n\r\n",
    b"HTTP/1.1 OK\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\n\r\n",
    b"HTTP/1.10 200 OK\r\n\r\n",
    b"HTTP/1.1  200 OK\r\n\r\n",
    b"\0",
    b"\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nnonsense",
    OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    OK + b"Content-Length: -5\r\n\r\n",
    OK + b"Content-Length: 5, 6\r\n\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 5000,
    OK + b"X: " + b"x" * MAX_HEAD,
    OK + b"X: x\r\n" * MAX_HEAD,
    b"HTTP/1.1 100 Continue\r\n\r\n" * MAX_HEAD,
    b"HTTP/1.1 200 " + b"x" * MAX_HEAD,
]

INCOMPLETE = [
    b"",
    b"HTTP/",
    OK,
    OK + b"Server: x\r\n",
    OK + b"Content-Length: 5\r\n\r\nhell",
    OK + b"Content-Length: 99999999999999999999999999\r\n\r\nhell",
    OK + b"Transfer-Encoding: chunked\r\n\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhell",
    OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello",
    b"HTTP/1.1 100 Continue\r\n\r\n",
]

Result = tuple[str, int, bytes, bytes, bool, bool]


def outcome(pieces: list[bytes], *, wanted: bool = True) -> Result:
    """Return all that a response tells when it comes in these *pieces*, and then the close."""
    response = ResponseParser(wanted=wanted)
    problem = ""
    try:
        for piece in [piece for piece in pieces if piece] + [b""]:
            if response.ended:
                break
            response.feed(piece)
    except WrongProtocol as error:
        problem = error.problem or "does not begin as HTTP"
    return (
        problem,
        response.status,
        response.phrase if response.status else b"",
        bytes(response.body),
        response.ended,
        response.cut,
    )


def cut_at(data: bytes, places: list[int]) -> list[bytes]:
    """Cut *data* into pieces at those *places*."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[edge:after] for edge, after in itertools.pairwise(edges)]


@pytest.mark.parametrize(("data", "status", "body"), WHOLE, ids=range(len(WHOLE)))
def test_a_response_is_read_to_its_end(data: bytes, status: int, body: bytes) -> None:
    """A body ends by its length, by its last chunk, by the close, or is none; interim responses are passed over."""
    assert outcome([data])[0] == ""
    assert outcome([data])[1:2] == (status,)
    assert outcome([data])[3:] == (body, True, False)


@pytest.mark.parametrize("data", NO_HTTP, ids=range(len(NO_HTTP)))
def test_what_is_no_http_is_refused(data: bytes) -> None:
    """What HTTP/1 does not allow, or has no end within the bounds, is refused, however it comes."""
    assert outcome([data])[0]
    assert outcome([data[at : at + 100] for at in range(0, len(data), 100)]) == outcome([data])


@pytest.mark.parametrize("data", INCOMPLETE, ids=range(len(INCOMPLETE)))
def test_a_close_before_the_end_is_noticed(data: bytes) -> None:
    """A response that the close has cut off has not ended."""
    problem, *_, ended, _ = outcome([data])
    assert (problem, ended) == ("", False)


def test_without_a_need_for_the_body_the_head_is_enough() -> None:
    """If the body is not wanted, a response ends with its head, whatever that says about a body."""
    data = OK + b"Content-Length: nonsense\r\n\r\nnonsense"
    assert outcome([data], wanted=False) == ("", 200, b"OK", b"", True, False)


@pytest.mark.parametrize("framing", ["close", "length", "chunks"])
def test_a_long_body_is_cut(framing: str) -> None:
    """Of a body that is too long the first MiB is kept, and that it was cut is said."""
    body = b"x" * (MAX_BODY + 1)
    data = {
        "close": OK + b"\r\n" + body,
        "length": OK + b"Content-Length: %d\r\n\r\n" % len(body) + body,
        "chunks": OK
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + (b"40\r\n" + b"x" * 64 + b"\r\n") * (len(body) // 64 + 1),
    }[framing]
    pieces = [data[at : at + 16384] for at in range(0, len(data), 16384)]
    problem, status, _, kept, ended, cut = outcome(pieces)
    assert (problem, status, ended, cut) == ("", 200, True, True)
    assert len(kept) <= MAX_BODY
    assert outcome([data]) == outcome(pieces)


def test_a_body_of_exactly_the_most_is_not_cut() -> None:
    """A body that just fits is whole."""
    data = OK + b"Content-Length: %d\r\n\r\n" % MAX_BODY + b"x" * MAX_BODY
    assert outcome([data])[4:] == (True, False)


LINES = st.sampled_from(
    [row[0] for row in WHOLE]
    + INCOMPLETE
    + [data for data in NO_HTTP if len(data) < 1000]
    + [b"\r\n", b"5\r\n", b"0\r\n", b"hello", b"Transfer-Encoding: chunked\r\n"]
)


@given(
    st.lists(LINES | st.binary(max_size=40), max_size=6).map(b"".join),
    st.lists(st.integers(min_value=0), max_size=12),
    st.booleans(),
)
@example(b"HTTP/1.1 200 OK\r\n\r\n", list(range(19)), True)  # noqa: FBT003 - the body is wanted
def test_pieces_never_change_the_result(data: bytes, places: list[int], wanted: bool) -> None:  # noqa: FBT001 - drawn
    """Any bytes, in any pieces, give what they give in one piece: a response, more is needed, or no HTTP."""
    whole = outcome([data], wanted=wanted)
    assert outcome(cut_at(data, places), wanted=wanted) == whole
    assert outcome([data[at : at + 1] for at in range(len(data))], wanted=wanted) == whole
    problem, status, _, body, ended, _ = whole
    assert not (problem and ended)
    assert status == 0 or 101 <= status <= 999
    assert len(body) <= len(data)
