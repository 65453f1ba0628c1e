"""Fixtures for tests by `podman kube play`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kube.manifests import DIRECTORY, Manifest
from tests.kube.podman import Cluster, Failed, Podman
from tests.support import requirements
from tests.support.untilup_process import BINARY, PATIENCE
from untilup import __version__
from wheelhouse import CHECKOUT

REQUIRED = "UNTILUP_REQUIRE_PODMAN"
APP = Path(__file__).with_name("app")
# As the examples call them.
IMAGES = "registry.example"
UNTILUP = f"{IMAGES}/untilup:{__version__}"
APPLICATION = f"{IMAGES}/app:1"
WITH_UNTILUP = f"{IMAGES}/app-with-untilup:1"

# The ports of the dependencies, and their answers to a check: a request for a password
# (AuthenticationCleartextPassword); PONG.
DEPENDENCIES = {
    "db": ("5432", r"R\000\000\000\010\000\000\000\003"),
    "cache": ("6379", r"+PONG\r\n"),
}


@pytest.fixture(scope="session")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    """Return podman, which has the images of the examples; skip, or fail, where it cannot run them."""
    if os.geteuid() != 0:
        requirements.missing("podman is run as root here", REQUIRED)
    requirements.programs("podman kube play", "podman", "busybox", "umount", required=REQUIRED)
    requirements.binary()
    podman = Podman(directory_of_the_run())
    try:
        make_images(podman, tmp_path_factory.mktemp("contexts"))
        podman.run("pod", "create", "--name", "tried")
        podman.run("run", "--rm", "--pod", "tried", UNTILUP, "--version")
    except (Failed, subprocess.TimeoutExpired) as error:
        requirements.missing(f"podman runs no pods here: {error}", REQUIRED)
    yield podman
    podman.close()


def directory_of_the_run() -> Path:
    """Make a directory for the one podman of this test run; podman needs a short path."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    directory = Path(tempfile.gettempdir(), f"untilup-{run[:8]}")
    try:
        directory.mkdir()
    except FileExistsError:
        # Two podmans would give the same addresses to their networks.
        pytest.fail(
            "two processes run podman: pytest -n needs --dist loadgroup, and the pytest that"
            " pyproject.toml names"
        )
    return directory


def make_images(podman: Podman, directory: Path) -> None:
    """Make the images of the examples: untilup's, and stand-ins for the application's."""
    context = directory / "untilup"
    context.mkdir()
    shutil.copy(BINARY, context / "untilup")
    shutil.copy(CHECKOUT / "LICENSE", context)
    # The last stage of the Dockerfile, which is given the executable in place of the stage before.
    *_, last = (CHECKOUT / "Dockerfile").read_text().partition("\nFROM scratch\n")
    stage = "FROM scratch\n" + last.replace("--from=executable-build ", "")
    (context / "Dockerfile").write_text(stage)
    podman.build(context, "untilup", "--tag", UNTILUP)

    context = directory / "app"
    shutil.copytree(APP, context)
    shutil.copy(str(shutil.which("busybox")), context / "busybox")
    podman.build(context, APPLICATION)

    context = directory / "app-with-untilup"
    context.mkdir()
    taken = f"COPY --from={UNTILUP} /untilup /usr/local/bin/"
    assert taken in (DIRECTORY / "cronjob.yaml").read_text()
    (context / "Dockerfile").write_text(
        f"FROM {APPLICATION}\n{taken}\nENV PATH=/usr/local/bin:/bin\n"
    )
    podman.build(context, WITH_UNTILUP)


@pytest.fixture
def cluster(podman: Podman, tmp_path: Path) -> Iterator[Cluster]:
    """Return an empty network of pods."""
    cluster = Cluster(podman, tmp_path)
    yield cluster
    cluster.close()


@pytest.fixture
def dependency(cluster: Cluster) -> Callable[[str], Callable[[], None]]:
    """Return what starts the pod of a dependency, by its name, and returns what has it begin."""

    def start(name: str) -> Callable[[], None]:
        play = cluster.play(pod_of(name))
        assert play.wait(timeout=PATIENCE) == 0, play.communicate()[0]

        def begin() -> None:
            cluster.podman.run("exec", f"{name}-server", "touch", "/go")

        return begin

    return start


def pod_of(name: str) -> Manifest:
    """Return the pod of the dependency called *name*."""
    server = {
        "name": "server",
        "image": APPLICATION,
        "command": ["/bin/serve", *DEPENDENCIES[name]],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"restartPolicy": "Never", "containers": [server]},
    }
