"""The executable for aarch64, cross-built, and run by qemu.

qemu runs untilup alone. It passes execve(2) to the kernel here, and so the command is a program of
this machine: the tests see that it takes untilup's place.
"""

from __future__ import annotations

import signal
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.binary import probe
from tests.binary.probe import LONGEST_BUILD, Probe
from tests.binary.segments import PT_LOAD, segments
from tests.support import requirements, tcp_servers
from tests.support.untilup_process import BINARY, FOR_AARCH64, PATIENCE, Program

pytestmark = [pytest.mark.release, pytest.mark.usefixtures("as_from_a_shell")]

QEMU = "qemu-aarch64"
# By elf(5).
EM_AARCH64 = 183
# What kernels for aarch64 are built with, in bytes.
PAGES = [4096, 16384, 65536]
# No server of a neighbor has this port.
REFUSED = "127.0.0.1:1"
IMPORT_ALL = "import sys\nfor name in sys.argv[2:]: __import__(name)\nprint(len(sys.argv) - 2)"


@pytest.fixture
def executable() -> Path:
    """Return the executable for aarch64."""
    requirements.for_aarch64()
    return FOR_AARCH64


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    """Return a directory in which qemu looks first for what untilup opens, with an /etc/hosts."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "hosts").write_text("127.0.0.1 database\n")
    return tmp_path


@pytest.fixture
def untilup(hosts: Path, executable: Path) -> Iterator[Program]:
    """Return untilup, ready to be run."""
    program = Program([QEMU, "-L", str(hosts), str(executable)])
    yield program
    program.end()


def test_it_is_for_aarch64(executable: Path) -> None:
    """It is a little-endian executable of 64 bits for that processor."""
    content = executable.read_bytes()
    assert content[:6] == b"\x7fELF\x02\x01"
    assert struct.unpack_from("<H", content, 18) == (EM_AARCH64,)


def test_it_can_be_mapped_whatever_the_size_of_a_page_is(executable: Path) -> None:
    """Segments are aligned to the largest page, and none has a page in common with another."""
    largest = max(PAGES)
    pages: set[int] = set()
    for segment in segments(executable):
        if segment.kind != PT_LOAD:
            continue
        assert segment.alignment % largest == 0
        assert segment.offset % largest == segment.address % largest
        end = segment.address + segment.size
        its = set(range(segment.address // largest, (end - 1) // largest + 1))
        assert not its & pages
        pages |= its


@pytest.mark.parametrize("page", PAGES)
def test_it_runs_whatever_the_size_of_a_page_is(executable: Path, page: int) -> None:
    """If a page is larger than it is here, as far as qemu imitates that, it waits all the same."""
    program = Program([QEMU, "-p", str(page), str(executable)])
    assert program.run("-t", "100ms", REFUSED).returncode == 124


@pytest.mark.timeout(LONGEST_BUILD)
def test_each_module_can_be_imported(tmp_path: Path) -> None:
    """An interpreter for aarch64 can import the modules that one for x86-64 has compiled."""
    requirements.for_aarch64()
    requirements.programs(
        "a build for aarch64", "aarch64-linux-gnu-gcc", required="UNTILUP_REQUIRE_AARCH64"
    )
    inside = Probe(QEMU, probe.build(tmp_path, "--for", "aarch64"))
    names = inside.modules()
    assert len(names) > 100
    assert inside.ask(IMPORT_ALL, *sorted(names)) == [str(len(names))]


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_it_tells_about_itself_as_the_other_does(untilup: Program, option: str) -> None:
    """What it says of its version and its options is what the executable for x86-64 says."""
    output = untilup.run(option)
    assert (output.returncode, output.stdout) == (0, Program([str(BINARY)]).run(option).stdout)


def test_a_late_port_is_waited_for(untilup: Program, port: int) -> None:
    """While a port refuses, it waits; then it becomes the command, which has its pid."""
    process = untilup.start(f"127.0.0.1:{port}", "--", "sh", "-c", "echo $$; exit 42")
    assert process.stderr
    while b"connection refused: the address is up" not in process.stderr.readline():
        assert process.poll() is None
    with tcp_servers.serving(tcp_servers.silent, port):
        out, err = process.communicate(timeout=PATIENCE)
    assert (out, process.returncode) == (f"{process.pid}\n".encode(), 42)
    assert f"tcp://127.0.0.1:{port} is up".encode() in err


def test_a_port_that_stays_closed(untilup: Program) -> None:
    """After the timeout the exit status is 124, the command is not run, and the reason is reported."""
    done = untilup.run("-t", "5s", REFUSED, "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (124, "")
    _, _, summary = done.stderr.partition("timed out after")
    assert f"tcp://{REFUSED}: connection refused: the address is up" in summary


def test_a_name_of_etc_hosts(untilup: Program, up: int) -> None:
    """A name in /etc/hosts is resolved."""
    done = untilup.run(f"database:{up}", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr


def test_a_usage_error(untilup: Program) -> None:
    """What cannot be a target is a usage error: one line, and exit 2."""
    done = untilup.run("nonsense")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "'nonsense': it has no port" in done.stderr


def test_a_command_that_is_not_there(untilup: Program, up: int) -> None:
    """A command that is not found is told by name, and is 127."""
    done = untilup.run(f"127.0.0.1:{up}", "--", "no-such-command")
    assert done.returncode == 127
    assert "no-such-command: command not found" in done.stderr


def test_a_signal_ends_the_wait(untilup: Program) -> None:
    """SIGTERM ends a wait, and is seen from outside as what it is."""
    process = untilup.start(REFUSED)
    assert process.stderr
    while b"is not up" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGTERM
