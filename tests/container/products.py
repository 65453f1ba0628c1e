"""Tests of one product only: what is so of the other, or is told by it as well, is not run twice."""

from __future__ import annotations

import pytest

from tests.support.untilup_process import BINARY, WHEEL

wheel_only = pytest.mark.parametrize("distribution", [WHEEL], ids=["wheel"], indirect=True)
binary_only = pytest.mark.parametrize("distribution", [BINARY], ids=["binary"], indirect=True)
