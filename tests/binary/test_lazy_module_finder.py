"""The first import of a module that is not there yet, by which a resumed interpreter learns where it is."""

from __future__ import annotations

import subprocess
import sys

from tests.support.untilup_process import BINARY, PATIENCE

RESUME = BINARY.parents[1] / "binary" / "snapshot" / "_resume.py"
# An interpreter that has begun to import nothing else, resumed, and what the lines after it say.
RESUMED = """
import importlib.util, logging, random, sys, threading, types
specification = importlib.util.spec_from_file_location("_resume", sys.argv[1])
resume = importlib.util.module_from_spec(specification)
specification.loader.exec_module(resume)
random.seed(0)
known, main = random.getstate(), threading.main_thread()
main._native_id = logging._startTime = 0
for name in ("random", "threading", "logging"):
    resume.held_back[name] = sys.modules.pop(name)
times = 0
def prefault():
    global times
    times += 1
resume.LazyModuleFinder.prefault = prefault
sys.stdin = sys.stdout = sys.stderr = None
signals = sys.modules["untilup.process.signals"] = types.ModuleType("untilup.process.signals")
resume.resume(["untilup"], (13,))
"""


def end_of(text: str) -> subprocess.CompletedProcess[str]:
    """Run *text* in an interpreter that is resumed, and return what came of it."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", RESUMED + text, RESUME],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def run(text: str) -> None:
    """Run *text* in an interpreter that is resumed; it is to end well."""
    done = end_of(text)
    assert done.returncode == 0, done.stderr


def test_what_was_held_back_knows_about_this_process() -> None:
    """With the gate the random numbers, the main thread's number and the time are this process's."""
    run(
        "import time\n"
        "before = time.time_ns()\n"
        "import colorsys, os, random, threading, logging\n"
        "assert random.getstate() != known\n"
        "assert threading.main_thread() is main and main._native_id == os.getpid()\n"
        "assert before <= logging._startTime <= time.time_ns()\n"
    )


def test_untilup_knows_what_was_ignored() -> None:
    """At once it knows its arguments, and which signals were ignored before CPython ignored them."""
    run("assert sys.argv == ['untilup'] and signals.ignored_at_start == (13,)")


def test_who_comes_while_it_is_being_opened_finds_it_open() -> None:
    """A thread that reaches the gate while another thread opens it is not refused, and does not open it again."""
    run(
        "gate = sys.meta_path[0]\n"
        "assert gate is resume.LazyModuleFinder\n"
        "assert gate.find_spec('colorsys') is None\n"
        "assert gate not in sys.meta_path\n"
        "assert gate.find_spec('cmd') is None\n"
        "assert gate.find_spec('random').name == 'random'\n"
        "assert times == 1\n"
    )


def test_no_finder_is_missed() -> None:
    """The thread that opens the gate continues with the next finder."""
    run(
        "finders = list(sys.meta_path)\n"
        "asked = []\n"
        "for finder in sys.meta_path:\n"
        "    asked.append(finder)\n"
        "    finder.find_spec('no_such_module')\n"
        "assert asked == finders\n"
    )


def test_it_is_never_seen_in_half() -> None:
    """A module that was held back is seen only once all of them know about this process."""
    run(
        "held = resume.held_back\n"
        "class Watched(dict):\n"
        "    def __setitem__(self, name, module):\n"
        "        assert held['random'].getstate() != known, name\n"
        "        assert main._native_id and held['logging']._startTime, name\n"
        "        super().__setitem__(name, module)\n"
        "modules, sys.modules = sys.modules, Watched(sys.modules)\n"
        "resume.release()\n"
        "assert {*held} <= {*sys.modules}\n"
    )


def test_an_uncaught_exception_is_shown() -> None:
    """An exception before the first import has a stream to be shown on, and is there before the end."""
    done = end_of("1 / 0")
    assert (done.returncode, "ZeroDivisionError" in done.stderr) == (1, True)
    run("import colorsys\nassert sys.stderr.line_buffering and not sys.stdout.line_buffering")
