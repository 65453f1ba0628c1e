"""The modules inside the executable: all that untilup reaches, and nothing else."""

from __future__ import annotations

import runpy
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.binary import probe
from tests.binary.probe import Probe
from tests.support import tcp_servers
from tests.support.untilup_process import BINARY

CHECKOUT = BINARY.parents[1]
# As inside/scenario.py has it.
BUG = "BUG"
AT_ONCE = 4


@pytest.fixture
def reached(interpreter: Probe, up: int) -> set[str]:
    """Return what the interpreter has imported after every scenario that the build traces."""
    target = f"127.0.0.1:{up}"
    scenario = probe.text("scenario.py")
    traced = runpy.run_path(str(CHECKOUT / "binary" / "trace_imports.py"))
    # They wait for most of their time.

    def answer(client: socket.socket) -> None:
        client.sendall(traced["answer_to"](client.recv(4096)))
        client.shutdown(socket.SHUT_WR)

    with tcp_servers.serving(answer) as web, ThreadPoolExecutor(AT_ONCE) as pool:
        of_each = traced["scenarios"](target, f"127.0.0.1:{web}")
        scenarios = [
            *(list(arguments) for _, runs in of_each for arguments in runs),
            [BUG, target],
        ]
        asked = pool.map(
            lambda argv: interpreter.ask(scenario, *argv, env=traced["VARIABLES"]), scenarios
        )
        return {name for names in asked for name in names}


@pytest.fixture
def absent(interpreter: Probe, reached: set[str]) -> set[str]:
    """Return what the code of untilup, and of what it reaches, imports anywhere, and is not there."""
    built_in = interpreter.ask("import sys; print(*sys.builtin_module_names)")
    return set(interpreter.ask(probe.text("imports.py"), *sorted(reached - {*built_in})))


def modules_of(package: Path) -> set[str]:
    """Return the names of all modules of a *package*."""
    files = (file.relative_to(package.parent) for file in package.rglob("*.py"))
    return {".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files}


def test_what_is_reached_is_inside_and_nothing_else(interpreter: Probe, reached: set[str]) -> None:
    """Every module that a scenario imports is inside or built in, and a scenario imports each that is inside."""
    of_cpython = interpreter.ask(
        "import _imp, sys; print(*_imp._frozen_module_names(), *sys.builtin_module_names)"
    )
    inside = interpreter.modules()
    # CPython's table lists ours, too.
    starts_with = set(of_cpython) - inside
    assert reached - starts_with == inside


def test_all_of_untilup_is_inside(interpreter: Probe) -> None:
    """Every module of untilup is in the executable, reached or not."""
    ours = {name for name in interpreter.modules() if name.split(".")[0] == "untilup"}
    assert ours == modules_of(CHECKOUT / "src" / "untilup")


def test_what_is_absent_is_listed_and_nothing_else(absent: set[str]) -> None:
    """What the code inside could import but does not find, encodings too, stands in a list with reasons."""
    lines = (CHECKOUT / "binary" / "expected-missing-imports").read_text().splitlines()
    listed = [name for line in lines if not line.startswith("#") for name in line.split()]
    assert sorted(listed) == sorted(absent)
