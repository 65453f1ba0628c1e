"""The table of benchmarks/peers.py says what was measured."""

from __future__ import annotations

import pytest

import isolation
import peers
from peers import Row
from wait_costs import Ending, Wait
from waiting_tools import Tool

SNMP = """\
Icmp: InMsgs InErrors
Icmp: 4 0
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens
Tcp: 1 200 120000 -1 34 5
"""
SOON = Ending(2.01, 124)
ROW = Row(0.01, 0.02, Wait(600, 0.005, 8_000_000), SOON, SOON, Ending(0.004, 143))
SLOW = Row(0.03, 0.5, Wait(30, 0.02, 4_000_000), Ending(None, -9), SOON, Ending(None, -9))


def test_the_time_out_stands_where_the_tool_wants_it() -> None:
    """Seconds take the place of the braces in a tool's command line."""
    assert Tool("wait4x", "", ["wait4x", "tcp", "-t", "{}s"]).waiting(2) == [
        "wait4x",
        "tcp",
        "-t",
        "2s",
    ]


def test_connections_are_counted_by_the_kernel() -> None:
    """The connections that were begun are ActiveOpens of /proc/net/snmp."""
    assert isolation.active_opens(SNMP) == 34


def test_a_row_has_its_ratios_to_the_first() -> None:
    """A cell has what was measured, and how many times the first row's that is."""
    assert [*peers.cells(SLOW, ROW)] == [
        "30.0 ms (3.0)",
        "500.0 ms (25)",
        "30 (0.1)",
        "2.00% (4.0)",
        "4.0 MB (0.5)",
        "not in time",
        "2.01 s, 124",
        "not in time",
    ]


@pytest.mark.parametrize(
    ("ending", "text"),
    [(Ending(2.0, 1), "2 s, 1"), (Ending(2.0, -15), "2 s, signal 15"), (SLOW[3], "not in time")],
)
def test_an_ending_is_told_with_its_status(ending: Ending, text: str) -> None:
    """An ending has its time and its exit status, or the signal; none is told as such."""
    assert peers.told(ending, "2 s") == text


def test_the_median_of_endings_knows_that_some_never_came() -> None:
    """An ending that did not come in time counts as later than all others."""
    never, early, late = Ending(None, -9), Ending(1.0, 0), Ending(2.0, 0)
    assert peers.middle([never, early, late]) == late
    assert peers.middle([never, early, never]) == never


def test_what_is_not_kept_is_said() -> None:
    """A promise that untilup does not keep is printed; for a row that keeps all, nothing is."""
    assert [*peers.missed({"fast": ROW})] == []
    assert [*peers.missed({"slow": SLOW})] == [
        "Not kept by slow: under 1% of a core.",
        "Not kept by slow: within 50 ms of its deadline, a silent resolver.",
        "Not kept by slow: within 50 ms of SIGTERM.",
    ]
