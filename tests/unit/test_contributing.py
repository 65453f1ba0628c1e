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
(EXAMPLE,) = re.findall(r'```python\n("""smtp:.*?)```', CONTRIBUTING.read_text(), re.DOTALL)
SMTP = types.ModuleType("untilup.checks.smtp")
exec(EXAMPLE, SMTP.__dict__)


@pytest.fixture(autouse=True)
def _there_is_such_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, SMTP.__name__, SMTP)


def saying(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Return the behaviour of a server that says *pieces* and hangs up."""

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
        waited_for = targets.parse_target(f"smtp://127.0.0.1:{port}{options}", 0.0, {})
        try:
            checks.check_for("smtp")(Attempt(waited_for, timeout))
        except NotReady as failure:
            return failure
    return None


@pytest.mark.parametrize(
    ("said", "options", "reason"),
    [
        ([b"220 mail.example ESMTP\r\n"], "", None),
        ([b"2", b"20 mail.example ES", b"MTP\r\n"], "", None),
        ([b"220 mail.example ESMTP\r\n"], "#name=mail.example", None),
        ([b"220 other.example ESMTP\r\n"], "#name=mail.example", "wrong-server"),
        ([b"554 no mail today\r\n"], "", "server-error"),
        ([b"x" * 100_000], "", "not-smtp"),
        ([b"220" + b"x" * 100_000], "", "too-long"),
        ([b"220 mail"], "", "closed"),
        ([], "", "closed"),
    ],
)
def test_greetings(said: list[bytes], options: str, reason: str | None) -> None:
    """A server is ready once it has greeted, and is not for a reason."""
    failure = failure_of(saying(*said), options)
    assert (failure and failure.reason) == reason


def test_silence() -> None:
    """A server that says nothing is given the time of the look, and no more."""
    failure = failure_of(tcp_servers.silent, timeout=0.5)
    assert failure
    assert failure.reason == "silent"


def test_its_targets() -> None:
    """Its port has a default, and its option is read; other options are refused."""
    assert targets.parse_target("smtp://mail", 0.0, {}).port == 25
    with pytest.raises(UsageError, match="unknown option 'nam'"):
        targets.parse_target("smtp://mail#nam=x", 0.0, {})


@given(st.binary(), st.none() | st.text())
def test_any_bytes(said: bytes, name: str | None) -> None:
    """Any greeting is one, or is none for a reason that can be printed."""
    try:
        told = "up" if SMTP.is_serving(said, name) else "incomplete"
    except NotReady as failure:
        told = failure.detail
    except WrongProtocol:
        told = "another protocol"
    assert told.isprintable()
