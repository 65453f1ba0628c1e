"""Where the images of the tests come from, with an engine that is a script."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError, ImageNotFound

from tests.support import images
from tests.support.images import OFFICIAL, Images, archive_of


class Engine:
    """Has some images, can pull some, and writes down what it was asked for."""

    def __init__(self, *has: str, pulls: tuple[str, ...] = ()) -> None:
        self.has, self.pulls = [*has], pulls
        self.asked: list[str] = []
        self.images = self.api = self

    def get(self, reference: str) -> str:
        if reference not in self.has:
            raise ImageNotFound(reference)
        return reference

    def pull(self, reference: str, **_: object) -> Iterator[bytes]:
        self.asked.append(f"pull {reference}")
        if reference not in self.pulls:
            raise APIError("no such host")
        self.has.append(reference)
        return iter([b"pulled"])

    def load(self, content: Any) -> None:
        self.asked.append("load")
        self.has.append(content.read().decode())


@pytest.fixture(autouse=True)
def nothing_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep images in a directory of the test, without a program that builds any."""
    for name in OFFICIAL:
        monkeypatch.delenv(f"UNTILUP_TEST_IMAGE_{name.upper()}", raising=False)
    monkeypatch.delenv("UNTILUP_REQUIRE_DOCKER", raising=False)
    monkeypatch.setattr(images, "CACHE", tmp_path)

    def no_program(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(127, "rootfs.sh", stderr="mmdebstrap: not found")

    monkeypatch.setattr(subprocess, "run", no_program)


def own(name: str) -> str:
    """Return the name of the image that would be made here."""
    return f"untilup-test/{name}:{source(Engine())._hash(name)}"


def source(engine: Engine) -> Images:
    """Return where images come from, if *engine* is the engine."""
    return Images(engine)  # type: ignore[arg-type]  # a script in its place


def test_what_a_variable_names_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The image that a variable names is taken, whatever else there is."""
    monkeypatch.setenv("UNTILUP_TEST_IMAGE_REDIS", "mine:1")
    engine = Engine("mine:1", own("redis"), OFFICIAL["redis"])
    assert source(engine).get("redis") == "mine:1"


def test_then_what_was_made_here() -> None:
    """An image made here before comes before the official one, and nothing is pulled."""
    engine = Engine(own("redis"), OFFICIAL["redis"])
    assert source(engine).get("redis") == own("redis")
    assert engine.asked == []


def test_then_what_was_kept_as_a_file() -> None:
    """What an engine that is new has lost is loaded from its file."""
    archive_of(own("redis")).parent.mkdir()
    archive_of(own("redis")).write_text(own("redis"))
    engine = Engine(pulls=(OFFICIAL["redis"],))
    assert source(engine).get("redis") == own("redis")
    assert engine.asked == ["load"]


def test_then_the_official_one_that_is_here() -> None:
    """The official image is not pulled where the engine has it."""
    engine = Engine(OFFICIAL["redis"])
    assert source(engine).get("redis") == OFFICIAL["redis"]
    assert engine.asked == []


def test_then_the_official_one_that_can_be_pulled() -> None:
    """The official image is pulled, once."""
    engine = Engine(pulls=(OFFICIAL["redis"],))
    found = source(engine)
    assert [found.get("redis"), found.get("redis")] == [OFFICIAL["redis"]] * 2
    assert engine.asked == [f"pull {OFFICIAL['redis']}"]


@pytest.mark.parametrize("name", ["python", "redis", "wheel", "untilup", "binary"])
def test_else_there_is_none(name: str) -> None:
    """Without any, the test is skipped, and the reason tells all that was tried, once."""
    engine = Engine()
    found = source(engine)
    for _ in range(2):
        with pytest.raises(pytest.skip.Exception, match=r"no such host.*mmdebstrap: not found"):
            found.get(name)
    assert len(engine.asked) == len(set(engine.asked))


def test_nothing_is_skipped_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """With UNTILUP_REQUIRE_DOCKER=1 it is a failure."""
    monkeypatch.setenv("UNTILUP_REQUIRE_DOCKER", "1")
    with pytest.raises(pytest.fail.Exception, match="no image for redis"):
        source(Engine()).get("redis")
