"""The lines of ``--log-format json``, each of which docs/log.schema.json describes.

Tests read such lines by *read* or *read_line* alone, so that each line that a test sees is validated.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "log.schema.json").read_text()
)
# How a line of untilup begins, among those of a command.
BEGINNING = b'{"schema": '
_VALIDATOR = Draft202012Validator(SCHEMA)


def read_line(line: str | bytes) -> dict[str, Any]:
    """Return *line* as an object; fail if it is none, or not as the schema describes it."""
    entry: dict[str, Any] = json.loads(line)
    _VALIDATOR.validate(entry)
    assert list(entry) == SCHEMA["required"]
    return entry


def read(stderr: str | bytes) -> list[dict[str, Any]]:
    """Return each line of *stderr* as an object."""
    return [read_line(line) for line in stderr.splitlines()]
