"""The page about servers has every scheme, and only targets that untilup can read (docs/servers.md)."""

from __future__ import annotations

import re

import pytest

import readme_tables
from untilup import checks
from untilup.cli.targets import parse_target

MARK = "<!-- rows for tests/unit/test_servers_page.py -->\n"
PAGE = readme_tables.CHECKOUT / "docs/servers.md"
# Schemes that are no server of their own.
GENERAL = {"dns", "exec", "file", "tcp", "tls", "unix", "http", "https", "grpc", "grpcs"}


def rows() -> list[list[str]]:
    """Return the cells of each row of the page's table."""
    table = PAGE.read_text().partition(MARK)[2].partition("<!-- end of rows -->")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]
    ]


ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_target_can_be_read(row: list[str]) -> None:
    """Each target of the page can be read, and its row says how it was tested."""
    _, targets, proves, lacks, tested = row
    for word in re.findall(r"`([^`]+)`", targets):
        assert parse_target(word, 0.0, {}).note == ""
    assert proves
    assert lacks
    assert re.search(r"\d|^its documentation$|^by documented answers$", tested)


def test_each_server_that_has_a_scheme_is_on_the_page() -> None:
    """Each scheme that asks a server of one kind is in a row, by this or another of its names."""
    named = {word.partition("://")[0] for row in ROWS for word in re.findall(r"`([^`]+)`", row[1])}
    missing = {
        scheme
        for scheme in {*readme_tables.schemes_of(())} - GENERAL - named
        if not is_over_tls(scheme) and not any(checks.is_same(scheme, name) for name in named)
    }
    assert missing == set()


def is_over_tls(scheme: str) -> bool:
    """Tell whether *scheme* is another one over TLS."""
    plain = scheme.removesuffix("s")
    return plain != scheme and checks.syntax_of(plain) is not None


def test_the_rows_are_in_order() -> None:
    """The servers are in alphabetical order, and each is there once."""
    names = [row[0].lower() for row in ROWS]
    assert names == sorted(set(names))
