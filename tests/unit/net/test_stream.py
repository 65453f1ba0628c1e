"""A conversation with a server: bounded in time and in bytes, and told in words when it fails."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from time import monotonic

import pytest

from tests.support import tcp_servers
from tests.support.fake_clock import FakeClock
from tests.support.untilup_process import PATIENCE
from untilup.errors import ALIVE, DOWN, NotReady, ResourceLimitReached
from untilup.net import stream, tcp
from untilup.net.stream import PIECE, SocketStream
from untilup.targets.attempt import Attempt
from untilup.targets.target import Target

# Seconds: long enough for a server that is in this very process, and how long a silence lasts.
LONG = PATIENCE
SHORT = 0.05


class Server:
    """The other end, which speaks when it is told to."""

    def __init__(self) -> None:
        self.target = Target("redis", "db", 6379)
        self.here, self.there = socket.socketpair()
        self.here.setblocking(False)  # noqa: FBT003 - the socket's own signature

    def conversation(self, left: float = LONG, **options: int) -> SocketStream:
        return SocketStream(Attempt(self.target, left), self.here, monotonic() + left, **options)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    with server.here, server.there:
        yield server


def test_question_and_answer(server: Server) -> None:
    """What is sent arrives, and what comes back is received as it comes, up to the close."""
    conversation = server.conversation()
    conversation.send(b"PING\r\n")
    assert conversation.attempt.phase[0] == "asking"
    assert server.there.recv(99) == b"PING\r\n"
    server.there.sendall(b"PONG" + b"x" * PIECE)
    first = conversation.receive()
    assert first[:4] == b"PONG"
    assert len(first) + len(conversation.receive()) == 4 + PIECE
    server.there.close()
    assert conversation.receive() == b""
    assert conversation.receive() == b""


def test_a_long_question_is_sent_in_pieces(server: Server) -> None:
    """A question that does not fit into the kernel's memory is sent on as the server reads it."""
    question = b"x" * 4_000_000
    read = bytearray()

    class Reading(SocketStream):
        __slots__ = ()

        def _await(self, event: int, until: float | None = None) -> None:
            read.extend(server.there.recv(1_000_000))
            super()._await(event, until)

    conversation = Reading(Attempt(server.target, LONG), server.here, monotonic() + LONG)
    conversation.send(question)
    server.here.shutdown(socket.SHUT_WR)
    while piece := server.there.recv(1_000_000):
        read.extend(piece)
    assert read == question


def test_silence(server: Server) -> None:
    """A server that stays silent is not ready at the deadline, but it is there."""
    conversation = server.conversation(SHORT)
    conversation.send(b"PING\r\n")
    with pytest.raises(NotReady, match=r"connected, but no answer in \d+\.\ds") as caught:
        conversation.receive()
    failure = caught.value
    assert (failure.reason, failure.cheap, failure.evidence) == ("silent", False, ALIVE)
    assert failure.hint


def test_a_server_that_speaks_first(server: Server) -> None:
    """If the server has to speak first, nothing was asked, and the reason does not say so."""
    conversation = server.conversation(SHORT)
    with pytest.raises(
        NotReady, match="which speaks first in this protocol, sent nothing in"
    ) as caught:
        conversation.receive()
    silent = caught.value
    server.there.close()
    closed = conversation.closed_early()
    assert (
        "which speaks first in this protocol, closed the connection without a greeting"
        in closed.detail
    )
    for failure, reason, says in ((silent, "silent", ALIVE), (closed, "closed", DOWN)):
        assert (failure.reason, failure.evidence) == (reason, says)
        assert "and asked" not in failure.detail
        assert "port" in failure.hint
    conversation.send(b"login")
    assert "connected, then closed" in conversation.closed_early().detail


def test_half_an_answer(server: Server, clock: FakeClock) -> None:
    """A server that begins to answer and does not end is distinguished from one that is silent."""
    conversation = server.conversation()
    conversation.send(b"PING\r\n")
    server.there.sendall(b"PO")
    assert conversation.receive() == b"PO"
    clock.ahead = LONG
    with pytest.raises(NotReady, match="began its answer") as caught:
        conversation.receive()
    assert caught.value.reason == "silent"


def test_a_second_question_has_an_answer_of_its_own(server: Server, clock: FakeClock) -> None:
    """Silence after a question is silence, whatever was said before it."""
    conversation = server.conversation()
    server.there.sendall(b"hello")
    assert conversation.receive() == b"hello"
    clock.ahead = LONG
    conversation.send(b"PING\r\n")
    with pytest.raises(NotReady, match="no answer"):
        conversation.receive()


def test_silence_may_be_an_answer(server: Server) -> None:
    """A check that expects silence gets TimeoutError, no later than the deadline."""
    for left, until in ((LONG, SHORT), (SHORT, LONG)):
        with pytest.raises(TimeoutError):
            server.conversation(left).receive(monotonic() + until)


def test_a_server_that_does_not_listen(server: Server) -> None:
    """A server that reads nothing ends a long question at the deadline."""
    with pytest.raises(NotReady, match="no answer"):
        server.conversation(SHORT).send(b"x" * 4_000_000)


def test_a_talkative_server_is_read_in_part(server: Server) -> None:
    """After the most bytes that a check may need there is no more of it."""
    server.there.sendall(b"x" * 11)
    conversation = server.conversation(limit=10)
    with pytest.raises(NotReady) as caught:
        conversation.receive()
    assert (caught.value.reason, caught.value.evidence) == ("too-long", ALIVE)


def test_data_does_not_outlast_the_deadline(server: Server) -> None:
    """What keeps coming is not read past the deadline."""
    server.there.sendall(b"x")
    with pytest.raises(NotReady):
        server.conversation(0).receive()


def test_closed_before_it_was_asked(server: Server) -> None:
    """That the server has closed is told by what is received: it may have said why."""
    conversation = server.conversation()
    server.there.sendall(b"no thanks")
    server.there.close()
    conversation.send(b"PING\r\n")
    assert conversation.receive() == b"no thanks"
    assert conversation.receive() == b""
    assert conversation.closed_early().evidence == ALIVE


def test_reset() -> None:
    """A reset counts as a close: without bytes before it, there may be no server."""
    with (
        tcp_servers.serving(tcp_servers.reset) as port,
        socket.create_connection((tcp_servers.LOOPBACK, port)) as connection,
    ):
        connection.setblocking(False)  # noqa: FBT003 - the socket's own signature
        target = Target("redis", tcp_servers.LOOPBACK, port)
        conversation = SocketStream(Attempt(target, LONG), connection, monotonic() + LONG)
        assert conversation.receive() == b""
    failure = conversation.closed_early()
    assert (failure.reason, failure.evidence, failure.cheap) == ("closed", DOWN, False)


def test_closing_drains(server: Server) -> None:
    """What the server has said is read before the close, so that it gets no reset."""
    server.there.sendall(b"x" * 1000)
    server.conversation().close()
    assert server.here.fileno() == -1
    assert server.there.recv(1) == b""


class Failing:
    """A connection whose every answer is that error."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.real = socket.socket()

    def fileno(self) -> int:
        return self.real.fileno()

    def recv(self, _most: int) -> bytes:
        raise OSError(self.number, "as the kernel says it")


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.EHOSTUNREACH, "host-unreachable"), (errno.EIO, "failed")]
)
def test_a_broken_way_is_no_answer_of_the_server(number: int, reason: str) -> None:
    """What the kernel says of the way there is reported in its own words."""
    failing = Failing(number)
    with failing.real:
        conversation = SocketStream(
            Attempt(Target("redis", "db", 1), LONG),
            failing,  # type: ignore[arg-type] # as far as it is used
            monotonic() + LONG,
        )
        with pytest.raises(NotReady) as caught:
            conversation.receive()
    assert caught.value.reason == reason


def test_limits_are_not_the_servers_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of descriptors ends the wait."""

    def no_more(*_: object, **__: object) -> None:
        raise ResourceLimitReached("limit reached")

    monkeypatch.setattr(tcp, "connect", no_more)
    with pytest.raises(ResourceLimitReached):
        stream.connect(Attempt(Target("http", "db", 1), LONG))


def test_a_socket_is_named(tmp_path: object) -> None:
    """Which socket it is that fails is reported: of the target one sees the host, if anything."""
    path = f"{tmp_path}/s"
    with pytest.raises(NotReady) as caught:
        stream.connect(Attempt(Target("http", "api", 80), LONG), path)
    assert caught.value.reason == "absent"
    assert caught.value.detail.startswith(f"the socket {path}: file does not exist")


def test_an_answer_needs_no_settle_time(tmp_path: object) -> None:
    """If the server has to answer, a connection is used as soon as it is accepted."""
    path = f"{tmp_path}/s"
    with (
        socket.socket(socket.AF_UNIX) as server,
        socket.create_server(("127.0.0.1", 0)) as tcp_server,
    ):
        server.bind(path)
        server.listen()
        patient = Target("http", "127.0.0.1", tcp_server.getsockname()[1], settle=3600.0)
        for unix_path in ("", path):
            stream.connect(Attempt(patient, LONG), unix_path).close()


def test_unix_resolves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """With unix= the conversation is with that socket, and the host is only a name."""
    monkeypatch.setattr(tcp, "connect", None)
    path = f"{tmp_path}/s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        target = Target("http", "nobody.invalid", 80)
        conversation = stream.connect(Attempt(target, LONG), path)
        conversation.send(b"PING")
        client, _ = server.accept()
        with client:
            assert client.recv(9) == b"PING"
        conversation.close()
