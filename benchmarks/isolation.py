"""A network namespace in which a host and the DNS server drop all packets. It needs root.

Outside of a namespace nothing is known about what drops packets: a gateway may answer for anybody.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

# RFC 5737. No host has the address BLACKHOLED or that of the DNS server: packets to them are dropped, because
# the link has a neighbor entry for them, and no interface at its other end accepts them.
BLACKHOLED = "192.0.2.9:5432"
# A name that only the DNS server could know (RFC 2606).
UNKNOWABLE = "db.example:5432"
# Loopback is empty in here.
REFUSED = "127.0.0.1:5432"
# The DNS server in there: one that never answers, or one that the caller starts.
UNRESPONSIVE_DNS, LOCAL_DNS = "192.0.2.53", "127.0.0.1"
SETUP = """
ip link set lo up
ip link add wire type veth peer name hole
ip address add 192.0.2.1/24 dev wire
ip link set wire up
ip link set hole up
for host in 9 53; do
    ip neighbour add 192.0.2.$host lladdr 02:00:00:00:00:99 dev wire nud permanent
done
echo nameserver "$2" >"$1/resolv.conf"
echo hosts: files dns >"$1/nsswitch.conf"
for file in resolv.conf nsswitch.conf; do
    mount --bind "$1/$file" "/etc/$file"
done
echo ready
exec sleep infinity
"""


class Isolation:
    """Network and mount namespaces, which exist as long as the process that holds them.

    *dns* is the address of the DNS server in them.
    """

    def __init__(self, dns: str = UNRESPONSIVE_DNS) -> None:
        self._dns = dns

    def __enter__(self) -> Self:
        self._directory = tempfile.TemporaryDirectory(prefix="untilup-bench-")
        words = ["sh", "-e", "-c", SETUP, "sh", self._directory.name, self._dns]
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--mount", *words], stdout=subprocess.PIPE
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != b"ready\n":
            self.__exit__(None, None, None)
            raise OSError("no network of its own: it takes root, ip, unshare and nsenter")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._holder.kill()
        self._holder.communicate()
        self._directory.cleanup()

    def inside(self, argv: Sequence[str]) -> list[str]:
        """Return the words that execute *argv* in the namespaces, in the started process."""
        own = f"/proc/{self._holder.pid}/ns"
        return ["/usr/bin/env", "nsenter", f"--net={own}/net", f"--mount={own}/mnt", *argv]

    def first_of_its_own(self, argv: Sequence[str]) -> list[str]:
        """Return the words that start *argv* in the namespaces as PID 1, and exit as it does."""
        return self.inside(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *argv])

    def connects(self) -> int:
        """Return the number of TCP connections that were started in the namespaces, without repeated SYNs."""
        return active_opens(Path(f"/proc/{self._holder.pid}/net/snmp").read_text())


def active_opens(snmp: str) -> int:
    """Return ActiveOpens (RFC 4022) of what /proc/net/snmp says."""
    names, numbers = (line.split() for line in snmp.splitlines() if line.startswith("Tcp:"))
    return int(numbers[names.index("ActiveOpens")])


def tree(pid: int) -> list[int]:
    """Return *pid* and its descendants, as far as they exist."""
    found = [pid]
    for parent in found:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        except OSError:  # it has ended meanwhile
            continue
        found.extend(map(int, children.split()))
    return found


def only_child(pid: int) -> int | None:
    """Return the child of process *pid*, once it exists."""
    children = tree(pid)[1:]
    return children[0] if children else None


def end(pid: int) -> None:
    """Kill process *pid*, a child of this one, and reap it."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
