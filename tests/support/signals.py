"""The signals that end untilup while it waits, for tests that send each of them."""

from __future__ import annotations

import signal

import pytest

ENDING = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]
each_signal = pytest.mark.parametrize("signum", ENDING, ids=[each.name for each in ENDING])
