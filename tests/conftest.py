"""Fixtures that all tests share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

import servers
from program import PATIENCE, Program, installed


@pytest.fixture
def untilup() -> Iterator[Program]:
    """Return untilup as it is installed, ready to be run."""
    program = Program(installed())
    yield program
    program.end()


@pytest.fixture
def port() -> int:
    """Return a loopback port on which nobody listens."""
    return servers.free_port()


@pytest.fixture
def up() -> Iterator[int]:
    """Run a silent server, which is up, and return its port."""
    with servers.serving(servers.silent) as port:
        yield port


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Return what waits until something is true, and fails if it does not become so."""

    def wait_until(is_true: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_true():
            assert time.monotonic() < deadline, f"{is_true} did not become true"
            time.sleep(0.01)

    return wait_until
