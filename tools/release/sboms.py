"""What is inside of each artifact, as CycloneDX, from the list that binary/sbom.py makes of the executable."""

from __future__ import annotations

import hashlib
import json
import tomllib
import uuid
from collections.abc import Iterable
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6

from binary.sbom import component, match

SUFFIX = ".cdx.json"


def write(  # noqa: PLR0913 - each describes the artifact
    artifact: Path,
    version: str,
    *,
    purl: str = "generic",
    name: str = "untilup",
    kind: ComponentType = ComponentType.APPLICATION,
    executables: Iterable[Path] = (),
    others: Iterable[Component] = (),
) -> None:
    """Write the list of what is in *artifact* beside it; *executables* have theirs already."""
    sha256 = hashlib.sha256(artifact.read_bytes()).hexdigest()
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_OID, sha256))
    bom.metadata.component = component(name, version, "MIT", sha256, kind=kind, purl=purl)
    for executable in executables:
        its = Bom.from_json(json.loads(sbom_of(executable).read_text()))  # type: ignore[attr-defined]
        own = its.metadata.component
        bom.components.add(own)
        bom.components.update(its.components)
        bom.register_dependency(own, its.components)
    bom.components.update(others)
    bom.register_dependency(bom.metadata.component, bom.components)
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    # The library knows no document without it.
    del document["metadata"]["timestamp"]
    sbom_of(artifact).write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")


def sbom_of(artifact: Path) -> Path:
    """Return where the list of *artifact* is."""
    return artifact.with_name(artifact.name + SUFFIX)


def certificates(lock: Path) -> Component:
    """Return Debian's CA certificates, of the package that *lock* names."""
    text = lock.read_text()
    return component(
        "ca-certificates",
        match(r"/ca-certificates_(\S+)_all\.deb$", text),
        "MPL-2.0",
        match(r"^(\w{64}) ", text),
        kind=ComponentType.DATA,
        purl="deb/debian",
    )


def requirements(pyproject: Path) -> list[Component]:
    """Return what pip installs beside the Python package, which has none of it inside."""
    project = tomllib.loads(pyproject.read_text())["project"]
    return [
        component(match(r"^([\w-]+)", each), "", license_of, purl="pypi")
        for each in project["dependencies"]
        for license_of in (REQUIRED[match(r"^([\w-]+)", each)],)
    ]


# The licenses of what is required.
REQUIRED = {"h2": "MIT", "rich": "MIT", "tenacity": "Apache-2.0", "typer": "MIT"}
