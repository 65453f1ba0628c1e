"""What an answer over HTTP means: ready, not ready, or never."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, failure_of
from untilup.checks.http import ask
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady, UsageError
from untilup.protocols.http_response import MAX_BODY


def outcome(word: str, *pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for an answer in *pieces*; None if the target is up."""
    return failure_of(lambda stream: ask(parse_target(word, 0.005, {}), stream), *pieces)


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
    (403, "requires credentials"),
    (404, "Check the path"),
    (405, "another method"),
    (418, ""),
    (429, "limits the rate"),
    (500, "server's log"),
    (502, "a proxy answers"),
    (503, "cannot serve now"),
    (504, "a proxy answers"),
    (599, ""),
    (999, ""),
]


@pytest.mark.parametrize(("status", "words"), STATUSES)
def test_failure_is_not_ready(status: int, words: str) -> None:
    """Any other status may become another, and is reported with what it means."""
    failure = refused("http://api/x", answer(status, "As It Says"))
    assert (failure.reason, failure.evidence) == ("status", ALIVE)
    assert f"HTTP {status} As It Says; expected 200-399" in failure.detail
    assert words in failure.detail + failure.hint


def test_an_empty_phrase_leaves_no_gap() -> None:
    """A server need not say its status in words."""
    assert refused("http://api", b"HTTP/1.1 418 \r\n\r\n").detail.startswith("HTTP 418; expected")


def test_status_decides() -> None:
    """With status= exactly those codes are ready, whatever they mean elsewhere."""
    word = "http://api#status=200,401-403"
    assert outcome(word, answer(200)) is None
    assert outcome(word, answer(401)) is None
    assert outcome(word, answer(403)) is None
    assert "expected 200,401-403" in refused(word, answer(204)).detail
    redirected = refused("http://api#status=200", answer(302))
    assert "redirects are not followed" in redirected.detail


@pytest.mark.parametrize("status", [401, 407])
def test_missing_credentials_are_never_ready(status: int) -> None:
    """A server that requires credentials can never be up without; credentials that are sent may become valid."""
    failure = outcome("http://api/x", answer(status))
    assert isinstance(failure, NeverReady)
    assert (failure.reason, failure.evidence) == ("unauthorized", ALIVE)
    assert "requires credentials" in failure.detail
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
    assert "HTTP 200, but its body does not contain the text" in missing.detail


def test_contains_is_looked_for_in_chunks() -> None:
    """A text that is cut in two by the chunks of its body is found."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    word = "http://api#contains=ready"
    assert outcome(word, head + b"3\r\nrea\r\n2\r\ndy\r\n0\r\n\r\n") is None
    assert refused(word, head + b"3\r\nrea\r\n0\r\n\r\n").reason == "missing-text"


def test_contains_is_found_before_the_end() -> None:
    """Once the text has come, the check does not wait for the rest of the body."""
    assert outcome("http://api#contains=up", b"HTTP/1.1 200 OK\r\n\r\nevent: up\n") is None
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nup, and"
    assert outcome("http://api#contains=up", half) is None
    assert refused("http://api#contains=down", half).reason == "closed"


def test_contains_has_a_bound() -> None:
    """A text beyond the first MiB is not found."""
    body = b"x" * MAX_BODY + b"ready"
    missing = refused("http://api#contains=ready", b"HTTP/1.1 200 OK\r\n\r\n" + body)
    assert "the first 1024 KiB of its body" in missing.detail


def test_the_status_decides_before_the_body() -> None:
    """A body with the text is no use where the status is not."""
    assert refused("http://api#contains=up", answer(503, body="up")).reason == "status"


def test_a_close_without_an_answer() -> None:
    """A close without an answer may be a proxy's; a close within an answer is a server's."""
    silent = refused("http://api")
    assert (silent.reason, silent.evidence) == ("closed", DOWN)
    broken = refused("http://api", b"HTTP/1.1 200 OK\r\nServ")
    assert (broken.reason, broken.evidence) == ("closed", ALIVE)


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (b"220 mail ESMTP\r\n", "220 mail ESMTP"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "this is TLS"),
        (b"J\x00\x1b[2J", "J\\x00\\x1b[2J"),
        (b"x" * 500, "xxx..."),
        (b"HTTP/1.1 200 OK\r\n" * 9999, "its head does not end within 64 KiB"),
    ],
)
def test_what_is_no_http_is_quoted(received: bytes, words: str) -> None:
    """A server of another protocol is not ready, and its first line is shown, escaped and cut."""
    failure = refused("http://api", received)
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
    for received in (b"GET geheim", b"HTTP/1.1 404 No geheim here\r\n\r\n", b"HTTP/1.1 geheim\r\n"):
        failure = refused(word, received)
        assert "geheim" not in f"{failure!r} {failure} {failure.hint}"


def headed(*fields: str, body: str = "", status: int = 200) -> bytes:
    lines = [f"HTTP/1.1 {status} OK", *fields, f"Content-Length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


def test_any_status() -> None:
    """With status=any each answer is up, one that requires credentials included."""
    for status in (200, 302, 401, 404, 500, 999):
        assert outcome("http://api#status=any", answer(status)) is None


def test_a_response_header() -> None:
    """With response-header= a field must have that value; its name is in any case."""
    word = "http://api#response-header=x-state:up&response-header=X-Mode:rw"
    assert outcome(word, headed("X-State: up", "x-mode:rw")) is None
    assert outcome(word, headed("X-State: no", "X-State: up", "X-Mode: rw")) is None
    failure = refused(word, headed("X-State: starting", "X-Mode: rw"))
    assert (failure.reason, failure.evidence) == ("wrong-answer", ALIVE)
    assert "HTTP 200, but its header x-state is starting (response-header=)" in failure.detail
    assert "its header X-Mode is missing" in refused(word, headed("X-State: up")).detail
    secret = refused("http://api?a#response-header=x:up", headed("X: geheim"))
    assert "its header x is not as required" in secret.detail


def test_lacks() -> None:
    """With lacks= the body must end without the text, or reach its first MiB without."""
    word = "http://api#lacks=DOWN&lacks=b%C3%A4r"
    assert outcome(word, answer(200, body="all UP")) is None
    for body in ("DOWN", "x" * 5000 + "DOWN", "b\u00e4r"):
        failure = refused(word, headed(body=body))
        assert (failure.reason, failure.evidence) == ("wrong-answer", ALIVE)
        assert "contains the text of lacks=" in failure.detail
    assert outcome(word, headed(body="x" * MAX_BODY + "DOWN")) is None
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"
    assert refused(word, half).reason == "closed"


def test_json() -> None:
    """With json= the body must be JSON with each value at its path."""
    word = "http://api#json=status=UP&json=parts.0.ready=true"
    good = '{"status": "UP", "parts": [{"ready": true}]}'
    chunked = f"{len(good):x}\r\n{good}\r\n0\r\n\r\n".encode()
    for framing in (
        headed(body=good),
        b"HTTP/1.1 200 OK\r\n\r\n" + good.encode(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
    ):
        assert outcome(word, framing) is None
    for body, words in (
        ('{"status": "DOWN"}', 'its JSON has "DOWN" at status'),
        ('{"status": "UP", "parts": [{"ready": "no"}]}', 'its JSON has "no" at parts.0.ready'),
        ('{"status": "UP", "parts": []}', "its JSON has nothing at parts.0.ready"),
        ("starting", "its body is not JSON"),
        ("[" * 9999, "its body is not JSON"),
        ("", "its body is not JSON"),
        ('"' + "x" * MAX_BODY, "its body is longer than 1024 KiB"),
    ):
        failure = refused(word, headed(body=body))
        assert (failure.reason, failure.evidence) == ("wrong-answer", ALIVE)
        assert words in failure.detail
    hidden = refused("http://joe:x@api#json=a=b", headed(body='{"a": "geheim"}'))
    assert "its JSON has another value at a" in hidden.detail


def test_all_of_them() -> None:
    """Of several requirements each must hold."""
    word = "http://api#contains=UP&lacks=DOWN&json=a=UP"
    assert outcome(word, headed(body='{"a": "UP"}')) is None
    assert refused(word, headed(body='{"a": "up"}')).reason == "missing-text"
    assert refused(word, headed(body='{"a": "UP", "b": "DOWN"}')).reason == "wrong-answer"


@pytest.mark.parametrize("option", ["contains=x", "lacks=x", "json=a=b"])
def test_a_compressed_body(option: str) -> None:
    """A body that is compressed although the request accepts none is named as such."""
    for field in (
        "Content-Encoding: gzip",
        "Content-Encoding: identity, br",
        "Transfer-Encoding: gzip, chunked",
    ):
        failure = refused(f"http://api#{option}", headed(field, body="x"))
        assert (failure.reason, failure.evidence) == ("compressed", ALIVE)
        assert "compressed (" in failure.detail
    assert outcome("http://api", headed("Content-Encoding: gzip", body="x")) is None


def test_a_body_is_sent() -> None:
    """With body= the request is a POST, unless method= is another."""
    stream = ScriptedStream(answer(200))
    ask(parse_target("http://api#body=a%26b&content-type=text/plain", 0.005, {}), stream)
    head, _, body = stream.sent.partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert {b"Content-Length: 3", b"Content-Type: text/plain", b"Accept-Encoding: identity"} <= {
        *head.split(b"\r\n")
    }
    assert body == b"a&b"
    stream = ScriptedStream(answer(200))
    ask(parse_target("http://api#body=x&method=GET", 0.005, {}), stream)
    assert stream.sent.startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("json=status", "names and indexes joined by dots"),
        ("json=a..b=1", "names and indexes joined by dots"),
        ("json==1", "names and indexes joined by dots"),
        ("redirects=21", "a number from 0 to 20"),
        ("redirects=-1", "a number from 0 to 20"),
        ("redirects=", "a number from 0 to 20"),
        ("response-header=x", "Name:value"),
        ("lacks=", "some text"),
        ("status=all", "or any"),
        ("content-type=text/plain", "'content-type' needs 'body'"),
        ("body=x&content-type=a%0Ab", "a media type"),
        ("method=HEAD&json=a=1", "'json' needs a body"),
        ("method=HEAD&lacks=x", "'lacks' needs a body"),
    ],
)
def test_malformed_options(options: str, words: str) -> None:
    """A malformed value is a usage error that says what would be accepted."""
    with pytest.raises(UsageError) as raised:
        parse_target(f"http://api#{options}", 0.0, {})
    assert words in str(raised.value)


# See test_any_bytes.py.
EVERYTHING = "http://api#redirects=0&response-header=x:y&contains=x&lacks=z&json=0=x"
ANSWERS = [
    answer(200),
    answer(200, body="x"),
    answer(401),
    answer(503),
    answer(200)[:-4],
    headed("X: y", body='["x"]'),
    headed("X: y", "Content-Encoding: gzip", body='["x"]'),
    b"\r\n",
    b"GET /",
]
