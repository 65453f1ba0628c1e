"""What one query costs the host or the server that answers it.

    sudo PYTHONPATH=.:benchmarks .venv/bin/python -m fleet.costs

- A SYN that is refused: raw SYNs from one namespace to another are answered by RSTs, and in turns
  dropped where they arrive (the raw table of the firewall). The difference is what a host pays for
  the answer, and the sender for taking it in: an upper bound, without interrupts of a real card.
- A connection that is accepted, settles for 5 ms and is closed: the processor time of the server.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import harness
from tests.netns.namespaces import HERE, PEER, PORT, Namespace, two_on_a_wire

# Sent in one burst of a few milliseconds: of many bursts, some are not interrupted.
SYNS = 1_000
BURSTS = 20
MAX_SHARE = 0.99
CONNECTIONS = 300
SETTLE = 0.005
POSTGRES = Path("/usr/lib/postgresql")
NO_LOGINS = ("--auth-local=reject", "--auth-host=reject")
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    rows = []
    answered, dropped = syn_costs(arguments.rounds)
    each = answered - dropped
    rows.append(("a SYN, answered by a RST", microseconds(each), waiters_of_a_core(each)))
    for name, server in (("Python's `socketserver`", python_server), ("PostgreSQL", postgres)):
        with contextlib.ExitStack() as stack:
            served = stack.enter_context(server())
            if served is None:
                print(f"{name} is not installed", file=sys.stderr)
                continue
            port, processor_time = served
            cost = min(connection_cost(port, processor_time) for _ in range(arguments.rounds))
            rows.append((f"a connection to {name}", microseconds(cost), waiters_of_a_core(cost)))
    harness.print_title("What one question costs")
    harness.print_table(("what", "processor time", "a second, for 5 % of a core"), rows)


def microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} us"


def waiters_of_a_core(seconds: float) -> str:
    return f"{0.05 / seconds:,.0f}"


def syn_costs(count: int) -> tuple[float, float]:
    """Return the times to send a SYN that is answered, and one that is dropped, in seconds.

    The shortest of *count* rounds in turns: whatever else the machine does only adds to it.
    """
    with two_on_a_wire() as (here, peer):
        gate = ("iptables", "-w", "-t", "raw")
        peer.run(*gate, "-N", "gate")
        peer.run(*gate, "-A", "PREROUTING", "-j", "gate")
        with here.inside():
            sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
        with sender:
            answered, dropped = [], []
            for _ in range(count):
                peer.run(*gate, "-F", "gate")
                answered += [time_to_send(sender) for _ in range(BURSTS)]
                peer.run(*gate, "-A", "gate", "-p", "tcp", "--dport", str(PORT), "-j", "DROP")
                dropped += [time_to_send(sender) for _ in range(BURSTS)]
        share = counted(peer, "OutRsts") / (count * BURSTS * SYNS)
    if share < MAX_SHARE:
        sys.exit(f"only {share:.0%} of the SYNs were refused")
    return min(answered), min(dropped)


def time_to_send(sender: socket.socket) -> float:
    """Return the time that a SYN takes, in seconds: the kernel processes it before send() returns."""
    packets = [syn(1024 + number) for number in range(SYNS)]
    before = time.perf_counter()
    for packet in packets:
        sender.sendto(packet, (PEER, 0))
    return (time.perf_counter() - before) / SYNS


def syn(source: int) -> bytes:
    """Return a TCP header (RFC 9293 section 3.1) of a SYN from the port *source*."""
    header = struct.pack("!HHIIBBHHH", source, PORT, 1, 0, 5 << 4, 0x02, 65_535, 0, 0)
    pseudo = socket.inet_aton(HERE) + socket.inet_aton(PEER) + struct.pack("!HH", 6, len(header))
    total = sum(struct.unpack("!16H", pseudo + header))
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return header[:16] + struct.pack("!H", checksum) + header[18:]


def counted(namespace: Namespace, field: str) -> int:
    """Return one of the kernel's counters of TCP in *namespace*, as snmp_counter.rst names them."""
    text = namespace.run("cat", "/proc/net/snmp")
    heads, values = (line.split() for line in text.splitlines() if line.startswith("Tcp:"))
    return int(values[heads.index(field)])


def connection_cost(port: int, processor_time: Callable[[], float]) -> float:
    """Return the processor time of a server for one connection, in seconds."""
    before = processor_time()
    for _ in range(CONNECTIONS):
        with socket.create_connection((harness.LOOPBACK, port)):
            time.sleep(SETTLE)
    time.sleep(0.2)  # for children that end
    return (processor_time() - before) / CONNECTIONS


def of_all(pids: list[int]) -> float:
    """Return the processor time of processes and of their children that have ended, in seconds."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime of proc(5)
    return ticks / CLOCK_TICKS


PYTHON_SERVER = """
import socketserver, sys
class Handler(socketserver.BaseRequestHandler):
    def handle(self): self.request.recv(1)
class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 128
    daemon_threads = True
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@contextlib.contextmanager
def python_server() -> Iterator[tuple[int, Callable[[], float]]]:
    """Yield the port of a server with a thread for each connection, and what it has cost so far."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", PYTHON_SERVER], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline()), lambda: of_all([process.pid])
        finally:
            process.kill()


@contextlib.contextmanager
def postgres() -> Iterator[tuple[int, Callable[[], float]] | None]:
    """Yield the same of a new PostgreSQL, or None where there is none."""
    found = sorted(POSTGRES.glob("*/bin/postgres"))
    if not found:
        yield None
        return
    programs = found[-1].parent
    with tempfile.TemporaryDirectory(prefix="untilup-fleet-", dir="/tmp") as directory:
        data = Path(directory) / "data"
        data.mkdir()
        shutil.chown(directory, "postgres")
        shutil.chown(data, "postgres")
        run = ["runuser", "-u", "postgres", "--"]
        subprocess.run(
            [*run, str(programs / "initdb"), "-D", str(data), "--no-sync", *NO_LOGINS],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        with harness.closed_port() as port:
            number = port.getsockname()[1]
        server = [str(programs / "postgres"), "-D", str(data), "-p", str(number), "-k", directory]
        with subprocess.Popen([*run, *server], stderr=subprocess.DEVNULL) as process:
            try:
                await_port(number)
                master = int((data / "postmaster.pid").read_text().split()[0])
                yield number, lambda: of_all([master])
            finally:
                process.terminate()


def await_port(port: int) -> None:
    end = time.monotonic() + harness.PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection((harness.LOOPBACK, port)).close()
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")


if __name__ == "__main__":
    main()
