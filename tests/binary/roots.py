"""Root file systems of little else than the executable, and how it is run in them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.support.untilup_process import PATIENCE

# Which not every root has in its PATH.
CHROOT = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin") or "chroot"
MUSL = Path("/lib/ld-musl-x86_64.so.1")


def run(*argv: str, **options: Any) -> tuple[int, bytes]:
    """Run a program in an empty environment, and return its status and what it wrote to stdout."""
    done = subprocess.run(
        argv, check=False, timeout=PATIENCE, **{"env": {}, "stdout": subprocess.PIPE, **options}
    )
    return done.returncode, done.stdout


def put(root: Path, file: Path, content: Path | None = None) -> None:
    """Put a file of this machine, or *content*, into *root*, where it is here."""
    there = root / file.relative_to("/")
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(content or file, there)


def put_with_libraries(root: Path, program: Path) -> None:
    """Put a *program* of this machine's into *root*, with the loader and the libraries it asks for."""
    asked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    for path in re.findall(r"(/\S+) \(", asked):
        put(root, Path(path))
    put(root, program)


def musl(directory: Path) -> Path | None:
    """Return musl's loader, which is its library too: this machine's, or Debian's; None without both."""
    if MUSL.exists():
        return MUSL
    fetched = subprocess.run(
        ["apt-get", "download", "musl"],
        cwd=directory,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    packages = list(directory.glob("musl_*.deb"))
    if fetched.returncode or not packages:
        return None
    subprocess.run(["dpkg", "-x", packages[0], directory], check=True, timeout=PATIENCE)
    return directory / MUSL.relative_to("/")
