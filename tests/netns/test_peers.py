"""What benchmarks/peers.py measures is there to be measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import late_answers
import wait_costs
from isolation import BLACKHOLED, REFUSED, UNKNOWABLE, Isolation
from tests.netns.namespaces import log_lines
from tests.support.untilup_process import Program
from waiting_tools import Tool

pytestmark = pytest.mark.netns

SCRIPT = "/usr/bin/wait-for-it"
OF_PYPI = str(Path(sys.executable).with_name("wait-for-it"))
# It makes one attempt, and heeds no signal that a PID 1 can leave unheeded.
DEAF = """
import socket, time
socket.socket().connect_ex(("127.0.0.1", 5432))
time.sleep(60)
"""


@pytest.fixture
def tool(distribution: str) -> Tool:
    """Return untilup as one of the tools that are compared."""
    words = [distribution, "-t", "{}"]
    return Tool("untilup", "", words, http=words)


def test_in_a_network_of_its_own_a_host_and_the_dns_server_do_not_answer(distribution: str) -> None:
    """The blackholed host answers nothing, the resolver neither, and the empty port refuses."""
    with Isolation() as isolation:
        program = Program(isolation.inside([distribution]))
        words = ["--once", "--log-format", "json", "--attempt-timeout", "4s", "--timeout", "5s"]
        done = program.run(*words, BLACKHOLED, UNKNOWABLE, REFUSED)
        program.end()
    seen = {line.target: line.reason for line in log_lines(done.stderr) if line.event == "failed"}
    assert seen == {
        f"tcp://{BLACKHOLED}": "no-answer",
        f"tcp://{UNKNOWABLE}": "resolver-unavailable",
        f"tcp://{REFUSED}": "refused",
    }


def test_a_wait_has_its_price(tool: Tool) -> None:
    """A wait for a port that refuses costs SYNs, time and memory, and each of them is seen."""
    cost = wait_costs.wait_refused(tool, 1)
    assert cost.syns > 0
    assert cost.share > 0
    assert cost.memory > 1_000_000


@pytest.mark.parametrize(
    "waits", [late_answers.after_refused, late_answers.after_unknown_name, late_answers.after_503]
)
def test_a_late_target_is_noticed(tool: Tool, waits: late_answers.Waits) -> None:
    """A target is up after a moment, not before: the tool ends after it has answered otherwise."""
    assert waits(tool, 0.3) > 0


def test_a_timeout_ends_with_its_status(tool: Tool) -> None:
    """A timeout for the blackholed host is seen when the program ends, with its exit status."""
    ending = wait_costs.time_out(tool, BLACKHOLED, 1)
    assert ending.seconds is not None
    assert ending.seconds >= 1
    assert ending.status == 124


def test_sigterm_ends_what_heeds_it(tool: Tool) -> None:
    """The first process of its own namespace that heeds SIGTERM is seen to end."""
    ending = wait_costs.stop(tool)
    assert ending.seconds is not None
    assert ending.status == 128 + 15


def test_sigterm_does_not_end_what_is_deaf_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has no handler for it is not ended by SIGTERM, and is killed after the grace."""
    monkeypatch.setattr(wait_costs, "GRACE", 0.5)
    ending = wait_costs.stop(Tool("deaf", "", [sys.executable, "-S", "-c", DEAF]))
    assert ending.seconds is None


@pytest.mark.parametrize(
    "words", [[SCRIPT, "-t", "{}"], [OF_PYPI, "-t", "{}", "-s"]], ids=["debian", "pypi"]
)
def test_sigterm_does_not_end_either_wait_for_it(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """As docs/migrating.md says: wait-for-it.sh and PyPI's are deaf to it while they wait."""
    if not Path(words[0]).exists():
        pytest.skip(f"no {words[0]} (apt-get install wait-for-it)")
    monkeypatch.setattr(wait_costs, "GRACE", 1.0)
    assert wait_costs.stop(Tool("wait-for-it", "", words)).seconds is None


def test_a_silent_resolver_keeps_the_one_of_pypi() -> None:
    """As docs/migrating.md says: PyPI's timeout waits for the resolver to give up."""
    ending = wait_costs.time_out(
        Tool("wait-for-it", "", [OF_PYPI, "-t", "{}", "-s"]), UNKNOWABLE, 1
    )
    # A resolver's first try takes 5 s (resolv.conf(5)).
    assert ending.seconds is None or ending.seconds >= 5
