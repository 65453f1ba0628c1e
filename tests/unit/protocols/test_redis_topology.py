"""Answers to CLUSTER INFO, SENTINEL and ROLE, byte for byte, as Redis 7.0 has them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.outcomes import outcome_of
from untilup.protocols import redis_topology as topology


def bulk(text: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text)


def info(state: bytes) -> bytes:
    return bulk(
        b"cluster_state:%s\r\ncluster_slots_assigned:5461\r\ncluster_slots_ok:5461\r\n" % state
    )


OK = info(b"ok")
MASTER = b"*2\r\n" + bulk(b"10.0.0.5") + bulk(b"6379")
ROLE = (
    b"*3\r\n$6\r\nmaster\r\n:3129659\r\n*1\r\n*3\r\n"
    + bulk(b"10.0.0.6")
    + bulk(b"6379")
    + bulk(b"3")
)
NOAUTH = b"-NOAUTH Authentication required.\r\n"
ROWS = [
    ("cluster", OK, "True"),
    ("cluster", NOAUTH, ""),
    ("cluster", info(b"fail"), "not-serving: the state of the cluster is fail: 5461 of 16384 slots are assigned"),
    ("cluster", b"-ERR This instance has cluster support disabled\r\n", "server-error: the server is not a node of a cluster"),
    ("cluster", b"-ERR unknown command 'CLUSTER'\r\n", "server-error: the server answers with an error: -ERR unknown command 'CLUSTER'"),
    ("cluster", bulk(b"redis_version:7"), "foreign"),
    ("cluster", b"*-1\r\n", "foreign"),
    ("sentinel", MASTER, "('10.0.0.5', 6379)"),
    ("sentinel", b"*2\r\n" + bulk(b"fd00::5") + bulk(b"6379"), "('fd00::5', 6379)"),
    ("sentinel", b"-NOPERM this user has no permissions\r\n", ""),
    ("sentinel", b"*-1\r\n", "no-master: the sentinel monitors no master with the name mymaster"),
    ("sentinel", b"-ERR unknown command 'SENTINEL'\r\n", "server-error: the server is not a sentinel"),
    ("sentinel", b"-BUSY x\r\n", "server-error: the server answers with an error: -BUSY x"),
    ("sentinel", b"*2\r\n" + bulk(b"10.0.0.5") + bulk(b"0"), "foreign"),
    ("sentinel", b"*2\r\n" + bulk(b"a b") + bulk(b"6379"), "foreign"),
    ("sentinel", b"*1\r\n" + bulk(b"10.0.0.5"), "foreign"),
    ("sentinel", b"+OK\r\n", "foreign"),
    ("role", ROLE, "True"),
    ("role", b"-NOPERM this user has no permissions\r\n", ""),
    ("role", b"-ERR unknown command 'ROLE'\r\n", "True"),
    ("role", b"*2\r\n$5\r\nslave\r\n" + bulk(b"10.0.0.5"), "not-primary: the server that the sentinel names as master is in the role slave"),
    ("role", b"*0\r\n", "foreign"),
    ("role", b"+OK\r\n", "foreign"),
    ("role", b"HTTP/1.1 400 Bad Request\r\n", "foreign"),
    ("role", b"\x15\x03\x03\0\x02\x02\x46", "foreign"),
    ("role", b"*1\r\n*1\r\n*1\r\n*1\r\n+x\r\n", "foreign"),
    ("role", b"$x\r\n", "foreign"),
    ("role", b"$99999999\r\n", "foreign"),
    ("role", b"*" + b"1" * 5000 + b"\r\n", "foreign"),
    ("role", b"$60000\r\n" + b"x" * topology.MAX_REPLY, "foreign"),
    ("role", b"+" + b"x" * topology.MAX_REPLY, "too-long: the server sends more than belongs to an answer; untilup has stopped reading"),
]  # fmt: skip
JUDGES: dict[str, Callable[[Any], object]] = {
    "cluster": topology.cluster_is_ok,
    "sentinel": partial(topology.master_in, name="mymaster"),
    "role": topology.is_master,
}


def outcome(kind: str, pieces: list[bytes]) -> str:
    """Return what is understood when an answer of that *kind* comes in these *pieces*."""
    return outcome_of(partial(topology.parse, judge=JUDGES[kind]), pieces)


def test_a_command() -> None:
    """A command is an array of texts with their lengths, as client libraries send it."""
    sent = topology.command(*topology.MASTER_OF, "my master")
    expected = b"*3\r\n$8\r\nSENTINEL\r\n$23\r\nget-master-addr-by-name\r\n$9\r\nmy master\r\n"
    assert sent == expected
    assert topology.command("m\udcff") == b"*1\r\n$2\r\nm\xff\r\n"


@pytest.mark.parametrize(("kind", "received", "told"), ROWS, ids=range(len(ROWS)))
def test_an_answer(kind: str, received: bytes, told: str) -> None:
    """An answer is what was asked for, a failure with its reason, or no answer to the question."""
    assert outcome(kind, [received]) == told


@pytest.mark.parametrize("received", [OK, MASTER, ROLE], ids=["cluster", "sentinel", "role"])
def test_an_answer_is_complete_with_its_last_byte(received: bytes) -> None:
    """An answer is complete with its last byte, and not before."""
    kind = {OK: "cluster", MASTER: "sentinel", ROLE: "role"}[received]
    assert {outcome(kind, [received[:end]]) for end in range(len(received))} == {"incomplete"}


# See test_any_bytes.py.
ANSWERS = [received[:2_000] for _, received, _ in ROWS]
