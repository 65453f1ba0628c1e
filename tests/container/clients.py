"""The databases' own clients, run by untilup in a container once their server is up."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.container.containers import GO, Container, Containers
from tests.support.untilup_process import BINARY, PATIENCE

# Seconds. A server that makes its first data needs three on an idle machine.
LONGEST_START = 100


class Run:
    """A command in *container*, under way: *text* is what it wrote, once it has *ended*."""

    def __init__(self, container: Container, words: list[str]) -> None:
        self._container = container
        self._words = words
        self._result: tuple[int, str] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._result = executed(self._container, self._words)

    def ended(self, patience: float = PATIENCE) -> tuple[int, str]:
        """Wait for its end; return its exit status and all that it wrote."""
        self._thread.join(patience)
        assert self._result, f"{self._words} goes on"
        return self._result


def with_clients(distribution: str) -> str:
    """Return the name of the image in which there are this *distribution* of untilup, and the clients."""
    return "binary_with_clients" if distribution == str(BINARY) else "wheel_with_clients"


class Clients:
    """A container with untilup and the clients, in which commands are run."""

    def __init__(self, containers: Containers, distribution: str) -> None:
        image = containers.images.get(with_clients(distribution))
        self._container = containers.start(image, "infinity", entrypoint="sleep")

    def start(self, *words: str) -> Run:
        """Start ``untilup WORDS``."""
        return Run(self._container, ["untilup", *words])

    def command(self, *words: str) -> Run:
        """Start a command without it."""
        return Run(self._container, list(words))

    def run(self, *words: str) -> tuple[int, str]:
        """Run ``untilup WORDS`` to its end; return its exit status and all that it wrote."""
        return self.start(*words).ended()

    def wait_for(self, target: str) -> None:
        """Wait until *target* is up."""
        status, text = self.start("-t", f"{LONGEST_START}s", target).ended(LONGEST_START)
        assert status == 0, text

    def check_once(self, target: str) -> str:
        """Return what one attempt at *target* shows."""
        return self.run("--once", "-v", target)[1]

    def has_answer(self, target: str, words: str) -> Callable[[], bool]:
        """Return what tells whether an attempt at *target* shows these *words*."""
        return lambda: words in self.check_once(target)


def run(container: Container, *words: str) -> str:
    """Run a command in *container*, and return what it wrote."""
    status, output = executed(container, list(words))
    assert status == 0, output
    return output


def executed(container: Container, words: list[str]) -> tuple[int, str]:
    """Run a command in *container*; return its exit status and all that it wrote."""
    status, output = container.exec(words)
    assert isinstance(output, bytes)
    return int(status or 0), output.decode()


def forget_the_start(container: Container) -> None:
    """Have the server wait for go() again when its container is started the next time."""
    run(container, "rm", GO)


def kill(container: Container) -> None:
    """End the server as a power cut does, and start its container again."""
    inside = container.get_wrapped_container()
    inside.kill()
    inside.wait(timeout=PATIENCE)
    inside.start()
