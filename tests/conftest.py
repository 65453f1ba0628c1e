"""Fixtures that all tests share."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import profiles, requirements, signals, tcp_servers
from tests.support.eventually import Eventually, eventually
from tests.support.scripted_clock import Clock
from tests.support.untilup_process import BINARY, MEASURE, WHEEL, Program

if TYPE_CHECKING:
    from tests.support.images import Images
    from tests.support.in_process import Runs

profiles.load()

# As Debian and most others have it.
NOBODY = 65_534
# The tests are not to find what the caller has set for an untilup of their own, nor what the caller's
# PATH names in directories that this user may not search.
for _name in [*os.environ]:
    if _name.startswith("UNTILUP_") and not _name.startswith(("UNTILUP_TEST_", "UNTILUP_REQUIRE_")):
        del os.environ[_name]
os.environ["PATH"] = os.pathsep.join(
    directory for directory in os.get_exec_path() if os.access(directory, os.X_OK)
)
# Otherwise gRPC's fork handlers run in each child before it executes untilup, and can crash it.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
# What `make test` runs, with the wheel; all else is `make test-rest`.
FAST_SUITES = ("unit", "integration")
DISTRIBUTIONS = {"wheel": WHEEL, "executable": BINARY}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose distributions, and leave out what `make test` has run."""
    group = parser.getgroup("untilup")
    group.addoption(
        "--distribution",
        choices=[*DISTRIBUTIONS, "both"],
        default="wheel",
        help="test untilup as pip installs it (the default), as one executable, or both",
    )
    group.addoption("--rest", action="store_true", help="leave out the cases that `make test` runs")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let no process that a test starts import coverage: measured() has them measured in another way.

    xdist's workers import it, because they run the tests. So only a process that runs tests does this.
    """
    if hasattr(session.config, "workerinput") or not session.config.getoption("numprocesses"):
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that starts untilup once for each distribution that is tested."""
    by_itself = {
        name
        for mark in metafunc.definition.iter_markers("parametrize")
        for name in (mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0])
    }
    if "distribution" in metafunc.fixturenames and "distribution" not in by_itself:
        chosen = metafunc.config.getoption("distribution")
        names = [*DISTRIBUTIONS] if chosen == "both" else [chosen]
        metafunc.parametrize(
            "distribution", [DISTRIBUTIONS[name] for name in names], indirect=True, ids=names
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what another command runs: the cases of `make test`, and those of a release."""
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        of_a_release = item.get_closest_marker("release") and not config.getoption("markexpr")
        before = config.getoption("rest") and _is_fast(item)
        (left_out if of_a_release or before else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def _is_fast(item: pytest.Item) -> bool:
    suite = item.path.relative_to(Path(__file__).parent).parts[0]
    parameters = getattr(item, "callspec", None)
    return suite in FAST_SUITES and not (
        parameters and parameters.params.get("distribution") == BINARY
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print each reason for skipped tests once, with the number of these tests."""
    reasons = Counter(
        str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        for report in terminalreporter.getreports("skipped")
    )
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count} skipped: {reason.removeprefix('Skipped: ')}")


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without coverage of processes, which writes a file for each."""
    monkeypatch.delenv(MEASURE, raising=False)


@pytest.fixture
def distribution(request: pytest.FixtureRequest) -> str:
    """Return the path of untilup as pip installs it, or of the executable."""
    if request.param == BINARY:
        requirements.binary()
    return str(request.param)


@pytest.fixture
def untilup(distribution: str) -> Iterator[Program]:
    """Return untilup, ready to be run."""
    program = Program([distribution])
    yield program
    program.end()


@pytest.fixture
def answers(
    untilup: Program,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Runs:
    """Return what runs untilup where it answers before a wait: the wheel in this process."""
    if untilup.words == [str(BINARY)]:
        return untilup
    # Imported here, because the suites that start untilup as a process need nothing of it.
    from tests.support.in_process import InProcess

    return InProcess(capfd, monkeypatch)


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


@pytest.fixture(name="eventually")
def _eventually() -> Eventually:
    """Return the function that waits until something is true."""
    return eventually


@pytest.fixture(autouse=True)
def _signals_stay_as_they_are() -> Iterator[None]:
    """Fail a test after which the processes of later tests would have other signals blocked or ignored."""
    before = signals.inherited()
    yield
    assert signals.inherited() == before


@pytest.fixture
def as_from_a_shell() -> Iterator[None]:
    """Start processes as a shell does: with default signals, and without core files."""
    with signals.as_from_a_shell():
        yield


@pytest.fixture
def public() -> Iterator[Path]:
    """Return a directory that every user may use."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o777)
        yield directory
        for each in directory.iterdir():
            if each.is_dir():
                each.chmod(0o700)


@pytest.fixture
def nobody(public: Path) -> Iterator[None]:  # noqa: ARG001 - the user who made it removes it
    """Run as a user without privileges."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(before)


@pytest.fixture(scope="session")
def images() -> Iterator[Images]:
    """Return where images come from; without a Docker engine, skip or fail."""
    # The tests remove what they started; the reaper would need one more image.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    # Imported here, because it takes half a second that most tests need not wait for.
    import docker

    from tests.support.images import LONGEST_PULL, Images, hindrance

    if why := hindrance():
        requirements.missing(why, "UNTILUP_REQUIRE_DOCKER")
    with contextlib.closing(docker.from_env(timeout=LONGEST_PULL)) as engine:
        yield Images(engine)
