"""Completes the wheel of untilup-bin: its tag, for the machine that UNTILUP_MACHINE names, and share/."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Wheel(BuildHookInterface):  # type: ignore[type-arg]  # whatever configures the builder
    """Called by hatchling before it builds the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's interface
        """Set the tag: the executable is static, so it runs with any version of glibc and musl."""
        machine = os.environ["UNTILUP_MACHINE"]
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-manylinux2014_{machine}.musllinux_1_1_{machine}"
        # One by one: of a directory hatchling takes nothing where everything is left out (bypass-selection).
        root = Path(self.root)
        files = (file for file in (root / "share").rglob("*") if file.is_file())
        build_data["shared_data"] |= {str(file): str(file.relative_to(root)) for file in files}
