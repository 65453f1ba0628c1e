"""The pods of examples/kubernetes, run by `podman kube play`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kube.manifests import DIRECTORY, Manifest, container, one_pod
from tests.kube.podman import Cluster
from tests.support.eventually import Eventually
from tests.support.untilup_process import PATIENCE, status_fields

# One process has podman's storage.
pytestmark = [pytest.mark.podman, pytest.mark.xdist_group("podman")]

Dependency = Callable[[str], Callable[[], None]]
# As in the examples.
USER = 65_532


def example(name: str, *, untilup: str | None = None, timeout: str = "") -> Manifest:
    """Return the pod of the example called *name*, its container *untilup* with another *timeout*."""
    pod = one_pod(DIRECTORY / f"{name}.yaml")
    if untilup:
        each = container(pod["spec"], untilup)
        words = each["command"] if "command" in each else each["args"]
        words[words.index("-t") + 1] = timeout
    return pod


def test_an_init_container_waits_for_other_pods(
    cluster: Cluster, dependency: Dependency, eventually: Eventually
) -> None:
    """The application starts when all that is waited for is up, and not before."""
    dependency("cache")()
    db = dependency("db")
    play = cluster.play(example("init-container"))
    eventually(lambda: "redis://cache:6379 is up" in cluster.podman.output("app-wait"))
    assert cluster.podman.check_once("app-app")["Status"] == "created"
    db()
    assert play.wait(timeout=PATIENCE) == 0
    assert cluster.podman.check_once("app-wait")["ExitCode"] == 0
    assert "all targets are up" in cluster.podman.output("app-wait")
    eventually(lambda: cluster.podman.output("app-app"))
    assert told_by_the_application(cluster, "app-app")["argv"] == "--serve"


def test_a_dependency_that_is_created_later(
    cluster: Cluster, dependency: Dependency, eventually: Eventually
) -> None:
    """A pod whose name does not resolve yet is waited for, too."""
    play = cluster.play(example("job"))
    eventually(lambda: "postgres://db:5432 is not up" in cluster.podman.output("migrate-wait"))
    dependency("db")()
    assert play.wait(timeout=PATIENCE) == 0
    eventually(lambda: cluster.podman.check_once("migrate-migrate")["Status"] == "exited")
    assert cluster.podman.check_once("migrate-migrate")["ExitCode"] == 0
    assert told_by_the_application(cluster, "migrate-migrate")["argv"] == "--migrate"


def test_an_init_container_is_restricted(cluster: Cluster, eventually: Eventually) -> None:
    """It waits as a user without a name, without capabilities or a file system to write to."""
    cluster.play(example("init-container"))
    eventually(lambda: "is not up" in cluster.podman.output("app-wait"))
    assert_restricted(cluster.podman.check_once("app-wait")["Pid"])


def test_a_wrapper_is_copied_and_waits(
    cluster: Cluster, dependency: Dependency, eventually: Eventually
) -> None:
    """untilup, copied into the pod, becomes the command of an image that does not have it."""
    dependency("cache")()
    db = dependency("db")
    cluster.play(example("wrapper"))
    eventually(lambda: "postgres://db:5432 is not up" in cluster.podman.output("app-app"))
    before = cluster.podman.check_once("app-app")["Pid"]
    assert_restricted(before)
    db()
    eventually(lambda: "argv" in cluster.podman.output("app-app"))
    assert cluster.podman.check_once("app-app")["Pid"] == before
    told = told_by_the_application(cluster, "app-app")
    assert (told["argv"], told["pid"], told["root"]) == ("--serve", 1, "read-only")
    assert "UNTILUP" not in told["environment"]
    assert_restricted(before)


def test_a_wrapper_in_an_image_of_ones_own(cluster: Cluster, dependency: Dependency) -> None:
    """A run of the CronJob waits, becomes the report, and ends with its status."""
    dependency("db")()
    cluster.play(example("cronjob")).wait(timeout=PATIENCE)
    assert ended(cluster, "report-report")["ExitCode"] == 0
    assert told_by_the_application(cluster, "report-report")["argv"] == "--report"


@pytest.mark.parametrize(
    ("name", "untilup", "app"),
    [("init-container", "wait", "app"), ("job", "wait", "migrate")],
)
def test_the_application_does_not_start_after_a_time_out(
    cluster: Cluster, name: str, untilup: str, app: str
) -> None:
    """An init container that times out ends with 124 and says why, and nothing else is started."""
    pod = example(name, untilup=untilup, timeout="1s")
    play = cluster.play(pod)
    output, _ = play.communicate(timeout=PATIENCE)
    assert play.returncode != 0
    assert "exited with code 124" in output
    prefix = pod["metadata"]["name"]
    assert cluster.podman.check_once(f"{prefix}-{untilup}")["ExitCode"] == 124
    assert "postgres://db:5432: name not found" in cluster.podman.output(f"{prefix}-{untilup}")
    assert cluster.podman.check_once(f"{prefix}-{app}")["Status"] == "created"


def test_a_run_that_times_out(cluster: Cluster, dependency: Dependency) -> None:
    """A run of the CronJob whose database does not listen ends with 124, and without the report."""
    dependency("db")
    cluster.play(example("cronjob", untilup="report", timeout="1s")).wait(timeout=PATIENCE)
    assert ended(cluster, "report-report")["ExitCode"] == 124
    text = cluster.podman.output("report-report")
    assert "connection refused" in text
    assert "argv" not in text


def ended(cluster: Cluster, name: str) -> Any:
    """Wait for the end of the container called *name*, and return its state."""
    cluster.podman.run("wait", name)
    return cluster.podman.check_once(name)


def told_by_the_application(cluster: Cluster, name: str) -> Any:
    """Return what the application in the container called *name* has told of itself."""
    lines = cluster.podman.output(name).splitlines()
    return json.loads(next(line for line in lines if line.startswith("{")))


def assert_restricted(pid: int) -> None:
    """Assert that the process *pid* has what the security contexts of the examples leave it."""
    process = Path("/proc", str(pid))
    status = status_fields((process / "status").read_text())
    assert status["Uid"].split() == [str(USER)] * 4
    assert status["Gid"].split() == [str(USER)] * 4
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd")} == {0}
    assert status["NoNewPrivs"] == "1"
    # A filter, which is the runtime's default.
    assert status["Seccomp"] == "2"
    mounts = (line.split() for line in (process / "mountinfo").read_text().splitlines())
    (root,) = [options for _, _, _, _, place, options, *_ in mounts if place == "/"]
    assert "ro" in root.split(",")
