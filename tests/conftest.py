"""Fixtures that all tests share."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import profiles, requirements, tcp_servers
from tests.support.scripted_clock import Clock
from tests.support.signals import ENDING
from tests.support.untilup_process import BINARY, PATIENCE, WHEEL, Program

if TYPE_CHECKING:
    from tests.support.images import Images

profiles.load()

# As Debian and most others have it.
NOBODY = 65_534


@pytest.fixture(params=[WHEEL, BINARY], ids=["wheel", "binary"])
def built(request: pytest.FixtureRequest) -> str:
    """Return untilup as it is installed by pip, and as one executable."""
    if request.param == BINARY:
        requirements.binary()
    return str(request.param)


@pytest.fixture
def untilup(built: str) -> Iterator[Program]:
    """Return untilup, ready to be run."""
    program = Program([built])
    yield program
    program.end()


@pytest.fixture
def port() -> Iterator[int]:
    """Return a port that refuses, on every address of loopback, and that the test owns."""
    with tcp_servers.refusing() as owned:
        yield owned


@pytest.fixture
def up() -> Iterator[int]:
    """Run a silent server, which is up, and return its port."""
    with tcp_servers.serving(tcp_servers.silent) as port:
        yield port


@pytest.fixture
def clock(untilup: Program, tmp_path: Path) -> Clock:
    """Return the clock of *untilup*, which the test can set forward."""
    return Clock(untilup, tmp_path)


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Return what waits until something is true, and fails if it does not become so."""

    def wait_until(is_true: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_true():
            assert time.monotonic() < deadline, f"{is_true} did not become true"
            time.sleep(0.01)

    return wait_until


@pytest.fixture
def as_from_a_shell() -> Iterator[None]:
    """Start processes with default signals, however the tests were started, and without cores."""
    ignored = [signum for signum in ENDING if signal.getsignal(signum) == signal.SIG_IGN]
    for signum in ignored:
        signal.signal(signum, signal.SIG_DFL)
    core = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, core[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, core)
    for signum in ignored:
        signal.signal(signum, signal.SIG_IGN)


@pytest.fixture
def public() -> Iterator[Path]:
    """Return a folder that everybody may use."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        for each in folder.iterdir():
            if each.is_dir():
                each.chmod(0o700)


@pytest.fixture
def nobody(public: Path) -> Iterator[None]:  # noqa: ARG001 - which is removed by who has made it
    """Be a user who may do what everybody may."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(before)


@pytest.fixture(scope="session")
def images() -> Iterator[Images]:
    """Return where images come from; without a Docker engine, skip or fail."""
    # What was started is removed by who started it; the reaper is one more image to be had.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    # Imported here, because it takes half a second that most tests need not wait for.
    import docker

    from tests.support.images import LONGEST_PULL, Images, hindrance

    if why := hindrance():
        requirements.missing(why, "UNTILUP_REQUIRE_DOCKER")
    with contextlib.closing(docker.from_env(timeout=LONGEST_PULL)) as engine:
        yield Images(engine)
