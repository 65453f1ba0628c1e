"""The list of what is in the executable: complete, valid, and the same each time."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.binary import probe
from tests.binary.probe import Probe
from tests.support.once_per_run import made_once
from tests.support.untilup_process import BINARY

# What packages can be listed, and by which module each is told to be in.
OF_PYTHON = {
    "annotated-doc": "annotated_doc",
    "click": "typer._click",
    "h2": "h2",
    "hpack": "hpack",
    "hyperframe": "hyperframe",
    "shellingham": "shellingham",
    "tenacity": "tenacity",
    "typer": "typer",
    "rich": "rich",
}


def write_list(directory: Path) -> None:
    """Make the list by a build in a checkout in *directory*."""
    checkout = probe.copy_checkout(directory)
    (checkout / "dist").mkdir()
    shutil.copy(BINARY, checkout / "dist")
    probe.build_in(checkout, "sbom")


def written(directory: Path) -> str:
    """Return the list that has been made in *directory*."""
    return (directory / "dist" / f"{BINARY.name}.cdx.json").read_text()


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the list as text."""
    return written(made_once(tmp_path_factory, "sbom", write_list))


@pytest.fixture(scope="module")
def components(text: str) -> dict[str, dict[str, Any]]:
    """Return all components, and their parts, by their names."""
    found: dict[str, dict[str, Any]] = {}
    left = list(json.loads(text)["components"])
    while left:
        component = left.pop()
        found[component["name"]] = component
        left += component.get("components", [])
    return found


def test_it_is_valid(text: str) -> None:
    """It is CycloneDX 1.6, by the letter of the schema."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert error is None, error


def test_it_is_the_same_each_time(text: str, tmp_path: Path) -> None:
    """Made again, somewhere else, it is the same: no date, no number by chance."""
    write_list(tmp_path)
    assert written(tmp_path) == text
    assert "timestamp" not in text


def test_it_names_the_executable(text: str) -> None:
    """What it describes is the executable, by its sum."""
    component = json.loads(text)["metadata"]["component"]
    sums = {one["alg"]: one["content"] for one in component["hashes"]}
    assert component["name"] == BINARY.name
    assert sums == {"SHA-256": hashlib.sha256(BINARY.read_bytes()).hexdigest()}


def test_it_lists_what_is_inside_and_nothing_else(
    components: dict[str, dict[str, Any]], interpreter: Probe
) -> None:
    """A package is listed if a module of it is inside, and no other is; so is what is linked in."""
    modules = interpreter.modules()
    inside = {name for name, package in OF_PYTHON.items() if package in modules}
    assert components.keys() == {*inside, "cpython", "hacl-star", "libgcc", "musl", "openssl"}


def test_each_component_can_be_looked_up(components: dict[str, dict[str, Any]]) -> None:
    """Each has its release, its licence by SPDX and its package URL, and what is fetched its sum."""
    for name, component in components.items():
        (licence,) = component["licenses"]
        assert licence.get("expression") or licence["license"]["id"]
        assert component["purl"].endswith(f"/{name}@{component['version']}")
    without = {name for name, component in components.items() if not component.get("hashes")}
    # The one comes with the compiler, the other inside of typer.
    assert without == {"libgcc", "click"}
