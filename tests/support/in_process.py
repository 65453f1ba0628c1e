"""untilup's main in the process of the test: what comes before a wait, without the start of a Python."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from time import monotonic
from typing import NoReturn, Protocol

import pytest

from tests.support import json_log
from untilup import main
from untilup.process import handover


class Runs(Protocol):
    """Runs untilup to its end: a Program, or this process."""

    def run(
        self, *argv: str | bytes, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run ``untilup ARGV``; *env* is added to PATH."""


class Exited(BaseException):
    """The process would have exited with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def exit_now(status: int) -> NoReturn:
    """Exit, as main does, but for the process."""
    raise Exited(status)


class InProcess:
    """Runs main without what it does to its process: signal handlers, descriptors and its end."""

    def __init__(self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capture = capture
        self._patch = patch

    def run(
        self, *argv: str | bytes, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run ``untilup ARGV``, which must end before it waits for anything, as Program.run() does."""
        environ = {"PATH": os.environ["PATH"], **(env or {})}
        self._capture.readouterr()
        with self._patch.context() as patch:
            patch.setattr(sys, "argv", ["untilup", *map(os.fsdecode, argv)])
            patch.setattr(os, "environ", environ)
            patch.setattr(handover, "exit_now", exit_now)
            patch.setattr(handover, "catch_signals", _nothing)
            patch.setattr(handover, "let_signals_wake", _nothing)
            patch.setattr(handover, "reserve_standard_fds", _nothing)
            patch.setattr(main, "wait", _no_wait)
            with pytest.raises(Exited) as ended:
                main.start(monotonic())
        out, err = self._capture.readouterr()
        for line in err.encode().splitlines():
            if line.startswith(json_log.BEGINNING):
                json_log.read_line(line)
        return subprocess.CompletedProcess(argv, ended.value.status, out, err)


def _nothing(*_: object) -> None:
    """Leave this process as it is."""


def _no_wait(*_: object) -> NoReturn:
    pytest.fail("it waits", pytrace=False)
