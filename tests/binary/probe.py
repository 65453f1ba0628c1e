"""Python inside of the executable, which by itself runs nothing but untilup."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.support import requirements
from tests.support.untilup_process import BINARY, PATIENCE

HERE = Path(__file__).parent
CHECKOUT = BINARY.parents[1]
BUILD = CHECKOUT / "binary" / "build"
# Of CPython too, where nothing of an earlier build is kept.
LONGEST_BUILD = 1200
# Where its tools are, and what it has built before.
BUILD_VARIABLES = ("PATH", "HOME", "XDG_CACHE_HOME")


class Probe:
    """The executable with another main(), which runs the Python text that it is given.

    The words are those that start it.
    """

    def __init__(self, *words: str | Path) -> None:
        self._words = words

    def run(
        self, *argv: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a text, which is the first word and sees them all in sys.argv, from the second on."""
        return subprocess.run(
            [*self._words, *argv],
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=PATIENCE,
            check=False,
            env=env or {},
        )

    def ask(self, *argv: str, env: dict[str, str] | None = None) -> list[str]:
        """Return the words of the last line that a text prints."""
        done = self.run(*argv, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1].split()

    def frozen(self) -> set[str]:
        """Return the names of the modules that are frozen in, but for what CPython starts by."""
        return set(self.run().stdout.split())


def needs_of_a_build() -> None:
    """Skip, or fail, where binary/build cannot run."""
    requirements.programs(
        "a build", "gcc", "make", "patch", "perl", "xz", required="UNTILUP_REQUIRE_BINARY"
    )


def build(folder: Path, *options: str) -> Path:
    """Build it of this very source into *folder*; skip, or fail, where that cannot be."""
    needs_of_a_build()
    executable = folder / "probe"
    done = subprocess.run(
        [BUILD, *options, "probe", HERE / "probe.c", executable],
        capture_output=True,
        text=True,
        timeout=LONGEST_BUILD,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return executable


def copy_checkout(folder: Path) -> Path:
    """Put what is built into *folder*, as a checkout of its own, and return it."""
    for name in ("binary", "src"):
        shutil.copytree(CHECKOUT / name, folder / name)
    (folder / ".venv").symlink_to(CHECKOUT / ".venv")
    return folder


def build_in(checkout: Path, form: str, *starter: str, **options: Any) -> None:
    """Build a *form* in a *checkout*, by a program that starts another, if one is given."""
    needs_of_a_build()
    kept = {name: os.environ[name] for name in BUILD_VARIABLES if name in os.environ}
    done = subprocess.run(
        [*starter, checkout / "binary" / "build", form],
        env=kept,
        capture_output=True,
        text=True,
        timeout=LONGEST_BUILD,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def text(name: str) -> str:
    """Return one of the texts that are to be run inside."""
    return (HERE / "inside" / name).read_text()
