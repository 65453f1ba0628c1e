"""Download what pip needs to build and install untilup: wheelhouse.py FOLDER.

With that folder as ./wheelhouse, the Dockerfile needs no network.
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
    return ["pip>=26", *project["build-system"]["requires"], *project["project"]["dependencies"]]


def fill(folder: Path) -> None:
    """Download the requirements, and what they require, into *folder*.

    As wheels only, and all of them are pure Python: they fit the image's Python, too.
    """
    download = (sys.executable, "-m", "pip", "--quiet", "download", "--only-binary", ":all:")
    subprocess.run([*download, "--dest", str(folder), *requirements()], check=True, timeout=600)


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
