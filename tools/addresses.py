"""Where untilup is published, as the documents and the examples name it.

There is no release yet, so both names are placeholders. To change one, change it here and run
``make docs``, which rewrites every file of FILES. A test finds any other address.
"""

from __future__ import annotations

import re
from pathlib import Path

from untilup import __version__

CHECKOUT = Path(__file__).parent.parent
# On GitHub.
REPOSITORY = "OWNER/untilup"
# The registry, with a path if it has one.
REGISTRY = "registry.example"
IMAGE = f"{REGISTRY}/untilup:{__version__}"

_REPOSITORY = re.compile(r"(?<=github\.com/)[\w.-]+/untilup\b|\bOWNER/untilup\b")
# The images of the examples: untilup's have its version, the application's have their own.
_IMAGE = re.compile(
    r"(?<![\w./])[A-Za-z0-9][\w-]*\.[\w.-]+(?:/[\w.-]+)*/"
    r"(?:(?P<ours>untilup(?:-carrier)?):\d+(?:\.\d+)*|(?P<app>app(?:-with-untilup)?:\w+))"
)


def files() -> list[Path]:
    """Return every file that may name an address: documents, examples and what packages are made of."""
    patterns = ("*.md", "*.yml", "docs/*.md", "binary/*.md", "examples/**/*", "Dockerfile")
    found = {path for pattern in patterns for path in CHECKOUT.glob(pattern)}
    found.add(CHECKOUT / "pyproject.toml")
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)


def with_addresses(text: str) -> str:
    """Return *text* with the names of this module in the place of any others."""
    return _IMAGE.sub(_image, _REPOSITORY.sub(REPOSITORY, text))


def _image(found: re.Match[str]) -> str:
    return f"{REGISTRY}/" + (f"{found['ours']}:{__version__}" if found["ours"] else found["app"])
