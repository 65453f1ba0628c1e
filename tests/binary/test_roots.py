"""The executable becomes the commands of whatever root file system it is put into."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.binary.roots import CHROOT, MUSL, musl, put, put_with_libraries, run
from tests.support import requirements
from tests.support.untilup_process import PATIENCE

GREETING = "from whatever is linked"
ENV = {"GREETING": GREETING}


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return musl's loader, or skip."""
    loader = musl(tmp_path_factory.mktemp("musl"))
    return loader or requirements.missing("no musl: apt-get install musl", "UNTILUP_REQUIRE_BINARY")


@pytest.fixture
def greet(loader: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a program that is linked with musl."""
    requirements.programs("a program for musl", "gcc", required="UNTILUP_REQUIRE_BINARY")
    program = tmp_path_factory.mktemp("program") / "greet"
    subprocess.run(
        [
            *("gcc", "-nostdlib", "-no-pie", f"-Wl,--dynamic-linker={MUSL}", "-o", program),
            *(Path(__file__).with_name("command.c"), f"-L{loader.parent}", f"-l:{loader.name}"),
        ],
        check=True,
        timeout=PATIENCE,
    )
    return program


def test_in_a_root_of_glibc(root: Path, up: int) -> None:
    """If glibc is, it becomes a program that is linked with it, and hands the environment on."""
    put_with_libraries(root, Path("/usr/bin/env"))
    words = ("/untilup", f"127.0.0.1:{up}", "--", "env")
    seen = run(CHROOT, str(root), *words, env={**ENV, "PATH": "/usr/bin"})
    assert seen == (0, f"GREETING={GREETING}\nPATH=/usr/bin\n".encode())


def test_in_a_root_of_musl(root: Path, loader: Path, greet: Path, up: int) -> None:
    """If musl is, it becomes a program that is linked with it, and hands the environment on."""
    put(root, MUSL, loader)
    put(root, Path("/bin/greet"), greet)
    words = ("/untilup", f"127.0.0.1:{up}", "--", "greet")
    seen = run(CHROOT, str(root), *words, env={**ENV, "PATH": "/bin"})
    assert seen == (0, f"{GREETING}\n".encode())


def test_a_program_without_its_loader(root: Path, greet: Path, up: int) -> None:
    """A program whose loader the root does not have cannot be executed: 127, as in a shell."""
    put(root, Path("/bin/greet"), greet)
    assert run(CHROOT, str(root), "/untilup", f"127.0.0.1:{up}", "--", "/bin/greet")[0] == 127


def test_in_a_root_that_is_read_only(root: Path, up: int) -> None:
    """It waits, helps, and becomes the command where nothing can be written."""
    unshare = ["unshare", "--mount"]
    requirements.namespaces(unshare)
    enter = (
        'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'
        ' && ! touch "$0/file" 2>/dev/null && exec chroot "$0" "$@"'
    )
    inside = (*unshare, "sh", "-c", enter, str(root), "/untilup")
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    target = f"127.0.0.1:{up}"
    assert run(*inside, target, "--", "/untilup", "--once", target, env=env)[0] == 0
    assert run(*inside, "-t", "200ms", "127.0.0.1:1", env=env)[0] == 124
    assert b"--timeout" in run(*inside, "--help", env=env)[1]
