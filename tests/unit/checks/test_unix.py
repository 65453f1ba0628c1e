"""unix:// - sockets at a path: what each kind of path answers (unix(7), connect(2))."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from untilup.checks import unix
from untilup.cli import targets
from untilup.errors import (
    ABSENT,
    ALIVE,
    DOWN,
    INCONCLUSIVE,
    NotReady,
    ResourceLimitReached,
    UsageError,
)
from untilup.targets import target
from untilup.targets.attempt import Attempt
from untilup.targets.path import path_failure

# So long a settling sees every hang-up, however busy the machine is.
PATIENT = 10.0


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Return a stream socket that is neither bound nor listens."""
    with socket.socket(socket.AF_UNIX) as server:
        yield server


def at(path: Path, settle: float = 0.0) -> target.Target:
    """Return the target that is the socket at *path*."""
    return targets.parse_target(f"unix://{path}", settle, {})


def failure_of(waited_for: target.Target, timeout: float = 0.05) -> NotReady:
    """Return why the target is not up."""
    with pytest.raises(NotReady) as caught:
        unix.check(Attempt(waited_for, timeout))
    return caught.value


def test_who_listens_is_up(tmp_path: Path, listener: socket.socket) -> None:
    """A socket that accepts, and keeps the connection, is up."""
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    unix.check(Attempt(at(tmp_path / "s", settle=0.001), PATIENT))


def test_nothing_at_the_path(tmp_path: Path) -> None:
    """If the directory exists and the socket does not, the server is down."""
    failure = failure_of(at(tmp_path / "s"))
    assert (failure.reason, failure.evidence, failure.cheap) == ("absent", DOWN, True)


def test_no_directory_at_the_path(tmp_path: Path) -> None:
    """If not even the directory exists, the path may be misspelled."""
    failure = failure_of(at(tmp_path / "missing" / "s"))
    assert (failure.reason, failure.evidence, failure.cheap) == ("absent", ABSENT, True)
    assert "mounted" in failure.hint


def test_a_file_in_the_place_of_a_directory(tmp_path: Path) -> None:
    """A path that leads through a file leads to nothing."""
    (tmp_path / "file").touch()
    failure = failure_of(at(tmp_path / "file" / "s"))
    assert (failure.reason, failure.evidence) == ("absent", ABSENT)


def test_a_link_that_leads_to_nothing(tmp_path: Path) -> None:
    """A symbolic link whose target is not there says so."""
    (tmp_path / "s").symlink_to(tmp_path / "missing")
    failure = failure_of(at(tmp_path / "s"))
    assert (failure.reason, failure.evidence) == ("absent", DOWN)
    assert "symbolic link" in failure.detail


def test_a_socket_that_its_server_has_left(tmp_path: Path, listener: socket.socket) -> None:
    """A socket outlives its server, and has no listener then."""
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    listener.close()
    failure = failure_of(at(tmp_path / "s"))
    assert (failure.reason, failure.evidence, failure.cheap) == ("refused", DOWN, True)


def test_a_socket_that_does_not_listen_yet(tmp_path: Path, listener: socket.socket) -> None:
    """Between bind and listen a server is not up."""
    listener.bind(str(tmp_path / "s"))
    assert failure_of(at(tmp_path / "s")).reason == "refused"


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_SEQPACKET])
def test_a_socket_of_another_type(tmp_path: Path, kind: socket.SocketKind) -> None:
    """A socket for datagrams accepts no connections, but its server is there."""
    with socket.socket(socket.AF_UNIX, kind) as other:
        other.bind(str(tmp_path / "s"))
        if kind == socket.SOCK_SEQPACKET:
            other.listen()
        failure = failure_of(at(tmp_path / "s"))
    assert (failure.reason, failure.evidence) == ("wrong-type", ALIVE)


def test_no_socket(tmp_path: Path) -> None:
    """A file, or the directory that Docker creates for a missing source, is not a socket."""
    (tmp_path / "file").touch()
    (tmp_path / "directory").mkdir()
    file, directory = failure_of(at(tmp_path / "file")), failure_of(at(tmp_path / "directory"))
    assert (file.reason, directory.reason, directory.evidence) == (
        "wrong-type",
        "wrong-type",
        INCONCLUSIVE,
    )
    assert "Docker" in directory.hint


def test_a_full_queue_is_waited_for(tmp_path: Path, listener: socket.socket) -> None:
    """If a server's queue is full, an attempt waits for room, as an application would."""
    listener.bind(str(tmp_path / "s"))
    listener.listen(0)
    with socket.socket(socket.AF_UNIX) as first:
        first.connect(str(tmp_path / "s"))
        failure = failure_of(at(tmp_path / "s"))
        assert (failure.reason, failure.evidence, failure.cheap) == ("queue-full", ALIVE, True)
        attempt = Attempt(at(tmp_path / "s"), PATIENT)

        def accept_when_queued() -> None:
            while attempt.phase[0] != "queueing":
                pass
            listener.accept()[0].close()

        thread = threading.Thread(target=accept_when_queued)
        thread.start()
        unix.check(attempt)
        thread.join()


def test_closed_at_once(tmp_path: Path, listener: socket.socket) -> None:
    """A server that closes within the settle time is not up, and the failure is not cheap."""
    listener.bind(str(tmp_path / "s"))
    listener.listen()

    def close_at_once() -> None:
        listener.accept()[0].close()

    thread = threading.Thread(target=close_at_once)
    thread.start()
    failure = failure_of(at(tmp_path / "s", settle=PATIENT / 2), PATIENT)
    thread.join()
    assert (failure.reason, failure.evidence, failure.cheap) == ("closed", DOWN, False)


def test_a_byte_before_the_hang_up(tmp_path: Path, listener: socket.socket) -> None:
    """A server that sends a byte is up, even if it closes the connection at once."""
    listener.bind(str(tmp_path / "s"))
    listener.listen()

    def greet() -> None:
        with listener.accept()[0] as client:
            client.sendall(b"welcome, and goodbye\n")

    thread = threading.Thread(target=greet)
    thread.start()
    unix.check(Attempt(at(tmp_path / "s", settle=PATIENT / 2), PATIENT))
    thread.join()


def test_too_late_to_settle(tmp_path: Path, listener: socket.socket) -> None:
    """An attempt that ends before the settle time is inconclusive."""
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    failure = failure_of(at(tmp_path / "s", settle=PATIENT), timeout=0.001)
    assert (failure.reason, failure.evidence) == ("too-late", ALIVE)


def test_the_path_is_bytes(tmp_path: Path, listener: socket.socket) -> None:
    """A path holds any bytes, which the URL may write as %XX."""
    listener.bind(bytes(tmp_path / "s p\u00e4ce") + b"\xff")
    listener.listen()
    unix.check(
        Attempt(targets.parse_target(f"unix://{tmp_path}/s%20p\u00e4ce%ff", 0.0, {}), PATIENT)
    )


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        (f"unix:///{'x' * 107}", "a socket's path has at most 107 bytes"),
        (f"unix:///{'ä' * 54}", "a socket's path has at most 107 bytes"),
        ("unix:///a%00b", "NUL"),
        ("unix://run/x", "unix:///run/x"),
        ("unix://@abstract", "write unix:///PATH"),
        ("unix://%00abstract", "write 'unix:///%00abstract'"),
        ("unix:///run/x#type=file", "unknown option"),
    ],
)
def test_malformed(word: str, problem: str) -> None:
    """A path that no socket can have, abstract names included, is refused before any attempt."""
    with pytest.raises(UsageError) as caught:
        targets.parse_target(word, 0.0, {})
    assert problem in str(caught.value)


def test_the_longest_path() -> None:
    """107 bytes are not too many."""
    assert targets.parse_target(f"unix:///{'x' * 106}", 0.0, {}).path == f"/{'x' * 106}"


def test_no_descriptors_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of descriptors ends the wait and names the limit."""

    def none_left(*_: object) -> None:
        raise OSError(errno.EMFILE, "too many")

    monkeypatch.setattr("_socket.socket", none_left)
    with pytest.raises(ResourceLimitReached, match="ulimit -n"):
        unix.check(Attempt(at(Path("/run/x")), 1.0))


@pytest.mark.parametrize(
    ("number", "reason", "says"),
    [
        (errno.ENOENT, "absent", DOWN),
        (errno.ENOTDIR, "absent", DOWN),
        (errno.EACCES, "forbidden", INCONCLUSIVE),
        (errno.EPERM, "forbidden", INCONCLUSIVE),
        (errno.ELOOP, "failed", INCONCLUSIVE),
        (errno.ESTALE, "failed", INCONCLUSIVE),
    ],
)
def test_what_a_path_answers(number: int, reason: str, says: str) -> None:
    """Each answer to a path has its reason code, and is free."""
    failure = path_failure("/missing", OSError(number, "as the kernel says it"))
    assert (failure.reason, failure.evidence, failure.cheap) == (reason, says, True)


@pytest.mark.usefixtures("nobody")
def test_what_may_not_be_used(public: Path, listener: socket.socket) -> None:
    """A socket that is another user's is neither up nor down, and the words say what to look at."""
    listener.bind(str(public / "s"))
    listener.listen()
    (public / "s").chmod(0o000)
    failure = failure_of(at(public / "s"))
    assert (failure.reason, failure.evidence, failure.cheap) == ("forbidden", INCONCLUSIVE, True)
    assert "this user" in failure.hint
