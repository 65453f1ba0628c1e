"""Every way to wait, as a table: who comes and goes when, and what is told and done (DESIGN 1.1, 1.2).

A line of the table is played against real servers on loopback. In its script `+A` opens the port A,
`-A` closes it, and everything else is what the report says next; other lines may stand in between.
What is up before untilup starts is lower case in the arguments, and H hangs up on everybody at
once, as a forwarder does with nobody behind it.
"""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator

import pytest

from tests.support import tcp_servers
from tests.support.untilup_process import PATIENCE, Program

COMMAND = ("--", "echo", "ran")


LETTER = re.compile(r"\b[A-Ca-cH]\b")


class Stage:
    """Ports by their letters, some of them open."""

    def __init__(self) -> None:
        self._ports: dict[str, int] = {}
        self._open: dict[str, contextlib.ExitStack] = {}

    def port(self, letter: str) -> int:
        """Return the port of *letter*, which is the same for as long as the stage stands."""
        return self._ports.setdefault(letter, tcp_servers.free_port())

    def open(self, letter: str) -> None:
        """Have somebody listen on the port of *letter*."""
        behave = tcp_servers.hang_up if letter == "H" else tcp_servers.silent
        stack = self._open[letter] = contextlib.ExitStack()
        stack.enter_context(tcp_servers.serving(behave, self.port(letter)))

    def close(self, letter: str) -> None:
        """Have nobody listen there any more."""
        self._open.pop(letter).close()

    def named(self, text: str) -> str:
        """Return *text* with each letter that stands alone replaced by its target."""
        return LETTER.sub(lambda found: f"127.0.0.1:{self.port(found[0].upper())}", text)

    def clear(self) -> None:
        """Close everything."""
        for letter in list(self._open):
            self.close(letter)


# What is asked for, what is played and told, the exit status. The command writes "ran".
WAYS = [
    # All of them
    ("A B", "A is not up | +B | B is up | +A | A is up after | running", 0),
    ("a b", "a is up at the first look | running", 0),
    ("a B -t 300ms", "B is not up | timed out after | B: connection refused | hint", 124),
    ("a B -t 300ms --no-strict", "timed out after | B: connection refused | running", 0),
    ("H --settle 200ms -t 2s", "H is not up: accepted, then closed at once | timed out", 124),
    ("H#settle=0", "H is up at the first look | running", 0),
    ("H#settle=200ms --settle 0 -t 2s", "H is not up | timed out", 124),
    # One of them
    ("A B --any", "waiting for one of | B is not up | +B | B is up after | running", 0),
    ("A b --any", "b is up at the first look | running", 0),
    ("A B --any -t 300ms", "timed out | A: connection | B: connection", 124),
    ("A#timeout=200ms B --any", "A is not up, and not waited for any longer | +B | running", 0),
    ("A#timeout=100ms B#timeout=300ms --any", "A is not up, and | timed out after", 124),
    ("A B#optional --any", "A is not up | +B | B is up | +A | A is up | running", 0),
    ("A b --any --all", "A is not up | +A | A is up | running", 0),
    # Some of them optional, or with a time of their own
    ("a B#optional", "a is up | B is optional and not up, and not waited for | running", 0),
    ("A b#optional", "A is not up | b is up | +A | A is up | running", 0),
    ("A B#optional&timeout=200ms", "B is optional and not up, and not | +A | A is up | running", 0),
    ("B#optional -t 300ms", "B is optional and not up, and not waited for | running", 0),
    ("B#optional&timeout=200ms -t 30s", "B is optional and not up, and | running", 0),
    ("B#optional", "B is not up | +B | B is up | running", 0),
    ("a B#timeout=300ms -t 30s", "timed out after | B: connection refused", 124),
    ("a B#timeout=300ms -t 30s --no-strict", "timed out after | running", 0),
    ("A B#optional -t 300ms", "timed out | A: connection | B (optional): connection", 124),
    # Until they are down
    ("a --down", "a is not down: it is still up | -A | A is down after | running", 0),
    ("A --down", "A is down at the first look | running", 0),
    ("a b --down", "-B | B is down | -A | A is down | running", 0),
    ("a b --down --any", "a is not down | -B | B is down | running", 0),
    ("a --down -t 300ms", "timed out after .*: 1 target is not down | a: it is still up", 124),
    ("H --settle 200ms --down", "H is down at the first look | running", 0),
    ("a --down --up", "a is up at the first look | running", 0),
    ("a b#optional --down", "-A | A is down | b is optional and not down, and | running", 0),
    ("nobody.invalid:1 --down -t 300ms", "nobody.invalid:1 is not down | timed out", 124),
    # For a while
    ("a --stable 300ms", "a is not up: it has been up for less than 300ms | a is up | running", 0),
    (
        "A --stable 300ms",
        "refused | +A | A is not up: it has been up for less | A is up | running",
        0,
    ),
    ("A --stable 1s", "+A | less than 1s | -A | refused | +A | less than 1s | A is up", 0),
    ("a --down --stable 400ms", "-A | it has been down for less than 400ms | A is down", 0),
    ("a b --any --stable 300ms", "is not up: it has been up for less | is up after | running", 0),
    ("a --stable 400ms -t 600ms", "it has been up for less than 400ms | a is up | running", 0),
    ("A --stable 400ms -t 500ms", "timed out", 124),
    # Apart from each other
    ("A --splay 100ms", "A is not up | +A | A is up | sleeping .* of --splay | running", 0),
    ("A#optional --splay 100ms -t 200ms", "not waited for | sleeping .* of --splay | running", 0),
    ("A --splay 100ms -t 200ms --no-strict", "timed out | sleeping .* of --splay | running", 0),
]


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Return a stage, which is cleared at the end."""
    made = Stage()
    yield made
    made.clear()


def play(
    untilup: Program, stage: Stage, asked: str, script: str, env: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Play a line of the table; return the exit status, stdout, and the rest of the report."""
    for letter in set(re.findall(r"\b[a-cH]\b", f"{asked} {' '.join((env or {}).values())}")):
        stage.open(letter.upper())
    named = {name: stage.named(text) for name, text in (env or {}).items()}
    command = () if "--once" in asked else COMMAND
    process = untilup.start(*stage.named(asked).split(), *command, env=named)
    assert process.stderr
    told = ""
    for step in filter(None, script.split(" | ")):
        if re.fullmatch(r"[+-][A-C]", step):
            (stage.open if step[0] == "+" else stage.close)(step[1])
            continue
        wanted = re.compile(stage.named(step).replace("(", r"\(").replace(")", r"\)"))
        while not wanted.search(line := process.stderr.readline().decode()):
            assert line, f"untilup has ended, and has not said {step!r}:\n{told}"
            told += line
    # Not communicate(), which would not have what readline() has read ahead.
    rest = process.stderr.read().decode()
    out, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, out.decode(), rest


@pytest.mark.parametrize(("asked", "script", "status"), WAYS, ids=[asked for asked, _, _ in WAYS])
def test_every_way_to_wait(
    untilup: Program, stage: Stage, asked: str, script: str, status: int
) -> None:
    """What is asked for decides what is waited for, what is told, and whether the command runs."""
    assert play(untilup, stage, asked, script)[:2] == (status, "ran\n" if status == 0 else "")


BY_VARIABLES = [
    ("A B", {"UNTILUP_ANY": "1"}, "+B | B is up | running", 0),
    ("A b --all", {"UNTILUP_ANY": "1"}, "A is not up | +A | A is up | running", 0),
    ("a", {"UNTILUP_DOWN": "yes"}, "a is not down | -A | A is down | running", 0),
    ("a --up", {"UNTILUP_DOWN": "yes"}, "a is up | running", 0),
    ("a", {"UNTILUP_STABLE": "200ms"}, "less than 200ms | a is up | running", 0),
    ("A", {"UNTILUP_SPLAY": "50ms"}, "A is not up | +A | A is up | sleeping | running", 0),
    ("", {"UNTILUP_TARGETS": "A B"}, "A is not up | +B | +A | A is up | running", 0),
    ("", {"UNTILUP_TARGETS": "A,b"}, "b is up | +A | A is up | running", 0),
    ("", {"UNTILUP_TARGETS": "none"}, "running", 0),
    ("a", {"UNTILUP_TARGETS": "B"}, "a is up | running", 0),
    ("A", {"UNTILUP_SKIP": "1"}, "UNTILUP_SKIP is set: nothing is waited for | running", 0),
    ("env:URL", {"URL": "A"}, "A is not up | +A | A is up | running", 0),
    ("env:URL", {"URL": "tcp://a#timeout=3s"}, "a is up at the first look | running", 0),
    ("env:URL#optional a", {"URL": "B"}, "B is optional and not up | running", 0),
    ("env:URL#timeout=200ms", {"URL": "B#settle=0"}, "timed out", 124),
    ("env:HOST:1#optional a", {"HOST": "127.0.0.1"}, "127.0.0.1:1 is optional and", 0),
]


@pytest.mark.parametrize(
    "row",
    BY_VARIABLES,
    ids=[f"{asked} {' '.join(map('='.join, env.items()))}" for asked, env, *_ in BY_VARIABLES],
)
def test_every_way_by_variables(
    untilup: Program, stage: Stage, row: tuple[str, dict[str, str], str, int]
) -> None:
    """Variables ask for the same as flags, which win over them; targets can come from variables."""
    asked, env, script, status = row
    assert play(untilup, stage, asked, script, env)[:2] == (status, "ran\n" if status == 0 else "")


ONCE = [
    ("a --once", {"A": "up"}, 0),
    ("A --once", {"A": "refused"}, 124),
    ("H --settle 200ms --once", {"H": "closed"}, 124),
    ("a B --once", {"A": "up", "B": "refused"}, 124),
    ("a B --once --any", {"A": "up", "B": "refused"}, 0),
    ("A B --once --any", {"A": "refused", "B": "refused"}, 124),
    ("a B#optional --once", {"A": "up", "B (optional)": "refused"}, 0),
    ("B#optional --once", {"B (optional)": "refused"}, 0),
    ("A --once --down", {"A": "down"}, 0),
    ("a --once --down", {"A": "up"}, 124),
    ("a B --once --down --any", {"A": "up", "B": "down"}, 0),
]


@pytest.mark.parametrize(("asked", "seen", "status"), ONCE, ids=[asked for asked, _, _ in ONCE])
def test_one_look(
    untilup: Program, stage: Stage, asked: str, seen: dict[str, str], status: int
) -> None:
    """With --once each target gets one look and one row of the table, and enough of them decide."""
    ended, out, told = play(untilup, stage, asked, "looked once at | what it means")
    assert (ended, out) == (status, "")
    rows = [line for line in told.splitlines() if "tcp://" in line]
    expected = [
        rf"untilup: tcp://{re.escape(stage.named(name))} +{found} +\d+\.\dms"
        for name, found in seen.items()
    ]
    assert len(rows) == len(expected)
    for row, pattern in zip(rows, expected, strict=True):
        assert re.search(pattern, row), (row, pattern)


@pytest.mark.parametrize(("asked", "seen", "status"), ONCE, ids=[asked for asked, _, _ in ONCE])
def test_one_look_quietly(
    untilup: Program, stage: Stage, asked: str, seen: dict[str, str], status: int
) -> None:
    """With --once and --quiet there is a table only where it was not enough, for a health check."""
    ended, out, told = play(untilup, stage, f"{asked} -q", "")
    assert (ended, out) == (status, "")
    assert told.count("tcp://") == (len(seen) if status else 0)
    assert bool(told) == bool(status)


def test_one_look_at_nothing(untilup: Program) -> None:
    """With --once and nothing to look at, the table is empty and all is well."""
    done = untilup.run("--once", env={"UNTILUP_TARGETS": "none"})
    assert (done.returncode, done.stdout) == (0, "")
    assert "looked once at 0 targets: 0 up" in done.stderr


def test_one_look_is_not_skipped(untilup: Program, port: int) -> None:
    """UNTILUP_SKIP=1 has --once look all the same: who debugs wants to see, a health check to know."""
    done = untilup.run("--once", f"127.0.0.1:{port}", env={"UNTILUP_SKIP": "1"})
    assert (done.returncode, done.stdout) == (124, "")
    assert "looked once at 1 target: 0 up" in done.stderr
    assert "UNTILUP_SKIP" not in done.stderr


def test_all_have_given_up(untilup: Program) -> None:
    """With --any, and where nobody is left to wait for, each is told with its reason, quiet or not."""
    done = untilup.run("--any", "-q", "exec:absent-1", "exec:absent-2", "--", "true")
    assert done.returncode == 125
    for name in ("absent-1", "absent-2"):
        assert f"exec:{name}: {name}: command not found" in done.stderr
    assert (
        re.findall(r"\(1 look, command-not-found for \d+", done.stderr)
        == ["(1 look, command-not-found for 0"] * 2
    )


def test_no_wait_no_splay(untilup: Program, stage: Stage) -> None:
    """Where all was up at the first look, nobody has been held back, and nobody is spread."""
    status, _, told = play(untilup, stage, "a --splay 1h", "a is up")
    assert status == 0
    assert "sleeping" not in told


@pytest.mark.parametrize("way", ["--any", "--all"])
def test_what_is_not_waited_for_is_not_splayed_for(
    untilup: Program, stage: Stage, way: str
) -> None:
    """Who came too late to decide does not make a start a late one."""
    late = "B" if way == "--any" else "B#optional"
    status, _, told = play(untilup, stage, f"a {late} {way} --splay 1h", "a is up")
    assert status == 0
    assert "sleeping" not in told


@pytest.mark.usefixtures("as_from_a_shell")
def test_a_signal_ends_the_splay(untilup: Program, stage: Stage) -> None:
    """A signal while the command is held back by --splay ends untilup, as it does in the wait."""
    process = untilup.start(*stage.named("A --splay 365d -t 100ms --no-strict").split(), *COMMAND)
    assert process.stderr
    while b"sleeping" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert b"ended by SIGTERM" in process.stderr.read()
    assert process.communicate(timeout=PATIENCE)[0] == b""
    assert process.returncode == -signal.SIGTERM
