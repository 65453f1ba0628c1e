"""Write a CycloneDX list of the components of the executable: sbom.py EXECUTABLE CPYTHON PACKAGES LIBGCC <MODULES.

MODULES is what trace_imports.py prints, CPYTHON the directory of its source, PACKAGES the one that has the
packages, LIBGCC the compiler's version. The same in gives the same out: no date, no chance.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import uuid
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType, Pedigree
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

HERE = Path(__file__).parent
# Packages whose metadata has a text instead of an SPDX expression, by its first line.
SPDX = {"MIT": "MIT", "ISC License": "ISC", "The MIT License (MIT)": "MIT"}
SOURCE = re.compile(r"^(\w{64}) .*/([a-z]+)[\d.]*_([\d.]+)\.orig", re.MULTILINE)
PATCHES = r"/openssl_([^/]+)\.debian\.tar"
PACKAGE = re.compile(r"^(\S+)==\S+ --hash=sha256:(\w{64})$", re.MULTILINE)


def main() -> None:
    """Read the parts of the build, and write a file next to the executable."""
    executable, cpython, packages = (Path(argument) for argument in sys.argv[1:4])
    frozen = {Path(line.split()[1]) for line in sys.stdin}
    sum_of_all = hashlib.sha256(executable.read_bytes()).hexdigest()
    # The serial number depends on the executable.
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_OID, sum_of_all))
    bom.metadata.component = untilup(executable.name, sum_of_all)
    bom.components.update(sources(cpython))
    bom.components.update(frozen_packages(packages, frozen))
    bom.components.add(libgcc(sys.argv[4]))
    bom.register_dependency(bom.metadata.component, bom.components)
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    # The library requires it.
    del document["metadata"]["timestamp"]
    executable.with_name(executable.name + ".cdx.json").write_text(
        json.dumps(document, indent=2, sort_keys=True) + "\n"
    )


def component(  # noqa: PLR0913 - a component is known by all of these
    name: str,
    version: str,
    licence: str,
    sha256: str = "",
    *,
    kind: ComponentType = ComponentType.LIBRARY,
    purl: str = "generic",
    cpe: str | None = None,
    parts: Iterable[Component] = (),
) -> Component:
    """Return a component, with its license as an SPDX id or, if there are several, an expression."""
    where, _, namespace = purl.partition("/")
    url = PackageURL(where, namespace or None, name, version)
    is_one = " " not in licence
    return Component(
        type=kind,
        name=name,
        version=version,
        bom_ref=str(url),
        purl=url,
        cpe=cpe and f"cpe:2.3:a:{cpe}:{version}:*:*:*:*:*:*:*",
        licenses=[DisjunctiveLicense(id=licence) if is_one else LicenseExpression(licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else [],
        components=parts,
    )


def untilup(name: str, sha256: str) -> Component:
    """Return the executable itself."""
    source = (HERE.parent / "src" / "untilup" / "__init__.py").read_text()
    version = match(r'^__version__ = "(.+)"$', source)
    return component(name, version, "MIT", sha256, kind=ComponentType.APPLICATION)


def sources(cpython: Path) -> Iterator[Component]:
    """Yield the components that are built from source, with the hashes of their archives."""
    listed = (HERE / "sources.lock").read_text()
    found = {name: (version, sha256) for sha256, name, version in SOURCE.findall(listed)}
    version, sha256 = found.pop("musl")
    musl = component("musl", version, "MIT", sha256, cpe="musl-libc:musl")
    musl.pedigree = Pedigree(notes="with another resolver: binary/musl.patch of untilup")
    yield musl
    version, sha256 = found.pop("openssl")
    openssl = component("openssl", version, "Apache-2.0", sha256, cpe="openssl:openssl")
    # With the release alone, a scanner would report vulnerabilities that are fixed.
    openssl.pedigree = Pedigree(notes=f"with the patches of Debian's {match(PATCHES, listed)}")
    yield openssl
    version, sha256 = found.pop("python")
    yield component(
        "cpython", version, "PSF-2.0", sha256, cpe="python:python", parts=[hacl(cpython)]
    )
    if found:
        sys.exit(f"of these sources the licence is not known here: {', '.join(found)}")


def hacl(cpython: Path) -> Component:
    """Return the vendored code of CPython that is linked in: SHA-2, which the module random imports."""
    packages = json.loads((cpython / "Misc" / "sbom.spdx.json").read_text())["packages"]
    (package,) = (package for package in packages if package["name"] == "hacl-star")
    (checksum,) = package["checksums"]
    # As the files' headers have it; that list asserts none.
    return component(
        package["name"],
        package["versionInfo"],
        "MIT",
        checksum["checksumValue"],
        purl="github/hacl-star",
    )


def libgcc(version: str) -> Component:
    """Return the library that gcc links into each static program."""
    return component("libgcc", version, "GPL-3.0-or-later WITH GCC-exception-3.1")


def frozen_packages(directory: Path, frozen: set[Path]) -> Iterator[Component]:
    """Yield the packages of which modules are frozen, with the hashes of their wheels."""
    hashes = dict(PACKAGE.findall((HERE / "requirements.txt").read_text()))
    for package in sorted(distributions(path=[str(directory)]), key=lambda package: package.name):
        files = {directory / file for file in package.files or ()}
        if files & frozen:
            click = directory / "typer" / "_click" / "__init__.py"
            yield component(
                package.name,
                package.version,
                licence_of(package),
                hashes[package.name],
                purl="pypi",
                parts=[vendored_click(click)] if click in files & frozen else [],
            )


def licence_of(package: Distribution) -> str:
    """Return a package's license as an SPDX expression."""
    fields = package.metadata
    if "License-Expression" in fields:
        return fields["License-Expression"]
    return SPDX[fields["License"].splitlines()[0]]


def vendored_click(file: Path) -> Component:
    """Return click, of which typer has a changed copy, with the release that typer states."""
    version = match(r"click/releases/tag/([\d.]+)$", file.read_text())
    return component("click", version, "BSD-3-Clause", purl="pypi")


def match(pattern: str, text: str) -> str:
    """Return the group of *pattern* in the text; raise an error if it is not found."""
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        sys.exit(f"not found: {pattern}")
    return found[1]


if __name__ == "__main__":
    main()
