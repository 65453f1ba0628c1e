"""file:// - paths: what is there, of which type and size, and for how long."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.checks import file
from untilup.cli import targets
from untilup.errors import ABSENT, ALIVE, DOWN, NotReady, UsageError
from untilup.targets.attempt import Attempt
from untilup.targets.target import Target


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Put a clock in place of the check's."""
    made = Clock()
    monkeypatch.setattr("untilup.checks.file.monotonic", made)
    return made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with one thing of each kind."""
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "entry").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("full")
    (tmp_path / "broken").symlink_to("missing")
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    return tmp_path


# By target, as its watcher keeps it; each test has directories of its own.
MEMORY: dict[Target, dict[object, object]] = {}


def look(place: Path, text: str) -> NotReady | None:
    """Return why ``file://PLACE/TEXT`` is not up, or None."""
    try:
        target = targets.parse_target(f"file://{place}/{text}", 0.0, {})
        file.check(Attempt(target, 1.0, memory=MEMORY.setdefault(target, {})))
    except NotReady as failure:
        return failure
    return None


def outcome(place: Path, text: str) -> str:
    """Return the reason of a look, or "up"."""
    failure = look(place, text)
    assert failure is None or failure.free
    return failure.reason if failure else "up"


TABLE = [
    # what is there: as it is, as a file, as a folder, with something in it, absent
    ("missing", "absent", "absent", "absent", "absent", "up"),
    ("missing/x", "absent", "absent", "absent", "absent", "up"),
    ("full/x", "absent", "absent", "absent", "absent", "up"),
    ("broken", "absent", "absent", "absent", "absent", "up"),
    ("empty", "up", "up", "wrong-type", "empty", "present"),
    ("full", "up", "up", "wrong-type", "up", "present"),
    ("link", "up", "up", "wrong-type", "up", "present"),
    ("folder", "up", "wrong-type", "up", "empty", "present"),
    ("home", "up", "wrong-type", "up", "up", "present"),
    ("home/", "up", "wrong-type", "up", "up", "present"),
    ("pipe", "up", "wrong-type", "wrong-type", "empty", "present"),
    ("socket", "up", "wrong-type", "wrong-type", "empty", "present"),
    ("loop", "failed", "failed", "failed", "failed", "failed"),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_what_is_there(place: Path, row: tuple[str, ...]) -> None:
    """Each kind of thing is up, or is not for a reason, with each option."""
    options = ("", "#type=file", "#type=dir", "#nonempty", "#absent")
    assert tuple(outcome(place, f"{row[0]}{option}") for option in options) == row[1:]


def test_both_options_have_to_hold(place: Path) -> None:
    """Of several options each has to hold."""
    assert outcome(place, "home#type=dir&nonempty") == "up"
    assert outcome(place, "home#type=file&nonempty") == "wrong-type"
    assert outcome(place, "folder#type=dir&nonempty") == "empty"


def says(place: Path, text: str) -> str:
    """Return what a failed look says of the target."""
    failure = look(place, text)
    assert failure
    return failure.says


def test_what_proves_down(place: Path) -> None:
    """That a file is not as it should be proves it down; without its folder it may be misspelled."""
    assert says(place, "missing") == DOWN
    assert says(place, "full#absent") == DOWN
    assert says(place, "full#type=dir") == DOWN
    assert says(place, "empty#nonempty") == DOWN
    assert says(place, "missing/x") == ABSENT
    assert says(place, "full#stable=1h") == ALIVE


def test_stable_is_as_long_as_the_size_is_the_same(place: Path, clock: Clock) -> None:
    """With stable= a file counts once its size has not changed for so long."""
    assert outcome(place, "full#stable=2s") == "changing"
    clock.now += 1.9
    assert outcome(place, "full#stable=2s") == "changing"
    clock.now += 0.1
    assert outcome(place, "full#stable=2s") == "up"


def test_a_change_begins_anew(place: Path, clock: Clock) -> None:
    """Each change of size, and each time that it is gone, begins the time anew."""
    assert outcome(place, "full#stable=2s") == "changing"
    clock.now += 1.9
    (place / "full").write_text("xx")
    assert outcome(place, "full#stable=2s") == "changing"
    clock.now += 1.9
    (place / "full").rename(place / "away")
    assert outcome(place, "full#stable=2s") == "absent"
    (place / "away").rename(place / "full")
    assert outcome(place, "full#stable=2s") == "changing"
    clock.now += 2
    assert outcome(place, "full#stable=2s") == "up"


def test_a_folders_size_is_its_number_of_entries(place: Path, clock: Clock) -> None:
    """A folder is stable while nothing is added to it, or taken away."""
    assert outcome(place, "home#stable=2s") == "changing"
    clock.now += 1.9
    (place / "home" / "another").touch()
    assert outcome(place, "home#stable=2s") == "changing"
    clock.now += 2
    assert outcome(place, "home#stable=2s") == "up"


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("file:///a#absent&type=dir", "what is absent has no 'type'"),
        ("file:///a#nonempty&absent", "what is absent has no 'nonempty'"),
        ("file:///a#absent=yes&stable=1s", "what is absent has no 'stable'"),
        ("file:///a#type=socket", "give file or dir"),
        ("file:///a#stable=0", "option 'stable'"),
        ("file:///a%00b", "NUL"),
        ("file://a", "file:///run/x"),
        (f"file:///{'x' * 256}", "between two slashes"),
        ("file://" + "/x" * 2048, "at most 4095 bytes"),
    ],
)
def test_malformed(word: str, problem: str) -> None:
    """What no file can be, and options that contradict each other, are refused before any look."""
    with pytest.raises(UsageError) as caught:
        targets.parse_target(word, 0.0, {})
    assert problem in str(caught.value)


def test_absent_no_is_nothing_said() -> None:
    """A flag that is switched off contradicts nothing."""
    assert (
        targets.parse_target("file:///a#absent=no&type=dir", 0.0, {}).options["type"] == file.FOLDER
    )


@given(st.text(st.characters(exclude_categories=())))
def test_any_path_is_looked_at_or_refused(text: str) -> None:
    """Whatever the path and the options: it is refused, or it is up, or it is not for a reason."""
    try:
        file.check(Attempt(targets.parse_target(f"file:///nowhere/{text}", 0.0, {}), 1.0))
    except (UsageError, NotReady):
        pass


@pytest.mark.usefixtures("nobody")
def test_what_may_not_be_looked_at(public: Path) -> None:
    """A file in a folder that this user may not enter is neither there nor absent."""
    (public / "closed").mkdir(mode=0o000)
    (public / "list").mkdir(mode=0o311)
    assert outcome(public, "closed/x") == outcome(public, "closed/x#absent") == "forbidden"
    assert outcome(public, "list") == "up"
    assert outcome(public, "list#nonempty") == "forbidden"
