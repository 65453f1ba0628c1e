"""The table of benchmarks/peers.py says what was measured."""

from __future__ import annotations

import pytest

import isolation
import late_name
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
ROW = Row(
    *((0.01, 0.02, 0.03, 0.04), (0.02, 0.03, 0.04), Wait(600, 0.15, 0.005, 8_000_000)),
    *(SOON, SOON, Ending(0.004, 143)),
)
SLOW = Row(
    *((0.03, None, None, None), (0.5, 0.03, None), Wait(30, 0.6, 0.02, 4_000_000)),
    *(Ending(None, -9), SOON, Ending(None, -9)),
)


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


def test_targets_stand_where_the_tool_wants_them() -> None:
    """Targets are words, words after an option each, or a variable; a command follows them."""
    two, true = ["a:1", "b:2"], ["true"]
    assert Tool("one", "", ["one", "-t", "{}"]).argv(two, 2, true) == [
        *("one", "-t", "2", "a:1", "b:2", "--", "true")
    ]
    of_pypi = Tool("pypi", "", ["w", "-s"], separator="-s")
    assert of_pypi.argv(two, 2) == ["w", "-s", "a:1", "-s", "b:2"]
    variables = Tool("env", "", ["T={}", "wait"], variables=("HOSTS", "COMMAND"))
    assert variables.argv(two, 2, true) == [
        *("/usr/bin/env", "HOSTS=a:1,b:2", "COMMAND=true", "T=2", "wait")
    ]
    assert [Tool("", "", [], separator=None).takes(count) for count in (1, 2)] == [True, False]


def test_the_best_of_each_column_is_bold() -> None:
    """The least of each column is bold; what a tool does not do, or not in time, never is."""
    lines = peers.table({"fast": ROW, "slow": SLOW}).splitlines()
    fast, slow = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:])
    assert fast == [
        *("fast", "**10.0 ms**", "**20.0 ms**", "**30.0 ms**", "**40.0 ms**"),
        *("**20.0 ms**", "**30.0 ms**", "**40.0 ms**", "600", "**150 ms**", "**0.25 ms**"),
        *("8.0 MB", "**2.01 s, 124**", "**2.01 s, 124**", "**4.0 ms, 143**"),
    ]
    assert slow == [
        *("slow", "30.0 ms", "-", "-", "-"),
        *("500.0 ms", "**30.0 ms**", "-", "30", "600 ms", "20.00 ms"),
        *("**4.0 MB**", "not in time", "**2.01 s, 124**", "not in time"),
    ]
    assert len(lines[0].split("|")) == len(lines[2].split("|"))


def test_the_table_has_its_place_in_the_page() -> None:
    """The table is written between its marks, and nothing else of the page changes."""
    page = peers.PAGE.read_text()
    made = peers.with_table(page, "| new |\n")
    assert peers.MARK + "| new |\n" + peers.END in made
    assert made.startswith(page.partition(peers.MARK)[0])
    assert made.endswith(page.partition(peers.END)[2])


def test_the_readme_quotes_the_table() -> None:
    """The latencies of the executable and of Debian's script are written into README.md."""
    readme = peers.README.read_text()
    made = peers.with_figures(readme, {"untilup": ROW, peers.DEBIAN: SLOW})
    assert "after about 20 ms; `wait-for-it.sh` needs about 500 ms" in made
    assert peers.with_figures(readme, {"untilup": ROW}) == readme


def test_a_name_is_unknown_until_it_is_known() -> None:
    """The DNS server of the benchmark answers NXDOMAIN, then the address of IPv4, and none of IPv6."""
    head = b"\x12\x34\1\0\0\1\0\0\0\0\0\0"
    name = b"\2db\7example\0"
    a, aaaa = (head + name + kind + b"\0\1" for kind in (b"\0\1", b"\0\x1c"))
    unknown = late_name.answer(a, known=False)
    assert (unknown[:2], unknown[3] & 0xF, unknown[7]) == (b"\x12\x34", 3, 0)
    known = late_name.answer(a, known=True)
    assert (known[3] & 0xF, known[7], known[-4:]) == (0, 1, b"\x7f\0\0\1")
    assert late_name.answer(aaaa, known=True)[3:8] == bytes([0x80, 0, 1, 0, 0])


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (Ending(2.0, 1), "2 s, 1"),
        (Ending(2.0, -15), "2 s, signal 15"),
        (SLOW.resolver, "not in time"),
    ],
)
def test_an_ending_is_told_with_its_status(ending: Ending, text: str) -> None:
    """An ending has its time and its exit status, or the signal; a missing one is shown as such."""
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
        "Not kept by slow: at most 150 ms of processor time in 30 s.",
        "Not kept by slow: within 50 ms of its deadline, an unresponsive DNS server.",
        "Not kept by slow: within 50 ms of SIGTERM.",
    ]
