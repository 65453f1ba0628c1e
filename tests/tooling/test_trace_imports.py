"""Which modules go into the executable: the scenarios that binary/trace_imports.py runs."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from untilup import checks

TRACE_IMPORTS = Path(__file__).parents[2] / "binary" / "trace_imports.py"
UP = "127.0.0.1:80"
NEW_CHECK = """
from untilup.targets.syntax import TargetSyntax
SYNTAX = TargetSyntax("quux://server", port={port})
"""


def targets() -> set[str]:
    """Return all words of all scenarios, targets among them."""
    scenarios = runpy.run_path(str(TRACE_IMPORTS))["scenarios"](UP, UP)
    return {word for _, runs in scenarios for arguments in runs for word in arguments}


@pytest.mark.parametrize(("port", "target"), [("25", f"quux://{UP}"), ("None", "quux:///nowhere")])
def test_a_new_check_has_a_scenario(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: str, target: str
) -> None:
    """A file in checks/ has a scenario of its own, and so is in the executable, without an edit."""
    assert target not in targets()
    (tmp_path / "quux.py").write_text(NEW_CHECK.format(port=port))
    monkeypatch.setattr(checks, "__path__", [*checks.__path__, str(tmp_path)])
    try:
        assert target in targets()
    finally:
        sys.modules.pop("untilup.checks.quux", None)
        vars(checks).pop("quux", None)


def test_a_scheme_that_needs_a_path_has_one() -> None:
    """A usage error ends a scenario, so no target of the one with all schemes is malformed."""
    assert f"oracle://{UP}/x" in targets()
    assert {f"oracle://{UP}", f"grpc://{UP}/x"}.isdisjoint(targets())


def test_each_scheme_has_a_scenario() -> None:
    """Each scheme is in a scenario, in plaintext and over TLS, and so are paths, names and commands."""
    schemes = {word.partition(":")[0] for word in targets()}
    files = {path.stem for path in Path(checks.__path__[0]).glob("[a-z]*.py")}
    assert len(files) > 20
    assert files - schemes == set()
