"""Adds to untilup's wheel what a shell and man(1) find in PREFIX/share: made where the wheel is built."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.builders.utils import get_reproducible_timestamp

CHECKOUT = Path(__file__).parents[2]


class SharedData(BuildHookInterface):  # type: ignore[type-arg]  # whatever configures the builder
    """Called by hatchling before and after it builds a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files; an editable install has none."""
        if version == "editable":
            return
        sys.path[:0] = [str(CHECKOUT / "src"), str(CHECKOUT / "tools")]
        from release import share

        self.made = TemporaryDirectory()
        written = share.write(Path(self.made.name), get_reproducible_timestamp())
        build_data["shared_data"] |= {str(file): path for path, file in written.items()}

    def finalize(self, *_: object) -> None:
        """Remove the files, which are in the wheel now."""
        if hasattr(self, "made"):
            self.made.cleanup()
