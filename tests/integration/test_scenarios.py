"""Every way to wait, as a table: which ports open and close, and what untilup reports and does (docs/design.md, The command line; Targets).

A line of the table is played against real servers on loopback. In its script `+A` opens the port A,
`-A` closes it, `1h` lets an hour pass, and everything else is what the report says next, two things
in any order if `&` joins them; other lines may stand in between. What is up before untilup starts is lower case in the arguments. H is a proxy
without a backend: it closes every connection at once.
"""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.support import tcp_servers
from tests.support.scripted_clock import Clock
from tests.support.untilup_process import PATIENCE, Program

COMMAND = ("--", "echo", "ran")
Play = Callable[..., tuple[int, str, str]]

LETTER = re.compile(r"\b[A-Ca-cH]\b")
# An attempt that ends when H has closed the connection. The settle time must be shorter than an hour,
# which is 6 seconds for the executable.
SETTLE = "5s"
PATIENT = f"-t {PATIENCE + 2}s --attempt-timeout {PATIENCE + 1}s --settle {SETTLE}"


class Stage:
    """Ports by their letters, some of them open."""

    def __init__(self) -> None:
        self._ports: dict[str, int] = {}
        self._owned = contextlib.ExitStack()
        self._open: dict[str, contextlib.ExitStack] = {}

    def port(self, letter: str) -> int:
        """Return the port of *letter*, which is the same for as long as the stage stands."""
        if letter not in self._ports:
            self._ports[letter] = self._owned.enter_context(tcp_servers.refusing())
        return self._ports[letter]

    def open(self, letter: str) -> None:
        """Listen on the port of *letter*."""
        behave = tcp_servers.close_at_once if letter == "H" else tcp_servers.silent
        stack = self._open[letter] = contextlib.ExitStack()
        stack.enter_context(tcp_servers.serving(behave, self.port(letter)))

    def close(self, letter: str) -> None:
        """Refuse there again."""
        self._open.pop(letter).close()

    def named(self, text: str) -> str:
        """Return *text* with each letter that stands alone replaced by its target."""
        return LETTER.sub(lambda found: f"127.0.0.1:{self.port(found[0].upper())}", text)

    def clear(self) -> None:
        """Close everything."""
        for letter in list(self._open):
            self.close(letter)
        self._owned.close()


# What is asked for, what is played and told, the exit status. The command writes "ran".
WAYS = [
    # All of them
    ("A B", "A is not up | +B | B is up | +A | A is up after | running", 0),
    ("a b", "a is up at the first attempt | running", 0),
    (
        "a B -t 1h",
        "a is up & B is not up | 1h | timed out after | B: connection refused | hint",
        124,
    ),
    (
        "a B -t 1h --no-strict",
        "a is up & B is not up | 1h | timed out after | B: connection refused | continuing anyway (--no-strict) | running",
        0,
    ),
    (f"H {PATIENT} -t 1h", "H is not up: accepted, then closed at once | 1h | timed out", 124),
    ("H#settle=0", "H is up at the first attempt | running", 0),
    (f"H#settle={SETTLE} {PATIENT} --settle 0 -t 1h", "H is not up | 1h | timed out", 124),
    # One of them
    ("A B --any", "waiting for one of | B is not up | +B | B is up after | running", 0),
    ("A b --any", "b is up at the first attempt | running", 0),
    ("A B --any -t 1h", "not up | not up | 1h | timed out | A: connection | B: connection", 124),
    (
        "A#timeout=1h B --any -t 0",
        "A is not up & B is not up | 1h | A is not up; continuing without it (timeout= | +B | running",
        0,
    ),
    (
        "A#timeout=1h B#timeout=2h --any -t 0",
        "A is not up & B is not up | 1h | A is not up; cont | 1h | timed out after",
        124,
    ),
    ("A B#optional --any", "A is not up | +B | B is up | +A | A is up | running", 0),
    ("A b --any --all", "A is not up | +A | A is up | running", 0),
    # Some of them optional, or with a time of their own
    ("a B#optional", "a is up | B is not .*up; continuing without it (optional) | running", 0),
    ("A b#optional", "A is not up & b is up | +A | A is up | running", 0),
    (
        "A B#optional&timeout=1h -t 0",
        "A is not up & B is not up | 1h | B is not up; continuing without it | +A | A is up | running",
        0,
    ),
    (
        "B#optional -t 1h",
        "is not up | 1h | B is not up; continuing without it (optional) | running",
        0,
    ),
    ("B#optional&timeout=1h -t 2h", "is not up | 1h | B is not up; continuing | running", 0),
    ("B#optional", "B is not up | +B | B is up | running", 0),
    (
        "a B#timeout=1h -t 2h",
        "a is up & B is not up | 1h | timed out after | B: connection refused",
        124,
    ),
    (
        "a B#timeout=1h -t 2h --no-strict",
        "a is up & B is not up | 1h | timed out after | running",
        0,
    ),
    (
        "A B#optional -t 1h",
        "not up | not up | 1h | timed out | A: connection | B (optional): connection",
        124,
    ),
    # Until they are down
    ("a --down", "a is not down: it is still up | -A | A is down after | running", 0),
    ("A --down", "A is down at the first attempt | running", 0),
    ("a b --down", "-B | B is down | -A | A is down | running", 0),
    ("a b --down --any", "a is not down | -B | B is down | running", 0),
    (
        "a --down -t 1h",
        "a is not down | 1h | timed out after .*; 1 of 1 targets not down | a: it is still up",
        124,
    ),
    (f"H {PATIENT} --down", "H is down at the first attempt | running", 0),
    ("a --down --up", "a is up at the first attempt | running", 0),
    (
        "a b#optional --down",
        "-A | A is down | b is not .*down; continuing without it (optional) | running",
        0,
    ),
    ("absent.invalid:1 --down -t 1h", "absent.invalid:1 is not down | 1h | timed out", 124),
    # For a while
    ("a --stable 300ms", "a is not up: it has been up for less than 300ms | a is up | running", 0),
    (
        "A --stable 300ms",
        "refused | +A | A is not up: it has been up for less | A is up | running",
        0,
    ),
    (
        "A --stable 1h -t 0",
        "+A | less than 1h | -A | refused | +A | less than 1h | 1h | A is up",
        0,
    ),
    ("a --down --stable 400ms", "-A | it has been down for less than 400ms | A is down", 0),
    ("a b --any --stable 300ms", "is not up: it has been up for less | is up after | running", 0),
    ("a --stable 1h -t 2h", "it has been up for less than 1h | 1h | a is up | running", 0),
    ("A --stable 300ms -t 1h", "A is not up | 1h | timed out", 124),
    # Apart from each other
    ("A --splay 100ms", "A is not up | +A | A is up | waiting . further .* (--splay | running", 0),
    (
        "A#optional --splay 100ms -t 1h",
        "is not up | 1h | continuing without it | waiting . further .* (--splay | running",
        0,
    ),
    (
        "A --splay 100ms -t 1h --no-strict",
        "is not up | 1h | timed out | waiting . further .* (--splay | running",
        0,
    ),
]


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Return a stage, which is cleared at the end."""
    made = Stage()
    yield made
    made.clear()


@pytest.fixture
def play(untilup: Program, stage: Stage, clock: Clock) -> Play:
    """Return a function that plays a line of the table.

    It returns the exit status, stdout, and what the report says after the script.
    """

    def play(asked: str, script: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
        asked, script = clock.scaled(asked), clock.scaled(script)
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
            if step == clock.scaled("1h"):
                clock.an_hour_passes()
                continue
            pattern = stage.named(step).replace("(", r"\(").replace(")", r"\)")
            wanted = [re.compile(part) for part in pattern.split(" & ")]
            while wanted:
                line = process.stderr.readline().decode()
                assert line, f"untilup has ended, and has not said {step!r}:\n{told}"
                told += line
                wanted = [part for part in wanted if not part.search(line)]
        # Not communicate(), which would not have what readline() has read ahead.
        rest = process.stderr.read().decode()
        out, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, out.decode(), rest

    return play


@pytest.mark.parametrize(("asked", "script", "status"), WAYS, ids=[asked for asked, _, _ in WAYS])
def test_every_way_to_wait(play: Play, asked: str, script: str, status: int) -> None:
    """What is asked for decides what is waited for, what is reported, and whether the command runs."""
    assert play(asked, script)[:2] == (status, "ran\n" if status == 0 else "")


BY_VARIABLES = [
    ("A B", {"UNTILUP_ANY": "1"}, "+B | B is up | running", 0),
    ("A b --all", {"UNTILUP_ANY": "1"}, "A is not up | +A | A is up | running", 0),
    ("a", {"UNTILUP_DOWN": "yes"}, "a is not down | -A | A is down | running", 0),
    ("a --up", {"UNTILUP_DOWN": "yes"}, "a is up | running", 0),
    ("a", {"UNTILUP_STABLE": "200ms"}, "less than 200ms | a is up | running", 0),
    ("A", {"UNTILUP_SPLAY": "50ms"}, "A is not up | +A | A is up | waiting . further | running", 0),
    ("", {"UNTILUP_TARGETS": "A B"}, "A is not up | +B | +A | A is up | running", 0),
    ("", {"UNTILUP_TARGETS": "A,b"}, "b is up | +A | A is up | running", 0),
    ("", {"UNTILUP_TARGETS": "none"}, "running", 0),
    ("a", {"UNTILUP_TARGETS": "B"}, "a is up | running", 0),
    ("A", {"UNTILUP_SKIP": "1"}, "UNTILUP_SKIP is set: untilup waits for nothing | running", 0),
    ("env:URL", {"URL": "A"}, "A is not up | +A | A is up | running", 0),
    ("env:URL", {"URL": "tcp://a#timeout=30s"}, "a is up at the first attempt | running", 0),
    ("env:URL#optional a", {"URL": "B"}, "B is not .*up; continuing without it | running", 0),
    ("env:URL#timeout=1h", {"URL": "B#settle=0"}, "B is not up | 1h | timed out", 124),
    (
        "env:HOST:1#optional a",
        {"HOST": "127.0.0.1"},
        "127.0.0.1:1 is not .*up; continuing without it (optional): ",
        0,
    ),
]


@pytest.mark.parametrize(
    "row",
    BY_VARIABLES,
    ids=[f"{asked} {' '.join(map('='.join, env.items()))}" for asked, env, *_ in BY_VARIABLES],
)
def test_every_way_by_variables(play: Play, row: tuple[str, dict[str, str], str, int]) -> None:
    """Variables ask for the same as flags, which win over them; targets can come from variables."""
    asked, env, script, status = row
    assert play(asked, script, env)[:2] == (status, "ran\n" if status == 0 else "")


ONCE = [
    ("a --once", {"A": "up"}, 0),
    ("A --once", {"A": "refused"}, 124),
    (f"H {PATIENT} --once", {"H": "closed"}, 124),
    ("a B --once", {"A": "up", "B": "refused"}, 124),
    ("a B --once --any", {"A": "up", "B": "refused"}, 0),
    ("A B --once --any", {"A": "refused", "B": "refused"}, 124),
    ("a B#optional --once", {"A": "up", "B (optional)": "refused"}, 0),
    ("B#optional --once", {"B (optional)": "refused"}, 0),
    ("A --once --down", {"A": "down"}, 0),
    ("a --once --down", {"A": "up"}, 124),
    ("a B --once --down --any", {"B": "down", "A": "up"}, 0),
]


@pytest.mark.parametrize(("asked", "seen", "status"), ONCE, ids=[asked for asked, _, _ in ONCE])
def test_once(play: Play, stage: Stage, asked: str, seen: dict[str, str], status: int) -> None:
    """With --once each target gets one attempt and one row of the table, and enough of them decide."""
    ended, out, told = play(asked, "checked . targets? once | detail")
    assert (ended, out) == (status, "")
    rows = [line for line in told.splitlines() if "tcp://" in line]
    expected = [
        rf"^  tcp://{re.escape(stage.named(name))} +{found} +\d+\.\dms"
        for name, found in seen.items()
    ]
    assert len(rows) == len(expected)
    for row, pattern in zip(rows, expected, strict=True):
        assert re.search(pattern, row), (row, pattern)


@pytest.mark.parametrize(("asked", "seen", "status"), ONCE, ids=[asked for asked, _, _ in ONCE])
def test_once_quietly(play: Play, asked: str, seen: dict[str, str], status: int) -> None:
    """With --once and --quiet there is a table only where it was not enough, for a health check."""
    ended, out, told = play(f"{asked} -q", "")
    assert (ended, out) == (status, "")
    assert told.count("tcp://") == (len(seen) if status else 0)
    assert bool(told) == bool(status)


def test_once_at_nothing(untilup: Program) -> None:
    """With --once and no target, the table is empty and all is well."""
    done = untilup.run("--once", env={"UNTILUP_TARGETS": "none"})
    assert (done.returncode, done.stdout) == (0, "")
    assert "checked 0 targets once: 0 up" in done.stderr


def test_once_is_not_skipped(untilup: Program, port: int) -> None:
    """UNTILUP_SKIP=1 does not affect --once, which is for debugging and health checks."""
    done = untilup.run("--once", f"127.0.0.1:{port}", env={"UNTILUP_SKIP": "1"})
    assert (done.returncode, done.stdout) == (124, "")
    assert "checked 1 target once: 0 up" in done.stderr
    assert "UNTILUP_SKIP" not in done.stderr


def test_all_have_given_up(untilup: Program) -> None:
    """With --any, if no target is left that can be up, each is reported with its reason, even with --quiet."""
    done = untilup.run("--any", "-q", "exec:absent-1", "exec:absent-2", "--", "true")
    assert done.returncode == 125
    for name in ("absent-1", "absent-2"):
        assert f"exec:{name}: {name}: command not found" in done.stderr
    assert (
        len(re.findall(r"\([a-z-]+, 1 attempt, \d+(?:ms|\.\ds)\)$", done.stderr, re.MULTILINE)) == 2
    )


def test_no_wait_no_splay(play: Play) -> None:
    """If all targets are up at the first attempt, --splay does not delay the command."""
    status, _, told = play("a --splay 365d", "a is up")
    assert status == 0
    assert "--splay" not in told


@pytest.mark.parametrize("way", ["--any", "--all"])
def test_what_is_not_waited_for_is_not_splayed_for(play: Play, way: str) -> None:
    """A target that was up too late to decide does not make the start a late one."""
    late = "B" if way == "--any" else "B#optional"
    status, _, told = play(f"a {late} {way} --splay 365d", "a is up")
    assert status == 0
    assert "--splay" not in told


@pytest.mark.usefixtures("as_from_a_shell")
def test_a_signal_ends_the_splay(untilup: Program, stage: Stage) -> None:
    """A signal while the command is held back by --splay ends untilup, as it does in the wait."""
    process = untilup.start(*stage.named("A --splay 365d -t 100ms --no-strict").split(), *COMMAND)
    assert process.stderr
    while b"(--splay" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert b"ended by SIGTERM" in process.stderr.read()
    assert process.communicate(timeout=PATIENCE)[0] == b""
    assert process.returncode == -signal.SIGTERM
