"""The table of ``--once``: report/table.py."""

from __future__ import annotations

from untilup.errors import NotReady
from untilup.report import table
from untilup.report.messages import Message
from untilup.targets.attempt import Attempt
from untilup.targets.status import Progress, TargetStatus
from untilup.targets.target import Target


def test_a_host_that_is_an_address_has_one_line() -> None:
    """Of several hosts, each has one line; an address has another only if a name resolved to it."""
    hosts = [("10.0.0.2", 6379), ("cache", 6379)]
    attempt = Attempt(Target("redis", "10.0.0.1", 6379, others=hosts), 1.0, exhaustive=True)
    for what in (
        "10.0.0.1:6379",
        "10.0.0.1",
        "10.0.0.2:6379",
        "10.0.0.2",
        "cache:6379",
        "10.0.0.3",
    ):
        attempt.observe(what, 0.001, "refused", "connection refused")
    progress = Progress(attempt, 1).with_failure(NotReady("refused", "connection refused"))
    lines = table.table([TargetStatus(attempt.target, progress)], "up", enough=False)
    rows = [line.text.split()[0] for line in lines if isinstance(line, Message)]
    assert rows[2:] == ["10.0.0.1:6379", "10.0.0.2:6379", "cache:6379", "10.0.0.3"]
