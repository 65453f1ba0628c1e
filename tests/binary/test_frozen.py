"""What is frozen into the executable: all that untilup reaches, and nothing else."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.binary import probe
from tests.binary.probe import Probe
from tests.support.untilup_process import BINARY

CHECKOUT = BINARY.parents[1]
# As inside/lane.py has it.
BUG = "BUG"


@pytest.fixture(scope="module")
def executable(tmp_path_factory: pytest.TempPathFactory) -> Probe:
    """Return the executable, ready to be asked."""
    return Probe(probe.build(tmp_path_factory.mktemp("probe")))


@pytest.fixture
def reached(executable: Probe, up: int) -> set[str]:
    """Return what the executable has imported when it has run every lane that the build traces."""
    target = f"127.0.0.1:{up}"
    lane = probe.text("lane.py")
    lanes = [*traced(target), [BUG, target]]
    return {name for argv in lanes for name in executable.ask(lane, *argv)}


@pytest.fixture
def absent(executable: Probe, reached: set[str]) -> set[str]:
    """Return what the code of untilup, and of what it reaches, imports anywhere, and is not there."""
    built_in = executable.ask("import sys; print(*sys.builtin_module_names)")
    return set(executable.ask(probe.text("imports.py"), *sorted(reached - {*built_in})))


def traced(up: str) -> list[list[str]]:
    """Return the lanes of binary/trace.py."""
    lanes = runpy.run_path(str(CHECKOUT / "binary" / "trace.py"))["lanes"](up)
    return [list(lane) for need in lanes.values() for lane in need]


def modules(package: Path) -> set[str]:
    """Return the names of all modules of a *package*."""
    files = (file.relative_to(package.parent) for file in package.rglob("*.py"))
    return {".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files}


def test_each_frozen_module_can_be_imported(executable: Probe) -> None:
    """Each module that is frozen in can be imported, by itself, in an interpreter that has just started."""
    frozen = executable.frozen()
    failures = {name: executable.run(f"import {name}").stderr for name in frozen}
    assert len(frozen) > 100
    assert {name: why for name, why in failures.items() if why} == {}


def test_what_is_reached_is_frozen_and_nothing_else(executable: Probe, reached: set[str]) -> None:
    """Every module that a lane imports is frozen in or built in, and every frozen one is imported."""
    of_cpython = executable.ask(
        "import _imp, sys; print(*_imp._frozen_module_names(), *sys.builtin_module_names)"
    )
    frozen = executable.frozen()
    # The names of CPython's table hold ours too.
    starts_by = set(of_cpython) - frozen
    assert reached - starts_by == frozen


def test_all_of_untilup_is_frozen(executable: Probe) -> None:
    """Every module of untilup is in the executable, reached or not."""
    ours = {name for name in executable.frozen() if name.split(".")[0] == "untilup"}
    assert ours == modules(CHECKOUT / "src" / "untilup")


def test_what_is_absent_is_listed_and_nothing_else(absent: set[str]) -> None:
    """What frozen code could import, encodings too, and does not find stands in a list of reasons."""
    lines = (CHECKOUT / "binary" / "not-frozen").read_text().splitlines()
    listed = [name for line in lines if not line.startswith("#") for name in line.split()]
    assert sorted(listed) == sorted(absent)
