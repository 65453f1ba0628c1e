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


def test_what_it_leads_to_is_there() -> None:
    """Every file that the page links, and every example is one, is in the checkout."""
    linked = {link for link in re.findall(r"\]\(([^)#]+)", TEXT) if "://" not in link}
    assert all((DOCUMENT.parent / link).exists() for link in linked)
    assert {f"../{file.relative_to(CHECKOUT)}" for file in FILES} <= linked


def test_the_tests_that_it_names_are_there() -> None:
    """Every test that stands for a claim exists."""
    files = set(re.findall(r"`(tests/[^`]+\.py)`", TEXT))
    assert files
    assert all((CHECKOUT / file).is_file() for file in files)
    here = "".join(file.read_text() for file in (CHECKOUT / "tests").glob("*/test_*.py"))
    names = set(re.findall(r"`(test_\w+)`", TEXT))
    assert names
    assert all(f"def {name}(" in here for name in names)


def test_the_costs_of_a_lookup_are_those_measured() -> None:
    """The table of queries is the one that the DNS server counts."""
    rows = re.findall(
        r"^\| (?:`(\S+):5432`|a name that nobody has).* \| (\d+) \|$", TEXT, re.MULTILINE
    )
    assert [(name or NOBODY, int(queries)) for name, queries in rows] == COSTS
