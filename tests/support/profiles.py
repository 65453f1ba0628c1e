"""How many examples Hypothesis tries: UNTILUP_TEST_PROFILE is ``default`` or ``explore``.

By default every run has the same few examples. A release explores: other examples in each run, and
many of them.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

NAME = os.environ.get("UNTILUP_TEST_PROFILE", "default")


def load() -> None:
    """Load the profile that UNTILUP_TEST_PROFILE names, for all tests."""
    suppressed = [
        HealthCheck.too_slow,  # says more about a busy machine than about a test
        HealthCheck.function_scoped_fixture,  # each example resets what it uses of one
    ]
    settings.register_profile(
        "default",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=25,
        suppress_health_check=suppressed,
    )
    settings.register_profile(
        "explore",
        # Said here, because what is left out comes from the profile that is loaded.
        derandomize=False,
        database=None,
        deadline=None,
        max_examples=5_000,
        suppress_health_check=suppressed,
    )
    settings.load_profile(NAME)


def scaled(factor: float) -> settings:
    """Return the settings of a test that needs *factor* times as many examples as others."""
    return settings(max_examples=round(settings().max_examples * factor))
