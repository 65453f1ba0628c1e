"""podman with its own storage, so that other images, pods and networks are not touched."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.kube.manifests import Manifest
from tests.support.untilup_process import PATIENCE

# podman sets limits that root may not have where it lacks CAP_SYS_RESOURCE; these anybody has.
CONFIGURATION = """\
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
lock_type = "file"
events_logger = "file"
"""
# Seconds.
LONGEST_BUILD = 120

_numbers = itertools.count()


class Podman:
    """podman, and what it has made in *directory*."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        configuration = directory / "containers.conf"
        configuration.write_text(CONFIGURATION)
        self._env = {**os.environ, "CONTAINERS_CONF": str(configuration)}
        places = {
            "--root": "storage",
            "--runroot": "run",
            "--tmpdir": "tmp",
            "--network-config-dir": "networks",
        }
        self._words = ["podman"]
        for option, name in places.items():
            self._words += [option, str(directory / name)]

    def run(self, *words: str, timeout: float = PATIENCE) -> str:
        """Run podman, which has to succeed, and return what it prints."""
        done = subprocess.run(
            [*self._words, *words],
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode:
            raise Failed(f"podman {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start podman, with all that it says in one pipe."""
        return subprocess.Popen(
            [*self._words, *words],
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def build(self, context: Path, tag: str, *words: str) -> None:
        """Build the image *tag* of the Dockerfile in *context*."""
        self.run("build", "--quiet", "--tag", tag, *words, str(context), timeout=LONGEST_BUILD)

    def check_once(self, container: str) -> Any:
        """Return the state of a *container*, or None where there is none of that name."""
        with contextlib.suppress(Failed):
            return json.loads(self.run("inspect", "--type", "container", container))[0]["State"]
        return None

    def output(self, container: str) -> str:
        """Return what a *container* has written so far, to stdout and to stderr."""
        done = subprocess.run(
            [*self._words, "logs", container],
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.stdout

    def close(self) -> None:
        """Remove everything."""
        self.run("pod", "rm", "--all", "--force", "--time", "0")
        self.run("rm", "--all", "--force", "--time", "0")
        # The mounts of the storage stay until they are removed.
        for line in reversed(Path("/proc/self/mountinfo").read_text().splitlines()):
            place = line.split()[4]
            if place.startswith(f"{self._directory}/"):
                subprocess.run(["umount", "--lazy", place], check=False, timeout=PATIENCE)
        # pytest keeps what its last runs have left; these are images that are made in seconds.
        shutil.rmtree(self._directory, ignore_errors=True)


class Failed(Exception):
    """podman has failed, and says why."""


class Cluster:
    """Pods on a network of their own, known to each other by name."""

    def __init__(self, podman: Podman, directory: Path) -> None:
        self.podman = podman
        self._directory = directory
        self._network = f"untilup-test-{os.getpid()}-{next(_numbers)}"
        self._plays: list[subprocess.Popen[str]] = []
        podman.run("network", "create", self._network)

    def play(self, pod: Manifest) -> subprocess.Popen[str]:
        """Start *pod* by ``podman kube play``, which ends when its init containers have."""
        file = self._directory / f"{pod['metadata']['name']}.yaml"
        file.write_text(yaml.safe_dump(pod))
        play = self.podman.start("kube", "play", "--network", self._network, str(file))
        self._plays.append(play)
        return play

    def close(self) -> None:
        """Remove the pods, and their network."""
        for play in self._plays:
            if play.poll() is None:
                play.kill()
            play.communicate()
        self.podman.run("pod", "rm", "--all", "--force", "--time", "0")
        self.podman.run("network", "rm", "--force", self._network)
