"""The greeting of a NATS server, byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chunks import PLACES, cut_at
from tests.support.fake_stream import assert_failed, failure_of
from untilup.errors import ALIVE, DOWN, NeverReady, NotReady
from untilup.net.exchange import read_until
from untilup.protocols.nats import MAX_LINE, is_serving
from untilup.targets.target import Target

TARGET = Target("nats", "server", 4222)
# As nats-server 2.10.27 says it, shortened.
INFO = b'INFO {"server_id":"NBQN7ZI3T3","version":"2.10.27","proto":1,"port":4222} \r\n'
SERVES = [
    INFO,
    INFO.replace(b'"proto"', b'"auth_required":true,"proto"'),
    INFO.replace(b'"proto"', b'"tls_required":true,"proto"'),
    INFO.lower(),
    b"INFO\t{}\n",
    INFO + b"PING\r\n",
    INFO + b"-\r\n",
]
NOT_READY = [
    (INFO + b"-ERR 'maximum connections exceeded'\r\n", "too-many-clients", "connection limit"),
    (INFO + b"-ERR 'Authentication Timeout'\r\n", "server-error", "-ERR 'Authentication Timeout'"),
    (b"-ERR 'Authorization Violation'\r\n", "server-error", "-ERR 'Authorization Violation'"),
]
OTHER_PROTOCOLS = [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not as NATS: HTTP/1.1 400 Bad Request"),
    (b"220 mail ESMTP\r\n", "not as NATS: 220 mail ESMTP"),
    (b"INFO: starting\r\n", "not as NATS: INFO: starting"),
    (b"INFO {\r\n", "not as NATS: INFO {"),
    (b"\n", "not as NATS: "),
]


def outcome(*pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure for an answer in *pieces*; None if the target is up."""
    return failure_of(lambda stream: read_until(TARGET, stream, "NATS", is_serving), *pieces)


@pytest.mark.parametrize("received", SERVES)
def test_a_server_that_serves(received: bytes) -> None:
    """INFO is ready, whatever authentication it requires."""
    assert outcome(received) is None


@pytest.mark.parametrize(("received", "reason", "words"), NOT_READY)
def test_a_server_that_turns_away(received: bytes, reason: str, words: str) -> None:
    """An error is not ready, before the greeting or after it."""
    assert_failed(outcome(received), reason, words)


@pytest.mark.parametrize(("received", "words"), OTHER_PROTOCOLS)
def test_another_protocol_is_named(received: bytes, words: str) -> None:
    """A server of another protocol is not ready, and its first line is shown."""
    assert_failed(outcome(received), "not-nats", words)


@pytest.mark.parametrize("received", [b"INFO {", b"INFO x", b"-ERR 'x", INFO + b"-ERR 'x"])
def test_a_line_that_never_ends(received: bytes) -> None:
    """A line that does not end within its limit is not an answer, whatever it begins with."""
    assert_failed(outcome(received, *[b"x" * 4096] * (MAX_LINE // 4096)), "too-long")


def test_a_close_without_a_welcome() -> None:
    """A close without an answer may be a proxy's; a close within an answer is a server's."""
    for pieces, says in (((), DOWN), ((INFO[:20],), ALIVE)):
        assert_failed(outcome(*pieces), "closed", evidence=says)


@given(
    st.sampled_from([*SERVES, *(row[0] for row in NOT_READY + OTHER_PROTOCOLS)]) | st.binary(),
    PLACES,
)
def test_any_bytes_give_an_answer(received: bytes, places: list[int]) -> None:
    """Any bytes, in any pieces, are ready, or not for a reason that can be printed.

    An error after the greeting may come too late; therefore the check also waits for the settle time.
    """
    whole, pieces = outcome(received), outcome(*cut_at(received, places))
    if received.upper().startswith(b"INFO"):
        assert pieces is None or whole is not None
    else:
        assert (whole and whole.reason) == (pieces and pieces.reason)
    assert str(pieces or "").isprintable()
