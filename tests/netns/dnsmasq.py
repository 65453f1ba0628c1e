"""A real DNS server, dnsmasq, which knows the names of one domain and asks no other server."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.netns.namespaces import PEER, Namespace
from tests.support.untilup_process import PATIENCE

PROGRAM = "dnsmasq"


class Dnsmasq:
    """Serves *names*, of which there are none at first, at PEER, and writes *log*."""

    def __init__(self, peer: Namespace, directory: Path) -> None:
        self._peer = peer
        self._hosts = directory / "names"
        self._hosts.touch()
        self.log = directory / "dnsmasq.log"
        self._process: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def serving(self, *options: str) -> Iterator[None]:
        """Serve until the end; return once it listens."""
        self._process = subprocess.Popen(
            [
                *self._peer.words,
                PROGRAM,
                "--conf-file=/dev/null",
                "--keep-in-foreground",
                "--user=root",
                "--pid-file=",
                "--no-resolv",
                "--no-hosts",
                f"--addn-hosts={self._hosts}",
                f"--listen-address={PEER}",
                "--bind-interfaces",
                "--local=/example/",
                "--txt-record=textonly.example,no address",
                "--log-queries",
                f"--log-facility={self.log}",
                *options,
            ]
        )
        try:
            yield
        finally:
            self._process.kill()
            self._process.wait(PATIENCE)

    def know(self, *names: str) -> None:
        """Know these names alone, each "address name"; return once it has read them."""
        self._hosts.write_text("".join(f"{line}\n" for line in names))
        before = self._times_read()
        self.signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while self._times_read() == before:
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)

    def _times_read(self) -> int:
        return self.log.read_text().count(f"read {self._hosts} - ")

    def signal(self, signum: signal.Signals) -> None:
        """Have it read its names again, stop or go on."""
        assert self._process
        self._process.send_signal(signum)

    def has_logged(self, words: str) -> bool:
        """Tell whether its log has *words*."""
        return self.log.exists() and words in self.log.read_text()

    def queries(self, name: str) -> int:
        """Return how often the addresses of *name* were asked for."""
        return self.log.read_text().count(f"query[A] {name} from ")
