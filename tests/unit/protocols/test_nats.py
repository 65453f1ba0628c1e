"""What a NATS server says first, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chunks import PLACES, cut_at
from tests.support.fake_stream import Scripted
from untilup.errors import ALIVE, DOWN, NotReady
from untilup.net.exchange import read_until
from untilup.protocols.nats import LONGEST_LINE, is_serving
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
FOREIGN = [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not as NATS: HTTP/1.1 400 Bad Request"),
    (b"220 mail ESMTP\r\n", "not as NATS: 220 mail ESMTP"),
    (b"INFO: starting\r\n", "not as NATS: INFO: starting"),
    (b"INFO {\r\n", "not as NATS: INFO {"),
    (b"\n", "not as NATS: "),
]


def outcome(*pieces: bytes) -> NotReady | None:
    """Return what is made of a welcome in *pieces*; None is ready."""
    try:
        read_until(TARGET, Scripted(*pieces), "NATS", is_serving)
    except NotReady as failure:
        return failure
    return None


@pytest.mark.parametrize("said", SERVES)
def test_a_server_that_serves(said: bytes) -> None:
    """INFO is ready, whatever it demands of who goes on."""
    assert outcome(said) is None


@pytest.mark.parametrize(("said", "reason", "words"), NOT_READY)
def test_a_server_that_turns_away(said: bytes, reason: str, words: str) -> None:
    """An error is not ready, be it the first word or what follows the welcome."""
    failure = outcome(said)
    assert failure
    assert (failure.reason, failure.evidence, failure.cheap) == (reason, ALIVE, False)
    assert words in failure.detail


@pytest.mark.parametrize(("said", "words"), FOREIGN)
def test_another_protocol_is_named(said: bytes, words: str) -> None:
    """A server of another protocol is not ready, and its first line is shown."""
    failure = outcome(said)
    assert failure
    assert (failure.reason, failure.evidence) == ("not-nats", ALIVE)
    assert words in failure.detail
    assert len(failure.detail) < 200


@pytest.mark.parametrize("said", [b"INFO {", b"INFO x", b"-ERR 'x", INFO + b"-ERR 'x"])
def test_a_line_that_never_ends(said: bytes) -> None:
    """A line without an end within its bound is no answer, whatever it begins with."""
    failure = outcome(said, *[b"x" * 4096] * (LONGEST_LINE // 4096))
    assert failure
    assert (failure.reason, failure.evidence) == ("too-long", ALIVE)


def test_a_close_without_a_welcome() -> None:
    """Who closes without a word may be nobody; who closes in the middle of one is there."""
    for pieces, says in (((), DOWN), ((INFO[:20],), ALIVE)):
        failure = outcome(*pieces)
        assert failure
        assert (failure.reason, failure.evidence) == ("closed", says)


@given(
    st.sampled_from([*SERVES, *(row[0] for row in NOT_READY + FOREIGN)]) | st.binary(),
    PLACES,
)
def test_any_bytes_give_an_answer(said: bytes, places: list[int]) -> None:
    """Any bytes, in any pieces, are ready, or not for a reason that can be printed.

    An error behind the welcome may come too late to be heard, and for that the check listens on.
    """
    whole, pieces = outcome(said), outcome(*cut_at(said, places))
    if said.upper().startswith(b"INFO"):
        assert pieces is None or whole is not None
    else:
        assert (whole and whole.reason) == (pieces and pieces.reason)
    assert str(pieces or "").isprintable()
