"""The check that CONTRIBUTING shows is a check."""

from __future__ import annotations

import re
import socket
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import tcp_servers
from tests.support.untilup_process import PATIENCE
from untilup import checks
from untilup.cli import targets
from untilup.errors import NotReady, UsageError
from untilup.protocols.framing import WrongProtocol
from untilup.targets.attempt import Attempt

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"
(EXAMPLE,) = re.findall(r'```python\n("""ftp:.*?)```', CONTRIBUTING.read_text(), re.DOTALL)
FTP = types.ModuleType("untilup.checks.ftp")
exec(EXAMPLE, FTP.__dict__)


@pytest.fixture(autouse=True)
def _there_is_such_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, FTP.__name__, FTP)


def saying(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Return the behaviour of a server that says *pieces* and closes the connection."""

    def behave(client: socket.socket) -> None:
        for piece in pieces:
            client.sendall(piece)
        client.close()

    return behave


def failure_of(
    behave: Callable[[socket.socket], None], options: str = "", timeout: float = PATIENCE
) -> NotReady | None:
    """Return why a server that behaves so is not ready, or None."""
    with tcp_servers.serving(behave) as port:
        waited_for = targets.parse_target(f"ftp://127.0.0.1:{port}{options}", 0.0, {})
        try:
            checks.check_for("ftp")(Attempt(waited_for, timeout))
        except NotReady as failure:
            return failure
    return None


@pytest.mark.parametrize(
    ("received", "options", "reason"),
    [
        ([b"220 files.example FTP\r\n"], "", None),
        ([b"2", b"20 files.example F", b"TP\r\n"], "", None),
        ([b"220 files.example FTP\r\n"], "#name=files.example", None),
        ([b"220 other.example FTP\r\n"], "#name=files.example", "wrong-server"),
        ([b"120 ready in 5 minutes\r\n"], "", "not-serving"),
        ([b"x" * 100_000], "", "not-ftp"),
        ([b"220" + b"x" * 100_000], "", "too-long"),
        ([b"220 files"], "", "closed"),
        ([], "", "closed"),
    ],
)
def test_greetings(received: list[bytes], options: str, reason: str | None) -> None:
    """A server is ready once it has greeted, and is not for a reason."""
    failure = failure_of(saying(*received), options)
    assert (failure and failure.reason) == reason


def test_silence() -> None:
    """A server that stays silent gets the time of the attempt, and no more."""
    failure = failure_of(tcp_servers.silent, timeout=0.5)
    assert failure
    assert failure.reason == "silent"


def test_its_targets() -> None:
    """Its port has a default, and its option is read; other options are refused."""
    assert targets.parse_target("ftp://files", 0.0, {}).port == 21
    with pytest.raises(UsageError, match="unknown option 'nam'"):
        targets.parse_target("ftp://files#nam=x", 0.0, {})


@given(st.binary(), st.none() | st.text())
def test_any_bytes(received: bytes, name: str | None) -> None:
    """Any greeting is one, or is none for a reason that can be printed."""
    try:
        told = "up" if FTP.is_serving(received, name) else "incomplete"
    except NotReady as failure:
        told = failure.detail
    except WrongProtocol:
        told = "another protocol"
    assert told.isprintable()
