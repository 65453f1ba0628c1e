"""Download what pip needs to build and install untilup: wheelhouse.py DIRECTORY.

With that directory as ./wheelhouse, the Dockerfile needs no network.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent


def requirements() -> list[str]:
    """Return what the Dockerfile has pip install: pip itself, the build's needs, untilup's own."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    pinned = (CHECKOUT / "binary" / "requirements.txt").read_text().splitlines()
    own = [line.partition(" --hash=")[0] for line in pinned if not line.startswith("#")]
    return ["pip>=26", *project["build-system"]["requires"], *own]


def fill(directory: Path) -> None:
    """Download the requirements, and what they require, into *directory*.

    As wheels only, and all of them are pure Python: they fit the image's Python, too.
    """
    download = (sys.executable, "-m", "pip", "--quiet", "download", "--only-binary", ":all:")
    subprocess.run([*download, "--dest", str(directory), *requirements()], check=True, timeout=600)


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
