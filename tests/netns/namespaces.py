"""Network namespaces: two machines on one wire, each with its own firewall, names and routes.

Namespaces have the same addresses in every test, because no other test can see them.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.support import json_log, tcp_servers
from tests.support.untilup_process import PATIENCE, Program

HERE, PEER, SECOND, ABSENT = "10.77.0.1", "10.77.0.2", "10.77.0.3", "10.77.0.9"
HERE6, PEER6, ABSENT6 = "2001:db8::1", "2001:db8::2", "2001:db8::9"
PORT = 5432

NAMED = Path("/run/netns")
# ip-netns(8): what stands in /etc/netns/NAME is seen in /etc by what runs in NAME.
ETC = Path("/etc/netns")
# linux/sched.h, linux/if_ether.h, asm-generic/socket.h: the socket and os modules of 3.11 lack them.
CLONE_NEWNET = 0x4000_0000
ETH_P_IP = 0x0800
SO_TIMESTAMPNS = 35
SYN, ACK = 0x02, 0x10

_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()


def run(*words: str) -> str:
    """Run a program that has to succeed, and return what it prints."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


class Namespace:
    """A machine of its own, as far as the network is concerned."""

    def __init__(self, name: str) -> None:
        self.name = name
        # What starts a program in here.
        self.words = ["ip", "netns", "exec", name]
        self._etc = ETC / name

    def create(self) -> None:
        """Make the namespace, with loopback up, and with names from its hosts file alone."""
        run("ip", "netns", "add", self.name)
        self.ip("link", "set", "lo", "up")
        self._etc.mkdir(parents=True)
        self.write("hosts", "127.0.0.1 localhost\n::1 localhost\n")
        self.write("nsswitch.conf", "hosts: files\n")
        self.write("host.conf", "multi on\n")

    def remove(self) -> None:
        """Remove what *create* has made, as far as it came."""
        # Its parent stays: another process may be about to make a directory there.
        shutil.rmtree(self._etc, ignore_errors=True)
        if (NAMED / self.name).exists():
            run("ip", "netns", "del", self.name)

    def run(self, *words: str) -> str:
        """Run a program in here that has to succeed, and return what it prints."""
        return run(*self.words, *words)

    def ip(self, *words: str) -> None:
        """Set up links, addresses and routes."""
        run("ip", "-n", self.name, *words)

    def firewall(self, *rule: str, on: str = "INPUT", ipv6: bool = False) -> None:
        """Treat TCP to PORT by *rule*, before all rules that are there already."""
        self._tables("-I", on, *rule, ipv6=ipv6)

    def lift(self, *rule: str, on: str = "INPUT", ipv6: bool = False) -> None:
        """Take a *rule* of the firewall away again."""
        self._tables("-D", on, *rule, ipv6=ipv6)

    def _tables(self, action: str, chain: str, *rule: str, ipv6: bool) -> None:
        program = "ip6tables" if ipv6 else "iptables"
        self.run(program, "-w", action, chain, "-p", "tcp", "--dport", str(PORT), *rule)

    def write(self, file: str, text: str) -> None:
        """Give *file* in /etc another content, in place: running programs see it too."""
        # Where the machine has no such file, there is nothing to lay another one over.
        if Path("/etc", file).exists():
            (self._etc / file).write_text(text)

    def hosts(self, *names: str) -> None:
        """Know these *names* alone, each "address name"."""
        self.write("hosts", "".join(f"{line}\n" for line in names))

    def use_dns_server(self, address: str, options: str = "") -> None:
        """Ask the DNS server at *address*, with the *options* line of resolv.conf(5), for what the hosts file lacks."""
        self.write("nsswitch.conf", "hosts: files dns\n")
        self.write("resolv.conf", f"nameserver {address}\nsearch .\n{options}\n")

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Have the calling thread make its sockets in here; they stay here."""
        with Path("/proc/thread-self/ns/net").open() as outside, (NAMED / self.name).open() as own:
            _enter(own.fileno())
            try:
                yield
            finally:
                _enter(outside.fileno())

    @contextlib.contextmanager
    def serving(
        self, host: str, behave: Callable[[socket.socket], object] = tcp_servers.silent
    ) -> Iterator[None]:
        """Run a server on PORT."""
        with contextlib.ExitStack() as stack:
            with self.inside():
                stack.enter_context(tcp_servers.serving(behave, PORT, host))
            yield

    @contextlib.contextmanager
    def listening(self, host: str, backlog: int) -> Iterator[None]:
        """Listen on PORT and never accept."""
        with self.inside():
            server = socket.create_server((host, PORT), backlog=backlog)
        with server:
            yield

    @contextlib.contextmanager
    def full(self, host: str) -> Iterator[None]:
        """Listen on PORT and never accept, with a backlog that has no room for anybody."""
        with self.listening(host, 0), contextlib.ExitStack() as stack:
            with self.inside():
                # A backlog of n holds n + 1 connections.
                first = socket.create_connection((host, PORT), timeout=PATIENCE)
            stack.enter_context(first)
            yield


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def two_on_a_wire() -> Iterator[tuple[Namespace, Namespace]]:
    """Make two namespaces, HERE and PEER, each with an IPv4 and an IPv6 address."""
    here, peer = (Namespace(f"untilup-{os.getpid()}-{next(_numbers)}") for _ in range(2))
    with contextlib.ExitStack() as stack:
        for namespace in (here, peer):
            stack.callback(namespace.remove)
            namespace.create()
        here.ip(*f"link add eth0 type veth peer name eth0 netns {peer.name}".split())
        for namespace, address, address6 in ((here, HERE, HERE6), (peer, PEER, PEER6)):
            namespace.ip("link", "set", "eth0", "up")
            namespace.ip("addr", "add", f"{address}/24", "dev", "eth0")
            # nodad: it can be used at once, without a second of duplicate address detection.
            namespace.ip("addr", "add", f"{address6}/64", "dev", "eth0", "nodad")
        yield here, peer


class Syn(NamedTuple):
    """A SYN that has arrived: when (seconds), and from which port."""

    when: float
    source: int


class Wire:
    """Listens to the SYNs for PORT that arrive in a namespace over IPv4, before its firewall."""

    def __init__(self, namespace: Namespace) -> None:
        with namespace.inside():
            self._socket = socket.socket(
                socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.htons(ETH_P_IP)
            )
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._syns: list[Syn] = []

    def syns(self) -> list[Syn]:
        """Return every SYN so far, in the kernel's clock."""
        with contextlib.suppress(BlockingIOError):
            while True:
                packet, ((_, _, stamp), *_), _, _ = self._socket.recvmsg(2048, 128)
                seconds, nanoseconds = struct.unpack("@qq", stamp)
                tcp = packet[(packet[0] & 0x0F) * 4 :]
                source, destination = struct.unpack_from("!HH", tcp)
                is_syn = packet[9] == socket.IPPROTO_TCP and tcp[13] & (SYN | ACK) == SYN
                if is_syn and destination == PORT:
                    self._syns.append(Syn(seconds + nanoseconds / 1e9, source))
        return self._syns

    def connections(self) -> list[Syn]:
        """Return the first SYN of every connection so far."""
        first: dict[int, Syn] = {}
        for syn in self.syns():
            first.setdefault(syn.source, syn)
        return list(first.values())

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


class LogLine(NamedTuple):
    """What a line of untilup's says to machines."""

    event: str
    message: str
    target: str | None
    reason: str | None
    detail: str
    hint: str | None
    elapsed_s: float
    attempts: int | None


def log_lines(stderr: str) -> list[LogLine]:
    """Read the lines of ``--log-format json``."""
    return [LogLine(*(line[field] for field in LogLine._fields)) for line in json_log.read(stderr)]


class Untilup(Program):
    """untilup inside of a namespace."""

    def __init__(self, namespace: Namespace, *words: str) -> None:
        super().__init__([*namespace.words, *words])

    def check_once(self, *argv: str) -> LogLine:
        """Look once at one target that is not up, and return what is said about it."""
        done = self.run("--once", "--log-format", "json", *argv)
        assert done.returncode == 124, done.stderr
        (line,) = [line for line in log_lines(done.stderr) if line.event == "failed"]
        return line

    def time_out(self, *argv: str) -> list[LogLine]:
        """Wait for what does not come up, and return the summary: its head, and each target."""
        done = self.run("--log-format", "json", *argv)
        assert done.returncode == 124, done.stderr
        return [line for line in log_lines(done.stderr) if line.event in ("timed-out", "failed")]

    def come_up(self, *argv: str) -> LogLine:
        """Wait for one target that comes up, and return what is said about that."""
        done = self.run("--log-format", "json", *argv)
        assert done.returncode == 0, done.stderr
        return next(line for line in log_lines(done.stderr) if line.event == "up")


def at(host: str) -> str:
    """Return *host* with PORT, as a target is written."""
    return f"[{host}]:{PORT}" if ":" in host else f"{host}:{PORT}"
