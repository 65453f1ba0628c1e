"""grpc:// - what the health service answers, frame by frame."""

from __future__ import annotations

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fake_stream import ScriptedStream, assert_failed, failure_of
from untilup.checks import grpc
from untilup.checks.grpc import ask
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady, UsageError
from untilup.protocols.framing import WrongProtocol
from untilup.protocols.grpc_health import encode_request, state_in
from untilup.targets.attempt import Attempt
from untilup.targets.target import Target

SERVING = b"\0\0\0\0\2\x08\1"
NOT_SERVING = b"\0\0\0\0\2\x08\2"


def outcome(word: str, *pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for a server that sends *pieces*; None if the target is up."""
    return failure_of(lambda stream: ask(parse_target(word, 0.0, {}), stream), *pieces)


def answer(
    message: bytes = b"",
    *,
    http: int = 200,
    trailers: dict[str, str] | None = None,
    end: bool = True,
) -> bytes:
    """Return the bytes of a server that answers the first call."""
    stream = ScriptedStream()
    with pytest.raises(NotReady):
        ask(parse_target("grpc://api:1", 0.0, {}), stream)
    server = H2Connection(H2Configuration(client_side=False))
    server.initiate_connection()
    server.receive_data(stream.sent)
    server.send_headers(1, [(":status", str(http)), ("content-type", "application/grpc")])
    if message:
        server.send_data(1, message)
    if trailers:
        server.send_headers(1, list(trailers.items()), end_stream=True)
    elif end:
        server.end_stream(1)
    return bytes(server.data_to_send())


def status(number: int, message: str = "") -> bytes:
    return answer(trailers={"grpc-status": str(number), "grpc-message": message})


UP = answer(SERVING, trailers={"grpc-status": "0"})


def test_serving_is_up() -> None:
    """SERVING is up, whether for the server or for one of its services."""
    assert outcome("grpc://api:1", UP) is None
    assert outcome("grpc://api:1/shop.Orders", UP) is None


@pytest.mark.parametrize(
    ("received", "reason", "words"),
    [
        (answer(NOT_SERVING, trailers={"grpc-status": "0"}), "not-serving", "NOT_SERVING"),
        (answer(b"\0\0\0\0\0", trailers={"grpc-status": "0"}), "not-serving", "answers UNKNOWN"),
        (status(5), "not-serving", "does not know shop.Orders (NOT_FOUND)"),
        (status(14, "no%20backend"), "not-serving", "gRPC status 14 UNAVAILABLE: no backend"),
        (status(16), "server-error", "gRPC status 16 UNAUTHENTICATED"),
        (status(99), "server-error", "gRPC status 99"),
        (answer(http=503), "status", "HTTP 503 without a gRPC status"),
        (answer(), "not-grpc", "the answer has no gRPC status"),
        (
            answer(b"\1\0\0\0\0", trailers={"grpc-status": "0"}),
            "not-grpc",
            "not that of a health service",
        ),
        (answer(b"x" * 2000, end=False), "too-long", ""),
        (UP[:-5], "closed", ""),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not-grpc", "HTTP/1.1 400"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "not-grpc", "this is TLS"),
    ],
)
def test_what_is_not_up(received: bytes, reason: str, words: str) -> None:
    """Any other answer is not up, and the failure says what it was."""
    assert_failed(outcome("grpc://api:1/shop.Orders", received), reason, words)


def test_no_health_service() -> None:
    """Without a health service the target can never be up, and the hint names the port."""
    failure = outcome("grpc://api:1", status(12))
    assert isinstance(failure, NeverReady)
    assert (failure.reason, failure.evidence) == ("no-health-service", ALIVE)
    assert "tcp://" in failure.hint


def test_a_close() -> None:
    """A close without a byte may be that of a proxy without a backend."""
    assert_failed(outcome("grpc://api:1"), "closed", evidence=DOWN)


@pytest.mark.parametrize("path", ["/a/b", "/?x", "/a?b=c", "/%zz"])
def test_a_malformed_service(path: str) -> None:
    """A path that is not the name of a service is a usage error."""
    with pytest.raises(UsageError):
        parse_target(f"grpc://api:1{path}", 0.0, {})


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_service(service: str) -> None:
    """The request has the name of the service, in UTF-8."""
    encoded = encode_request(service)
    assert int.from_bytes(encoded[1:5], "big") == len(encoded) - 5
    assert encoded.endswith(service.encode())


@given(st.binary(max_size=20))
def test_any_message(message: bytes) -> None:
    """Any message has a state, or is not that of a health service."""
    try:
        assert state_in(b"\0" + len(message).to_bytes(4, "big") + message) >= 0
    except WrongProtocol:
        pass


class HealthServer:
    """A stream to a health service: NOT_SERVING by Check, and these *states* by Watch.

    After them Watch ends with *status*, or does not end. *calls* are the methods that were called.
    """

    def __init__(self, *states: bytes, status: str = "", goes_away: bool = False) -> None:
        self.answer_size = 0
        self.calls: list[str] = []
        self.attempt = Attempt(Target("grpc", "api", 1), 1.0)
        self._states = states
        self._status = status
        self._goes_away = goes_away

    def connect(self) -> HealthServer:
        """Return the same server with a new connection, for the next attempt."""
        memory = self.attempt.memory
        self.attempt = Attempt(self.attempt.target, 1.0, memory=memory)
        self._server = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self._server.initiate_connection()
        self._is_asked = False
        return self

    def send(self, data: bytes) -> None:
        if self._goes_away and self._is_asked:
            return
        self._is_asked = True
        for event in self._server.receive_data(data):
            if isinstance(event, RequestReceived):
                path = dict(event.headers)[b":path"].decode()
                self.calls.append(path.rpartition("/")[2])
                is_watch = self.calls[-1] == "Watch"
                self._answer(event.stream_id, *(self._states if is_watch else [NOT_SERVING]))
                if status := self._status if is_watch else "0":
                    trailers = [("grpc-status", status)]
                    self._server.send_headers(event.stream_id, trailers, end_stream=True)
                if self._goes_away:
                    self._server.close_connection()

    def _answer(self, stream: int, *messages: bytes) -> None:
        self._server.send_headers(stream, [(":status", "200")])
        for message in messages:
            self._server.send_data(stream, message)

    def receive(self, until: float | None = None) -> bytes:
        received = self._server.data_to_send()
        if not received and until is not None and not self._goes_away:
            raise TimeoutError
        return received

    def closed_early(self) -> NotReady:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError

    def is_up(self) -> bool:
        """Make an attempt."""
        try:
            ask(parse_target("grpc://api:1/shop.Orders", 0.0, {}), self.connect())
        except NotReady as failure:
            if failure.reason != "not-serving":
                raise
            return False
        return True


def test_a_service_is_watched() -> None:
    """From the second attempt on, a service that becomes SERVING is seen at once, by Watch."""
    server = HealthServer(NOT_SERVING, SERVING)
    assert [server.is_up(), server.is_up()] == [False, True]
    assert server.calls == ["Check", "Check", "Watch"]


def test_a_service_that_stays_down_is_asked_again() -> None:
    """If nothing changes, the attempt fails with the answer to Check."""
    server = HealthServer(NOT_SERVING, NOT_SERVING[:3])
    assert [server.is_up() for _ in range(3)] == [False] * 3
    assert server.calls == ["Check"] + ["Check", "Watch"] * 2


def test_a_watch_ends_although_frames_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends other frames all the time does not prolong the attempt."""

    class Pinging(HealthServer):
        def receive(self, until: float | None = None) -> bytes:
            self._server.ping(bytes(8))
            return super().receive(until)

    monkeypatch.setattr(grpc, "MAX_WATCH", 0.01)
    server = Pinging(NOT_SERVING)
    assert [server.is_up(), server.is_up()] == [False] * 2


def test_a_server_without_watch() -> None:
    """A server that does not implement Watch is not asked for it again."""
    server = HealthServer(status="12")
    assert [server.is_up() for _ in range(3)] == [False] * 3
    assert server.calls == ["Check", "Check", "Watch", "Check"]


def test_a_server_that_goes_away_is_not_watched() -> None:
    """If the server ends the connection after its answer, the attempt fails with that answer."""
    server = HealthServer(goes_away=True)
    assert [server.is_up(), server.is_up()] == [False, False]
    assert server.calls == ["Check", "Check"]


# See test_any_bytes.py.
ANSWERS = [UP, status(5), answer(http=503), UP[:40], b"HTTP/1.1 400 Bad Request\r\n\r\n"]
