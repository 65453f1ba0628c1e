"""The images of examples/docker: each waits, becomes its command, and ends when it is asked to."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests.container.containers import Container, Containers
from tests.container.examples import BASES, renamed
from tests.container.products import binary_only
from tests.support.eventually import Eventually
from tests.support.images import Images

pytestmark = [
    pytest.mark.container,
    # One process makes the images of the examples.
    pytest.mark.xdist_group("docker-examples"),
    pytest.mark.usefixtures("examples", "distribution"),
    binary_only,
]

each_image = pytest.mark.parametrize("image", BASES)
# Nanoseconds, as the engine wants them. A period of 0 would be the image's own.
OFTEN = {"interval": 200_000_000, "retries": 1, "start_period": 1_000_000}
RESTRICTED: dict[str, Any] = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "user": "65534",
    "security_opt": ["no-new-privileges"],
}


def health(container: Container) -> dict[str, Any]:
    """Return the container's health: its Status, and the Log of the last attempts."""
    container.reload()
    found: dict[str, Any] = container.get_wrapped_container().attrs["State"]["Health"]
    return found


def wrote(container: Container) -> str:
    """Return what the command has written to stdout so far."""
    return container.get_logs()[0].decode()


@each_image
def test_docker_stop_while_waiting(
    containers: Containers, eventually: Eventually, image: str
) -> None:
    """`docker stop` ends the wait at once, and the command is never run."""
    waiting = containers.start(renamed(image))
    eventually(lambda: "not up" in waiting.output())
    done = waiting.stopped()
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "")


@pytest.mark.parametrize("options", [{}, RESTRICTED], ids=["as it is", "restricted"])
@each_image
def test_it_waits_and_hands_over(
    containers: Containers, eventually: Eventually, image: str, options: dict[str, Any]
) -> None:
    """It waits for what is late, with no right at all, too; then `docker stop` reaches its command."""
    database = containers.dependency(5432, name="db", late=True)
    application = containers.start(renamed(image), **options)
    eventually(lambda: "refused" in application.output())
    database.go()
    eventually(lambda: "serving" in wrote(application))
    done = application.stopped()
    prepared = "prepared\n" if image == "my-alpine" else ""
    assert (done.returncode, done.stdout) == (0, f"{prepared}serving\nstopped\n")


@pytest.mark.parametrize("image", ["my-debian", "my-empty"])
def test_its_health(containers: Containers, eventually: Eventually, image: str) -> None:
    """While it waits a health check fails by 124, and says why; then all is well, and it is silent."""
    database = containers.dependency(5432, name="db", late=True)
    application = containers.start(renamed(image), healthcheck=OFTEN)
    eventually(lambda: health(application)["Status"] == "unhealthy")
    checked = health(application)["Log"][-1]
    assert checked["ExitCode"] == 124
    assert "checked 1 target once: 0 up" in checked["Output"]
    assert "connection refused" in checked["Output"]
    database.go()
    eventually(lambda: health(application)["Status"] == "healthy")
    checked = health(application)["Log"][-1]
    assert (checked["ExitCode"], checked["Output"]) == (0, "")


@pytest.mark.parametrize("image", ["my-debian", "my-empty"])
def test_the_time_of_its_health_check(images: Images, image: str) -> None:
    """The start period is longer than the wait, and Docker's timeout for a check is longer than an attempt."""
    check = images.engine.images.get(renamed(image)).attrs["Config"]["Healthcheck"]
    in_seconds = {name: check[name] / 1e9 for name in ("StartPeriod", "Timeout")}
    assert in_seconds["StartPeriod"] > 60
    assert in_seconds["Timeout"] > 5


def test_a_container_that_waits_is_not_unhealthy(
    containers: Containers, eventually: Eventually
) -> None:
    """In its start period a container that waits is `starting`, though its attempts fail."""
    waiting = containers.start(
        renamed("my-debian"), healthcheck={"interval": OFTEN["interval"], "retries": 1}
    )
    eventually(lambda: len(health(waiting).get("Log") or []) >= 2)
    assert health(waiting)["Status"] == "starting"
    assert {check_once["ExitCode"] for check_once in health(waiting)["Log"]} == {124}


def test_what_skips_the_wait_skips_no_health_check(
    containers: Containers, eventually: Eventually
) -> None:
    """With UNTILUP_SKIP=1, which the health check inherits, a container that does not serve is unhealthy."""
    deaf = containers.start(
        *(renamed("my-debian"), "sleep", "60"),
        env={"UNTILUP_SKIP": "1"},
        init=True,
        healthcheck=OFTEN,
    )
    eventually(lambda: health(deaf)["Status"] == "unhealthy")
    assert "connection refused" in health(deaf)["Log"][-1]["Output"]
    assert "untilup waits for nothing" in deaf.output()
