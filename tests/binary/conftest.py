"""What all tests of the executable need."""

from __future__ import annotations

import pytest

import needs


@pytest.fixture(scope="session", autouse=True)
def made() -> None:
    """Skip, or fail, without the executable."""
    needs.binary()
