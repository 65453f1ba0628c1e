"""The termination message, by a file that is mounted as the kubelet mounts it (docs/design.md, Output).

podman knows no terminationMessagePath. The kubelet makes an empty file, which all users may write to,
and mounts it into the container (kuberuntime_container.go).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kube.conftest import UNTILUP, WITH_UNTILUP
from tests.kube.podman import Podman
from tests.support.untilup_process import PATIENCE

# One process has podman's storage.
pytestmark = [pytest.mark.podman, pytest.mark.xdist_group("podman")]

# What the restricted profile leaves to a container, and an unprivileged user.
RESTRICTED = "--user 65534:65534 --read-only --cap-drop ALL --security-opt no-new-privileges"
SUMMARY = "timed out after 0.3s; "

Run = Callable[..., int]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return the file that is the container's termination log."""
    file = tmp_path / "termination-log"
    file.touch()
    file.chmod(0o666)
    return file


@pytest.fixture
def run(podman: Podman, log: Path) -> Run:
    """Return what runs an image with that log, and returns its exit status."""

    def run_it(*image_and_argv: str, path: str = "/dev/termination-log") -> int:
        where = ("--rm", "--network", "none", "--volume", f"{log}:{path}")
        process = podman.start("run", *RESTRICTED.split(), *where, *image_and_argv)
        process.communicate(timeout=PATIENCE)
        return process.returncode

    return run_it


def test_a_time_out_is_the_message(run: Run, log: Path) -> None:
    """Of a container that may do next to nothing, the message says what was not up, and why."""
    assert run(UNTILUP, "-t", "300ms", "127.0.0.1:1") == 124
    first, second, *_ = log.read_text().splitlines()
    assert first.startswith(SUMMARY)
    assert second.startswith("  tcp://127.0.0.1:1: connection refused")


def test_a_target_that_is_malformed_is_the_message(run: Run, log: Path) -> None:
    """A mistake in the manifest is found in the pod's status, without its log."""
    assert run(UNTILUP, "db:99999") == 2
    assert "the port '99999' is not a number" in log.read_text()


def test_the_message_after_the_hand_over_is_the_commands(run: Run, log: Path) -> None:
    """What a wrapper's command writes to its log is left as it is."""
    command = ("sh", "-c", "echo 'disk full' >/dev/termination-log; exit 7")
    wrapper = ("-t", "300ms", "--no-strict", "127.0.0.1:1", "--")
    assert run("--entrypoint", "untilup", WITH_UNTILUP, *wrapper, *command) == 7
    assert log.read_text() == "disk full\n"


def test_another_path_is_not_known(run: Run, log: Path) -> None:
    """A terminationMessagePath of one's own stays empty: untilup knows the default alone."""
    assert run(UNTILUP, "-t", "300ms", "127.0.0.1:1", path="/dev/other-log") == 124
    assert log.read_text() == ""


def test_a_container_without_the_log(podman: Podman) -> None:
    """If nothing is mounted, nothing is made: the wait ends as ever."""
    words = ["run", *RESTRICTED.split(), "--rm", "--network", "none"]
    process = podman.start(*words, UNTILUP, "-t", "300ms", "127.0.0.1:1")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 124
    assert SUMMARY in output
