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
from untilup.errors import ABSENT, ALIVE, DOWN, INCONCLUSIVE, NeverReady, NotReady, UsageError
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
    """Return a directory with one thing of each kind."""
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_text("x")
    (tmp_path / "directory").mkdir()
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


def check_once(place: Path, text: str) -> NotReady | None:
    """Return why ``file://PLACE/TEXT`` is not up, or None."""
    try:
        target = targets.parse_target(f"file://{place}/{text}", 0.0, {})
        file.check(Attempt(target, 1.0, memory=MEMORY.setdefault(target, {})))
    except NotReady as failure:
        return failure
    return None


def outcome(place: Path, text: str) -> str:
    """Return the reason of an attempt, or "up"."""
    failure = check_once(place, text)
    assert failure is None or failure.cheap
    return failure.reason if failure else "up"


TABLE = [
    # what is there: as it is, as a file, as a directory, with something in it, absent
    ("missing", "absent", "absent", "absent", "absent", "up"),
    ("missing/x", "absent", "absent", "absent", "absent", "up"),
    ("full/x", "absent", "absent", "absent", "absent", "up"),
    ("broken", "absent", "absent", "absent", "absent", "up"),
    ("empty", "up", "up", "wrong-type", "empty", "present"),
    ("full", "up", "up", "wrong-type", "up", "present"),
    ("link", "up", "up", "wrong-type", "up", "present"),
    ("directory", "up", "wrong-type", "up", "empty", "present"),
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
    assert outcome(place, "directory#type=dir&nonempty") == "empty"


def says(place: Path, text: str) -> str:
    """Return what a failed attempt says of the target."""
    failure = check_once(place, text)
    assert failure
    return failure.evidence


def test_what_proves_down(place: Path) -> None:
    """A file that is not as required proves down; without its directory the path may be misspelled."""
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


def test_a_directorys_size_is_its_number_of_entries(place: Path, clock: Clock) -> None:
    """A directory is stable while nothing is added to it, or taken away."""
    assert outcome(place, "home#stable=2s") == "changing"
    clock.now += 1.9
    (place / "home" / "another").touch()
    assert outcome(place, "home#stable=2s") == "changing"
    clock.now += 2
    assert outcome(place, "home#stable=2s") == "up"


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("file:///a#absent&type=dir", "'absent' and 'type' contradict"),
        ("file:///a#nonempty&absent", "'absent' and 'nonempty' contradict"),
        ("file:///a#absent=yes&stable=1s", "'absent' and 'stable' contradict"),
        ("file:///a#type=socket", "write file or dir"),
        ("file:///a#stable=0", "option 'stable'"),
        ("file:///a%00b", "NUL"),
        ("file://a", "write 'file:///a'"),
        (f"file:///{'x' * 256}", "between two slashes"),
        ("file://" + "/x" * 2048, "at most 4095 bytes"),
    ],
)
def test_malformed(word: str, problem: str) -> None:
    """What no file can be, and options that contradict each other, are refused before any attempt."""
    with pytest.raises(UsageError) as caught:
        targets.parse_target(word, 0.0, {})
    assert problem in str(caught.value)


def test_absent_no_is_nothing_said() -> None:
    """A flag that is switched off contradicts nothing."""
    assert (
        targets.parse_target("file:///a#absent=no&type=dir", 0.0, {}).options["type"]
        == file.DIRECTORY
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
    """A file in a directory that this user may not enter is neither there nor absent."""
    (public / "closed").mkdir(mode=0o000)
    (public / "list").mkdir(mode=0o311)
    assert outcome(public, "closed/x") == outcome(public, "closed/x#absent") == "forbidden"
    assert outcome(public, "list") == "up"
    assert outcome(public, "list#nonempty") == "forbidden"


def test_contains(place: Path) -> None:
    """With contains= the file must have the text, and each attempt reads on from the last one."""
    log = place / "log"
    assert outcome(place, "log#contains=ready") == "absent"
    log.write_text("starting, rea")
    assert outcome(place, "log#contains=ready") == "missing-text"
    assert says(place, "log#contains=ready") == DOWN
    with log.open("a") as file:
        file.write("dy\n")
    assert outcome(place, "log#contains=ready") == "up"
    assert outcome(place, "log#contains=ready") == "up", "once found, it stays found"


def test_a_log_begins_anew(place: Path) -> None:
    """After rotation, truncation, and where what was read has changed, the file is read anew."""
    log = place / "log"
    for begin_anew in (
        lambda: (log.rename(place / "log.1"), log.write_text("not yet, not yet")),
        lambda: log.write_text("no"),
        lambda: log.write_text(
            "something else that is longer than what was there, and the same file"
        ),
    ):
        log.write_text("it is ready")
        assert outcome(place, "log#contains=ready") == "up"
        begin_anew()
        assert outcome(place, "log#contains=ready") == "missing-text"


def test_a_bound_for_each_attempt(place: Path) -> None:
    """An attempt reads 1 MiB at most, and proves nothing before the end."""
    (place / "log").write_bytes(b"x" * (2 * file.MAX_READ - 3) + b"ready")
    for _ in range(2):
        failure = check_once(place, "log#contains=ready")
        assert failure
        assert (failure.reason, failure.evidence, failure.cheap) == (
            "missing-text",
            INCONCLUSIVE,
            True,
        )
        assert "longer than 1024 KiB" in failure.detail
    assert outcome(place, "log#contains=ready") == "up"


@pytest.mark.parametrize("there", ["pipe", "socket", "directory"])
def test_only_a_file_contains(place: Path, there: str) -> None:
    """A pipe, a device and a directory are not opened."""
    assert outcome(place, f"{there}#contains=x") == "wrong-type"


@given(text=st.binary(min_size=1, max_size=6), pieces=st.lists(st.binary(max_size=9), max_size=6))
def test_a_text_is_found_wherever_an_attempt_stops(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, pieces: list[bytes]
) -> None:
    """What is found depends on the bytes alone, and not on when they were written."""
    log = tmp_path_factory.mktemp("logs") / "log"
    log.touch()
    encoded = "".join(f"%{byte:02x}" for byte in text)
    whole = b""
    for piece in [*pieces[:-1], *(pieces[-1:] and [pieces[-1] + text[:1], text[1:]])]:
        whole += piece
        with log.open("ab") as writer:
            writer.write(piece)
        assert outcome(log.parent, f"log#contains={encoded}") == (
            "up" if text in whole else "missing-text"
        )


def test_failed(place: Path) -> None:
    """Once anything is at the path of failed=, the target can never be up."""
    word = f"missing#failed={place}/failed"
    assert outcome(place, word) == "absent"
    (place / "failed").touch()
    with pytest.raises(NeverReady, match="the step before has given up") as raised:
        check_once(place, word)
    assert raised.value.reason == "present"
    with pytest.raises(NeverReady):
        check_once(place, f"full#failed={place}/failed")
    failure = check_once(place, f"full#failed={place}/loop")
    assert failure
    assert failure.detail.startswith(f"{place}/loop (failed=): ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("absent&contains=x", "'absent' and 'contains' contradict"),
        ("type=dir&contains=x", "'type=dir' and 'contains' contradict"),
        ("contains=", "some text"),
        ("failed=x", "an absolute path"),
        (f"failed=/{'x' * 256}", "255 between two slashes"),
    ],
)
def test_malformed_options(options: str, words: str) -> None:
    """Options that make no sense are usage errors."""
    with pytest.raises(UsageError) as raised:
        targets.parse_target(f"file:///x#{options}", 0.0, {})
    assert words in str(raised.value)
