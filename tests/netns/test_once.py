"""The table of --once, where a name has several addresses (docs/design.md, The command line)."""

from __future__ import annotations

import re

import pytest

from tests.netns.namespaces import PEER, PEER6, SECOND, Namespace, Untilup, at

pytestmark = pytest.mark.netns


def rows_of(stderr: str) -> list[list[str]]:
    """Return the cells of each row of the table, without its head and what follows it."""
    lines = stderr.splitlines()
    first = next(number for number, line in enumerate(lines) if line.endswith(" detail"))
    rows = [line for line in lines[first + 1 :] if not line.strip().startswith(("hint", "waited"))]
    return [re.split(r"\s{2,}", row.strip()) for row in rows]


def test_every_address_has_a_row(untilup: Untilup, here: Namespace, peer: Namespace) -> None:
    """The observation at each address is shown, even if another address is up."""
    peer.ip("addr", "add", f"{SECOND}/24", "dev", "eth0")
    peer.firewall("-d", SECOND, "-j", "DROP")
    here.hosts(f"{PEER6} db", f"{PEER} db", f"{SECOND} db")
    with peer.serving(PEER6):
        done = untilup.run("--once", "--attempt-timeout", "1s", at("db"))
    assert done.returncode == 0
    target, lookup, *addresses = rows_of(done.stderr)
    assert target[:2] == ["tcp://db:5432", "up"]
    assert lookup[:2] == ["name lookup", "resolved"]
    assert set(lookup[3].split(", ")) == {PEER, PEER6, SECOND}
    assert {row[0]: row[1] for row in addresses} == {
        PEER6: "connected",
        PEER: "refused",
        SECOND: "no-answer",
    }
    assert len(addresses) == 3
    meaning = {row[0]: row[3] for row in addresses}
    assert meaning[PEER6] == "accepted"
    assert meaning[PEER].startswith("connection refused: ")
    assert meaning[SECOND].startswith("no answer in ")


def test_no_address_is_up(untilup: Untilup, here: Namespace, peer: Namespace) -> None:
    """If none is up, the target's row has the reason that comes nearest to a service."""
    peer.firewall("-d", PEER, "-j", "DROP")
    here.hosts(f"{PEER} db", f"{PEER6} db")
    done = untilup.run("--once", "--attempt-timeout", "1s", at("db"))
    assert done.returncode == 124
    rows = {row[0]: row[1] for row in rows_of(done.stderr)}
    assert rows.pop("tcp://db:5432") == "refused"
    assert rows == {"name lookup": "resolved", PEER: "no-answer", PEER6: "refused"}


def test_an_address_that_is_given_has_one_row(untilup: Untilup) -> None:
    """A target that is an address needs no lookup, and no second row to say the same."""
    done = untilup.run("--once", at(PEER))
    assert done.returncode == 124
    ((target, seen, took, meaning),) = rows_of(done.stderr)
    assert (target, seen) == (f"tcp://{at(PEER)}", "refused")
    assert re.fullmatch(r"\d+\.\dms", took)
    assert meaning.startswith("connection refused")
