"""What an answer over HTTP means: ready, not ready, or never."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import Scripted
from untilup.checks.http import ask
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady
from untilup.protocols.http_response import MOST_BODY


def outcome(word: str, *pieces: bytes) -> Exception | None:
    """Return what the check of *word* makes of an answer in *pieces*; None is ready."""
    try:
        ask(parse_target(word, 0.005, {}), Scripted(*pieces))
    except (NotReady, NeverReady) as failure:
        return failure
    return None


def refused(word: str, *pieces: bytes) -> NotReady:
    """Return why *word* is not ready."""
    failure = outcome(word, *pieces)
    assert isinstance(failure, NotReady)
    assert not failure.cheap, "a server had to work for it"
    return failure


def answer(status: int, phrase: str = "Whatever", body: str = "") -> bytes:
    return f"HTTP/1.1 {status} {phrase}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.mark.parametrize("status", [200, 204, 299, 301, 302, 399])
def test_success_is_ready(status: int) -> None:
    """Success is ready, and so is a redirect, which is not followed."""
    assert outcome("http://api/x", answer(status)) is None


STATUSES = [
    (400, "a client certificate"),
    (403, "does not let"),
    (404, "no such path"),
    (405, "another method"),
    (418, ""),
    (429, "too often"),
    (500, "fails"),
    (502, "a proxy answers"),
    (503, "not, or not yet, able to serve"),
    (504, "a proxy answers"),
    (599, ""),
    (999, ""),
]


@pytest.mark.parametrize(("status", "words"), STATUSES)
def test_failure_is_not_ready(status: int, words: str) -> None:
    """Any other status may become another, and is told with what it means."""
    failure = refused("http://api/x", answer(status, "As It Says"))
    assert (failure.reason, failure.evidence) == ("status", ALIVE)
    assert f"answered {status} As It Says, and 200-399 is waited for" in failure.detail
    assert words in failure.detail + failure.hint


def test_an_empty_phrase_leaves_no_gap() -> None:
    """A server need not say its status in words."""
    assert refused("http://api", b"HTTP/1.1 418 \r\n\r\n").detail.startswith("answered 418, and")


def test_status_decides() -> None:
    """With status= exactly those codes are ready, whatever they mean elsewhere."""
    word = "http://api#status=200,401-403"
    assert outcome(word, answer(200)) is None
    assert outcome(word, answer(401)) is None
    assert outcome(word, answer(403)) is None
    assert "200,401-403 is waited for" in refused(word, answer(204)).detail
    redirected = refused("http://api#status=200", answer(302))
    assert "redirects are not followed" in redirected.detail


@pytest.mark.parametrize("status", [401, 407])
def test_missing_credentials_are_never_ready(status: int) -> None:
    """Who wants credentials and gets none goes on wanting them; given ones may become known."""
    failure = outcome("http://api/x", answer(status))
    assert isinstance(failure, NeverReady)
    assert (failure.reason, failure.evidence) == ("unauthorized", ALIVE)
    assert "wants credentials" in failure.detail
    for word in ("http://joe:x@api", "http://api#header=X-Key:x", "http://api?key=x"):
        assert refused(word, answer(status)).reason == "status"


def test_contains() -> None:
    """With contains= the body must have the text, wherever its pieces are cut."""
    word, body = "http://api#contains=b%C3%A4r", "a bear is ein b\u00e4r".encode()
    for framing in (b"", b"Content-Length: %d\r\n" % len(body)):
        whole = b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n" + body
        for at in range(len(whole)):
            assert outcome(word, whole[:at], whole[at:]) is None
        assert outcome(word, *(whole[at : at + 1] for at in range(len(whole)))) is None
    missing = refused(word, answer(200, body="a bear"))
    assert (missing.reason, missing.evidence) == ("missing-text", ALIVE)
    assert "answered 200, and its body does not have the text" in missing.detail


def test_contains_is_looked_for_in_chunks() -> None:
    """A text that is cut in two by the chunks of its body is found."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    word = "http://api#contains=ready"
    assert outcome(word, head + b"3\r\nrea\r\n2\r\ndy\r\n0\r\n\r\n") is None
    assert refused(word, head + b"3\r\nrea\r\n0\r\n\r\n").reason == "missing-text"


def test_contains_is_found_before_the_end() -> None:
    """Once the text is there, nobody waits for the rest, which may never come."""
    assert outcome("http://api#contains=up", b"HTTP/1.1 200 OK\r\n\r\nevent: up\n") is None
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nup, and"
    assert outcome("http://api#contains=up", half) is None
    assert refused("http://api#contains=down", half).reason == "closed"


def test_contains_has_a_bound() -> None:
    """A text beyond the first MiB is not found."""
    body = b"x" * MOST_BODY + b"ready"
    missing = refused("http://api#contains=ready", b"HTTP/1.1 200 OK\r\n\r\n" + body)
    assert "the first 1024 KiB of its body" in missing.detail


def test_the_status_decides_before_the_body() -> None:
    """A body with the text is no use where the status is not."""
    assert refused("http://api#contains=up", answer(503, body="up")).reason == "status"


def test_a_close_without_an_answer() -> None:
    """Who closes without a word may be nobody; who closes in the middle of one is there."""
    silent = refused("http://api")
    assert (silent.reason, silent.evidence) == ("closed", DOWN)
    broken = refused("http://api", b"HTTP/1.1 200 OK\r\nServ")
    assert (broken.reason, broken.evidence) == ("closed", ALIVE)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"220 mail ESMTP\r\n", "220 mail ESMTP"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "this is TLS"),
        (b"J\x00\x1b[2J", "J\\x00\\x1b[2J"),
        (b"x" * 500, "xxx..."),
        (b"HTTP/1.1 200 OK\r\n" * 9999, "its head has no end within 64 KiB"),
    ],
)
def test_what_is_no_http_is_quoted(said: bytes, words: str) -> None:
    """A server of another protocol is not ready, and its first line is shown, escaped and cut."""
    failure = refused("http://api", said)
    assert (failure.reason, failure.evidence) == ("not-http", ALIVE)
    assert words in failure.detail
    assert failure.detail.isprintable()
    assert len(failure.detail) < 200


@pytest.mark.parametrize(
    "word",
    ["http://joe:geheim@api/x", "http://api/x?t=geheim", "http://api/x#header=Cookie:geheim"],
)
def test_an_echo_shows_no_secret(word: str) -> None:
    """A server that repeats what it is asked is not quoted where that held a secret."""
    for said in (b"GET geheim", b"HTTP/1.1 404 No geheim here\r\n\r\n", b"HTTP/1.1 geheim\r\n"):
        failure = refused(word, said)
        assert "geheim" not in f"{failure!r} {failure} {failure.hint}"


# See test_any_bytes.py.
SAYINGS = [
    answer(200),
    answer(200, body="x"),
    answer(401),
    answer(503),
    answer(200)[:-4],
    b"\r\n",
    b"GET /",
]
