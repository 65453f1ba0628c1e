"""The spelling of a target for a shell (docs/design.md, Targets)."""

from __future__ import annotations

import pytest

from untilup.cli.lists import parse_targets
from untilup.cli.spelling import shell_argument

SETTLE = 0.002
# What was typed, and what the summary of a failure names.
SPELLINGS = [
    ("db:1", "tcp://db:1"),
    ("[::1]:1", "'tcp://[::1]:1'"),
    ("db:1#timeout=5s", "tcp://db:1"),
    ("http://api/health", "http://api:80/health"),
    ("postgres://db/app", "postgres://db:5432/app"),
    ("redis://db/0", "redis://db:6379/0"),
    ("file:///run/ready", "file:///run/ready"),
    ("exec:true", "exec:true"),
    ("exec:pg_isready -h db", ""),
    ("redis://u:p@cache", ""),
    ("redis://cache?ssl=true", ""),
    ("http://api/health#status=204", ""),
    ("postgres://db/app?sslmode=require", ""),
    ("file:///run/$HOME", ""),
    # As an argument this would be refused: it could be two targets.
    ("kafka://one,two", ""),
    # Lists of URLs in a variable.
    ("env:LIST", ""),
    ("env:URL", "redis://cache:6379"),
    ("env:SECRET", ""),
]
ENVIRON = {
    "LIST": "http://one/,http://two/",
    "URL": "redis://cache",
    "SECRET": "redis://:p@cache",
}


@pytest.mark.parametrize(("typed", "argument"), SPELLINGS, ids=[typed for typed, _ in SPELLINGS])
def test_only_a_whole_name_is_an_argument(typed: str, argument: str) -> None:
    """A target is named as an argument only if its printed name means the same target."""
    (target,) = parse_targets(typed, SETTLE, ENVIRON)
    assert shell_argument(target) == argument
