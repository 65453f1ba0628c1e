"""A self-connect is not a listener (docs/design.md, Results of an attempt)."""

from __future__ import annotations

import sys

import pytest

from tests.support import json_log
from tests.support.untilup_process import Program

pytestmark = pytest.mark.netns

PORT = 40_000
# A network namespace in which every client gets the target's port as its own.
ALONE = f"""
ip link set lo up
echo '{PORT} {PORT}' >/proc/sys/net/ipv4/ip_local_port_range
exec "$@"
"""
# Without SO_REUSEADDR, so that a connection in TIME_WAIT is in the way too.
BIND = f"import socket; socket.socket().bind(('127.0.0.1', {PORT})); print('free')"


def test_a_connection_to_oneself_is_no_listener(distribution: str) -> None:
    """A socket that the kernel has connected to itself is not taken for a server, and gives the port back."""
    program = Program(["unshare", "--net", "sh", "-ec", ALONE, "sh", distribution])
    try:
        done = program.run(
            *("-t", "500ms", "--no-strict", "--log-format", "json", f"127.0.0.1:{PORT}"),
            *("--", sys.executable, "-I", "-S", "-c", BIND),
        )
    finally:
        program.end()
    reasons = {line["reason"] for line in json_log.read(done.stderr)}
    assert reasons - {None} == {"self-connect"}
    assert (done.returncode, done.stdout) == (0, "free\n")
