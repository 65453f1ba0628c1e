"""Every row of the table of values in docs/targets.md is what untilup makes of that value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import value_table
from tests.support.value_table import Row
from untilup.cli import argv
from untilup.errors import UsageError

ROWS = value_table.rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.word} {row.variables}")
def test_a_value_is_read_as_documented(row: Row, tmp_path: Path) -> None:
    """What a variable holds is the target in the table, or a usage error with the cure."""
    environ = row.environ(tmp_path)
    if row.error:
        with pytest.raises(UsageError) as caught:
            argv.parse([row.word], environ)
        assert row.error in str(caught.value)
        assert not any(value in str(caught.value) for value in environ.values() if len(value) > 2)
        return
    settings = argv.parse([row.word], environ)
    targets = settings.targets
    assert bool(settings.left_out) == (not row.targets)
    assert [bool(target.note) for target in targets] == [row.is_by_port] * len(targets)
    assert [str(target) for target in targets] == row.targets
    assert [bool(target.source) for target in targets] == [row.is_any] * len(targets)


def test_the_table_has_rows() -> None:
    """The table is found, and has more than targets that are read."""
    assert len(ROWS) > 40
    assert any(row.error for row in ROWS)
    assert any(row.files for row in ROWS)
