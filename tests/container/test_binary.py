"""The executable in any root file system: an empty one, one of musl, one of glibc."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests.container.containers import Containers
from tests.container.products import binary_only
from tests.support import requirements
from tests.support.eventually import Eventually
from tests.support.images import Images
from tests.support.untilup_process import status_fields
from untilup import __version__

pytestmark = pytest.mark.container

EMPTY, MUSL, GLIBC = "untilup", "binary_on_musl", "binary"
# What there is to run in each root, and what it says.
COMMANDS = {
    EMPTY: (["/untilup", "--version"], f"untilup {__version__}\n"),
    MUSL: (["program"], "ran\n"),
    GLIBC: (["echo", "ran"], "ran\n"),
}
NAMES = {EMPTY: "empty", MUSL: "musl", GLIBC: "glibc"}
RESTRICTIONS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "without any privileges": {
        "read_only": True,
        "user": "4711",
        "cap_drop": ["ALL"],
        "mem_limit": "32m",
    },
}
each_root = pytest.mark.parametrize("root", NAMES, ids=NAMES.values())
# Those in which files can be read.
each_root_with_cat = pytest.mark.parametrize("root", [MUSL, GLIBC], ids=["musl", "glibc"])


@pytest.fixture(scope="module", autouse=True)
def roots_made(images: Images) -> None:
    """Have their images, outside of the time that a test may take."""
    requirements.binary()
    for root in NAMES:
        images.get(root)


@binary_only
@pytest.mark.parametrize("options", RESTRICTIONS.values(), ids=RESTRICTIONS.keys())
# That of glibc is tested for this with the wheel's.
@pytest.mark.parametrize("root", [EMPTY, MUSL], ids=["empty", "musl"])
def test_it_waits_for_what_is_late(
    containers: Containers, eventually: Eventually, root: str, options: dict[str, Any]
) -> None:
    """It waits for a name that is not known yet, then for a port, and becomes the command."""
    command, output = COMMANDS[root]
    image = containers.images.get(root)
    waiting = containers.start(image, "late:80", "--", *command, **options)
    eventually(lambda: "unknown" in waiting.output())
    web = containers.dependency(80, name="late", late=True)
    eventually(lambda: "refused" in waiting.output())
    web.go()
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, output)


@binary_only
def test_docker_stop(containers: Containers, alone: str, eventually: Eventually) -> None:
    """`docker stop` ends the wait at once."""
    waiting = containers.start(alone, "nobody:1")
    eventually(lambda: "not up" in waiting.output())
    assert waiting.stopped().returncode == 128 + signal.SIGTERM


@binary_only
@each_root
def test_names_in_etc_hosts(containers: Containers, root: str) -> None:
    """A name that only /etc/hosts knows is found."""
    web = containers.dependency(80, name="web")
    command, output = COMMANDS[root]
    done = containers.start(
        *(containers.images.get(root), "listed:80", "--", *command),
        extra_hosts={"listed": containers.address(web)},
    ).ended()
    assert (done.returncode, done.stdout) == (0, output)
    assert "tcp://listed:80 is up" in done.stderr


@binary_only
@each_root_with_cat
def test_names_of_the_resolver(containers: Containers, root: str) -> None:
    """A name that only the engine's resolver knows is found."""
    containers.dependency(80, name="served")
    image = containers.images.get(root)
    done = containers.start(
        image, "served:80", "--", "cat", "/etc/hosts", "/etc/resolv.conf"
    ).ended()
    assert done.returncode == 0
    assert "nameserver 127.0.0.11\n" in done.stdout
    assert "served" not in done.stdout


@binary_only
@each_root_with_cat
def test_seccomp(containers: Containers, root: str) -> None:
    """It runs, and so does the command, under the engine's own seccomp profile."""
    containers.dependency(80, name="web")
    own = {"name=seccomp,profile=default", "name=seccomp,profile=builtin"}
    assert own & {*containers.images.engine.info()["SecurityOptions"]}
    running = containers.start(
        containers.images.get(root), "web:80", "--", "cat", "/proc/self/status"
    )
    done = running.ended()
    assert running.get_wrapped_container().attrs["HostConfig"]["SecurityOpt"] is None
    # proc(5): a filter.
    assert (done.returncode, status_fields(done.stdout)["Seccomp"]) == (0, "2")
