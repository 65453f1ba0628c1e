"""What docs/kubernetes.md says, as far as that can be held against something."""

from __future__ import annotations

import re

from tests.kube.manifests import FILES
from tests.netns.test_resolver import COSTS, NOBODY
from wheelhouse import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "kubernetes.md"
TEXT = DOCUMENT.read_text()


def test_it_can_be_read_at_one_sitting() -> None:
    """The page stays under 200 lines."""
    assert len(TEXT.splitlines()) < 200


def test_it_leads_to_every_example() -> None:
    """The page links every manifest."""
    linked = set(re.findall(r"\]\(([^)#]+)", TEXT))
    assert {f"../{file.relative_to(CHECKOUT)}" for file in FILES} <= linked


def test_the_costs_of_a_lookup_are_those_measured() -> None:
    """The table of queries is the one that the DNS server counts."""
    rows = re.findall(
        r"^\| (?:`(\S+):5432`|a name that does not exist).* \| (\d+) \|$", TEXT, re.MULTILINE
    )
    assert [(name or NOBODY, int(queries)) for name, queries in rows] == COSTS
