"""untilup works without /proc, which it reads elsewhere (docs/design.md, The command)."""

from __future__ import annotations

import subprocess

import pytest

from tests.support import requirements
from tests.support.untilup_process import PATIENCE, Program

WITHOUT_PROC = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param([], id="nothing"),
        pytest.param(["LANG=C"], id="C"),
        pytest.param(["LANG=xx_YY.UTF-8"], id="no-such-locale"),
        pytest.param(["LANG=C.UTF-8"], id="UTF-8"),
        pytest.param(["LC_CTYPE=C.UTF-8"], id="LC_CTYPE"),
        pytest.param(["LC_CTYPE=C.UTF-8", "LANG=C"], id="LC_CTYPE-and-LANG"),
        pytest.param(["LC_CTYPE=C", "LANG=C"], id="LC_CTYPE-is-C"),
        pytest.param(["LC_ALL=C"], id="LC_ALL"),
        pytest.param(["LC_ALL=C", "LC_CTYPE=C.UTF-8"], id="LC_ALL-and-LC_CTYPE"),
    ],
)
def test_the_locale_stays_as_it_was(untilup: Program, up: int, environment: list[str]) -> None:
    """The command has LC_CTYPE only if untilup had it, whatever CPython has made of it."""
    requirements.namespaces(WITHOUT_PROC[:2])
    given = ["PATH=/usr/bin:/bin", *environment]
    words = [*WITHOUT_PROC, "env", "-i", *given, *untilup.words, "-q", f"127.0.0.1:{up}"]
    done = subprocess.run(
        [*words, "--", "env"], capture_output=True, timeout=PATIENCE, check=True, encoding="ascii"
    )
    assert sorted(done.stdout.splitlines()) == sorted(given)
