"""The services of Compose files: brought up as a reader would, and removed at the end."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from subprocess import DEVNULL

from testcontainers.compose import DockerCompose

from tests.support.console_sessions import ERASE
from tests.support.untilup_process import PATIENCE
from wheelhouse import CHECKOUT


class Services(DockerCompose):
    """Runs docker compose with its files, and is asked how its services are."""

    def __init__(self, *files: str) -> None:
        super().__init__(CHECKOUT, [*files], wait=False)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``docker compose WORDS`` to its end, and return what came of it."""
        return subprocess.run(
            [*self.compose_command_property, *words],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    @contextlib.contextmanager
    def running(self, *words: str) -> Iterator[None]:
        """Have ``docker compose WORDS`` run until the block is left."""
        command = [*self.compose_command_property, *words]
        process = subprocess.Popen(command, cwd=CHECKOUT, stdout=DEVNULL, stderr=DEVNULL)
        try:
            yield
        finally:
            process.kill()
            process.wait(PATIENCE)

    def output(self, service: str) -> str:
        """Return what the containers of *service* have written so far."""
        return self.run("logs", "--no-color", "--no-log-prefix", service).stdout.replace(ERASE, "")

    def ended(self, service: str) -> int | None:
        """Return how the container of *service* has ended; None while it runs, or is not there yet."""
        asked = self.run("ps", "--all", "--format", "{{.State}} {{.ExitCode}}", service)
        state, _, status = asked.stdout.strip().partition(" ")
        return int(status) if state == "exited" else None
