"""docs/logging.md shows what untilup writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.support import json_log
from tests.support.untilup_process import Program

PAGE = (Path(__file__).parents[2] / "docs" / "logging.md").read_text()


def test_the_json_lines(untilup: Program) -> None:
    """The lines of JSON that the page shows are those of the wait that it shows as text."""
    shown = [json.loads(line) for line in re.findall(r"^\{.*\}$", PAGE, re.MULTILINE)]
    done = untilup.run("-t", "2", "--log-format", "json", "127.0.0.1:1")
    lines = json_log.read(done.stderr)
    assert [line["event"] for line in shown] == [line["event"] for line in lines]
    for line, example in zip(lines, shown, strict=True):
        for varies in ("elapsed_s", "attempts"):
            example.pop(varies, None)
        assert line | example == line
