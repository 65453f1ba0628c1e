"""Every YAML block of a document is an example, or a part of one; and the examples for CI are what they say."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import readme_tables
from untilup.cli import argv
from wheelhouse import CHECKOUT

MARK = re.compile(r"<!-- (file|part of): (\S+) -->")
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()


def blocks(document: Path) -> list[tuple[str, str]]:
    """Return every YAML block of *document*, each after the line that stands before it."""
    lines = document.read_text().splitlines(keepends=True)
    found = []
    for number, line in enumerate(lines):
        if line.startswith(("```yaml", "```yml")):
            end = next(i for i in range(number + 1, len(lines)) if lines[i].startswith("```"))
            found.append((lines[number - 1].strip(), "".join(lines[number + 1 : end])))
    return found


ALL = [(document, *block) for document in readme_tables.DOCUMENTS for block in blocks(document)]


def example(path: str) -> Any:
    """Return what the YAML file at *path* describes, with the defaults of its variables."""
    return yaml.safe_load(readme_tables.DEFAULT.sub(r"\1", (CHECKOUT / path).read_text()))


def is_part(part: Any, whole: Any) -> bool:
    """Tell whether everything in *part* is also in *whole*; items of a list may be left out."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and is_part(value, whole[key]) for key, value in part.items()
        )
    if isinstance(part, list) and part and isinstance(part[0], dict):
        return all(any(is_part(item, other) for other in whole) for item in part)
    return bool(part == whole)


@pytest.mark.parametrize(
    ("document", "mark", "content"), ALL, ids=[f"{block[0].stem}: {block[1]}" for block in ALL]
)
def test_it_is_an_example(document: Path, mark: str, content: str) -> None:
    """Every YAML block is marked as an example or as a part of one, and is that."""
    found = MARK.fullmatch(mark)
    assert found, f"a block of {document.name} has no mark"
    if found[1] == "file":
        assert yaml.safe_load(content) == example(found[2])
    else:
        assert is_part(yaml.safe_load(content), example(found[2]))


def test_there_are_blocks() -> None:
    """The README shows Compose and Kubernetes; so do the pages about them, and those of CI."""
    named = {document.stem for document, _, _ in ALL}
    assert {"README", "compose", "kubernetes", "ci", "tutorial"} <= named


@pytest.mark.parametrize(
    "line", re.findall(r"untilup [^\n]*", "".join(f.read_text() for f in CHECKOUT.glob("examples/ci/*")))
)  # fmt: skip
def test_commands_in_ci(line: str) -> None:
    """Each command line of the examples for CI is one that untilup accepts."""
    if " -- " not in line:
        return
    variables = {"DATABASE_URL": "postgres://db"}
    assert argv.parse(line.removeprefix("untilup ").split(), variables).command == ["pytest"]


def test_the_examples_for_ci() -> None:
    """GitHub's example has a service with a published port; GitLab's has a service with an alias."""
    job = example("examples/ci/github.yml")["jobs"]["test"]
    assert job["services"]["db"]["ports"] == ["5432:5432"]
    assert all({"uses", "run"} & step.keys() for step in job["steps"])
    test = example("examples/ci/gitlab.yml")["test"]
    assert test["services"][0]["alias"] in test["variables"]["DATABASE_URL"]


def test_a_build_from_source_on_another_architecture(tmp_path: Path) -> None:
    """On arm64 the build of the executable says at once what to do instead."""
    stage = DOCKERFILE.partition(" AS executable-build\n")[2].partition("\nFROM ")[0]
    script = stage[stage.index("RUN ") + len("RUN ") :].replace("\\\n", "\n").replace("\n", " ")
    uname = tmp_path / "uname"
    uname.write_text("#!/bin/sh\necho aarch64\n")
    uname.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "--target wheel" in done.stderr
    assert "make binary-aarch64" in done.stderr
