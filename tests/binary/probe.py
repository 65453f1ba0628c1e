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
NAME = "probe"


class Probe:
    """The executable with another main(), which runs the Python text that it is given.

    The arguments are those that start it.
    """

    def __init__(self, *words: str | Path) -> None:
        self._words = words

    def run(
        self, *argv: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a text, the first of *argv*, which sees them all in sys.argv, from the second on."""
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

    def modules(self) -> set[str]:
        """Return the names of the modules inside, without those that CPython itself starts with."""
        return set(self.run().stdout.split())


def needs_of_a_build() -> None:
    """Skip, or fail, if binary/build cannot run."""
    requirements.programs(
        "a build", "gcc", "make", "patch", "perl", "xz", required="UNTILUP_REQUIRE_BINARY"
    )


def build(directory: Path, *options: str) -> Path:
    """Build it from this checkout's source into *directory*; skip, or fail, if that is impossible."""
    needs_of_a_build()
    executable = directory / NAME
    done = subprocess.run(
        [BUILD, *options, "probe", HERE / "probe.c", executable],
        capture_output=True,
        text=True,
        timeout=LONGEST_BUILD,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return executable


def copy_checkout(directory: Path) -> Path:
    """Put what is built into *directory*, as a checkout of its own, and return it."""
    for name in ("binary", "src"):
        shutil.copytree(CHECKOUT / name, directory / name)
    (directory / ".venv").symlink_to(CHECKOUT / ".venv")
    return directory


def build_in(
    checkout: Path, what: str, *starter: str, env: dict[str, str] | None = None, **options: Any
) -> None:
    """Run `binary/build WHAT` in a *checkout*, by a program that starts another, if one is given.

    *env* is added to what a build needs of the environment; *options* are Popen's.
    """
    needs_of_a_build()
    kept = {name: os.environ[name] for name in BUILD_VARIABLES if name in os.environ}
    done = subprocess.run(
        [*starter, checkout / "binary" / "build", what],
        env={**kept, **(env or {})},
        capture_output=True,
        text=True,
        timeout=LONGEST_BUILD,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def text(name: str) -> str:
    """Return one of the texts that tests run inside."""
    return (HERE / "inside" / name).read_text()
