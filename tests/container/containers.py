"""Containers as the tests see them: started, listened to, and removed at the end."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from docker.models.networks import Network as DockerNetwork
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network
from testcontainers.core.wait_strategies import LogMessageWaitStrategy
from testcontainers.core.waiting_utils import WaitStrategy

from tests.support.images import Images
from tests.support.untilup_process import PATIENCE

DEPENDENCY = Path(__file__).with_name("dependency.py").read_text()
OCCUPANT = Path(__file__).with_name("occupant.py").read_text()
# How often the tests that start a server do so; `make test-release` sets 20.
STARTS = int(os.environ.get("UNTILUP_TEST_SERVER_STARTS", "1"))
# What starts late is there, with its name and address, and begins when this file is.
GO = "/tmp/go"
WHEN_TOLD = f'until [ -e {GO} ]; do sleep 0.02; done; exec "$@"'


class Container(DockerContainer):
    """A container of which one asks what was said and how it ended."""

    def output(self) -> str:
        """Return what it has written to stderr so far."""
        return bytes(self.get_wrapped_container().logs(stdout=False)).decode()

    def has_said(self, words: str) -> Callable[[], bool]:
        """Return a function that tells whether it has written these *words* to stderr."""
        return lambda: words in self.output()

    def ended(self) -> subprocess.CompletedProcess[str]:
        """Wait for its end, and return its exit status and all that it wrote."""
        status = int(self.get_wrapped_container().wait(timeout=PATIENCE)["StatusCode"])
        out, err = self.get_logs()
        return subprocess.CompletedProcess(self.image, status, out.decode(), err.decode())

    def lasted(self) -> float:
        """Return how long it ran, in seconds, by the engine's clock."""
        state = self._state()
        return seconds(state["FinishedAt"]) - seconds(state["StartedAt"])

    def go(self) -> None:
        """Have it begin, if it was started to wait for that."""
        assert self.exec(["touch", GO]).exit_code == 0

    def stopped(self) -> subprocess.CompletedProcess[str]:
        """Stop it as ``docker stop`` does, and return its exit status and all that it wrote.

        The engine kills a process that SIGTERM has not ended after 10 seconds: status 137.
        """
        self.get_wrapped_container().stop()
        return self.ended()

    def freeze(self) -> None:
        """Stop all its processes, until thaw(), by SIGSTOP.

        ``docker pause`` cannot freeze a container whose processes start others all the time.
        """
        self._signal_all("STOP")

    def thaw(self) -> None:
        """Let its processes go on."""
        self._signal_all("CONT")

    def _signal_all(self, name: str) -> None:
        # Inside, a signal reaches every process but the first, which only the engine can stop.
        self.get_wrapped_container().kill(signal=f"SIG{name}")
        assert self.exec(["sh", "-c", f"kill -{name} -1"]).exit_code == 0

    def published(self, port: int) -> int:
        """Return the port of the host that leads to *port*."""
        return int(self.get_docker_client().port(self.get_container_id(), port))

    def _state(self) -> dict[str, str]:
        self.reload()
        state: dict[str, str] = self.get_wrapped_container().attrs["State"]
        return state


class Containers:
    """Starts containers on one network, and owns what it has started."""

    def __init__(self, images: Images, network: Network, product: str) -> None:
        self.images = images
        self.network = network
        self.product = product
        self._owned = contextlib.ExitStack()

    def untilup(self, *argv: str, **options: Any) -> Container:
        """Start ``untilup ARGV`` in the image of the product."""
        return self.start(self.product, *argv, **options)

    def dependency(self, *ports: int, name: str, late: bool = False, **options: Any) -> Container:
        """Start what listens on *ports* under that *name*: now, or where *late*, once it may go()."""
        python = self.images.get("python")
        words = ["python3", "-c", DEPENDENCY, *map(str, ports)]
        if late:
            return self.start(python, "sh", "-c", WHEN_TOLD, "sh", *words, name=name, **options)
        listening = LogMessageWaitStrategy("listening").with_poll_interval(0.02)
        return self.start(python, *words, name=name, ready=listening, **options)

    def occupant(self, host: str, port: int, places: int, hello: bytes = b"") -> Container:
        """Start a client that takes all *places* of the server at *host*; see occupant.py."""
        words = ["python3", "-c", OCCUPANT, host, str(port), str(places), hello.hex()]
        ready = LogMessageWaitStrategy("connection 1").with_poll_interval(0.02)
        return self.start(self.images.get("python"), *words, ready=ready)

    def server(self, image: str, *, name: str, **options: Any) -> Container:
        """Start the real server of that *image*, which begins once it may go()."""
        command = self.images.command(image)
        waits = ["sh", "-c", WHEN_TOLD, "sh"]
        reference = self.images.get(image)
        return self.start(reference, *command, name=name, entrypoint=waits, **options)

    def start(  # noqa: PLR0913 - each is one thing that a test may ask for, by its name
        self,
        image: str,
        *argv: str,
        name: str | None = None,
        env: Mapping[str, str] | None = None,
        files: Mapping[str, Path] | None = None,
        publish: int | None = None,
        ready: WaitStrategy | None = None,
        **options: Any,
    ) -> Container:
        """Start the image with *argv* as its arguments, known to the others by *name*.

        *files* are copied to where their keys say, the port *publish* is published on the host,
        and where *ready* is given, it is waited for; *options* are docker-py's.
        """
        container = Container(image).with_command(list(argv))
        container.with_envs(**(env or {}))
        for place, file in (files or {}).items():
            container.with_copy_into_container(file, place)
        if publish:
            container.with_exposed_ports(publish)
        if ready:
            container.waiting_for(ready)
        if "network" not in options:
            container.with_network(self.network)
        if name:
            container.with_network_aliases(name)
        container.with_kwargs(**options)
        return self._owned.enter_context(container)

    def address(self, container: Container) -> str:
        """Return the address that *container* has on the network."""
        container.reload()
        networks = container.get_wrapped_container().attrs["NetworkSettings"]["Networks"]
        return str(networks[self.network.name]["IPAddress"])

    def disconnect(self, container: Container) -> None:
        """Cut *container* off the network."""
        self._network().disconnect(container.get_container_id())

    def connect(self, container: Container, name: str) -> None:
        """Bring *container* back into the network under that *name*."""
        self._network().connect(container.get_container_id(), aliases=[name])

    def _network(self) -> DockerNetwork:
        return self.images.engine.networks.get(self.network.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove all that was started."""
        self._owned.close()


def seconds(moment: str) -> float:
    """Return the seconds since 1970 that the engine's *moment*, in RFC 3339, stands for."""
    return dt.datetime.fromisoformat(moment).timestamp()
