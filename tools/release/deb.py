"""The Debian packages: the executable, its man page, completions and licenses. dpkg-deb packs them."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from release.share import COMPLETIONS, MAN_PAGE

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# Where Debian's shells find what packages bring.
PLACES = {
    COMPLETIONS["bash"]: "usr/share/bash-completion/completions/untilup",
    COMPLETIONS["zsh"]: "usr/share/zsh/vendor-completions/_untilup",
    COMPLETIONS["fish"]: "usr/share/fish/vendor_completions.d/untilup.fish",
}
DOC = "usr/share/doc/untilup"
# No address is known to which mail about the package could go.
CONTROL = """\
Package: untilup
Version: {version}
Architecture: {architecture}
Maintainer: The untilup authors <untilup@untilup.invalid>
Installed-Size: {size}
Recommends: ca-certificates
Section: net
Priority: optional
Description: wait until what a container depends on is up, then execute a command
 untilup waits until host:port targets and services named by URLs are up, then
 replaces itself with a command. It is one static executable without
 dependencies. The targets' certificates are verified by those of
 ca-certificates.
"""
COPYRIGHT = """\
untilup is one static executable. It contains parts of these components, each
with the license in the directory of its name below /{doc}/licenses:
{components}
The license of untilup itself:

{own}"""
COMPRESSION = ("-Zxz", "--threads-max=1")  # more threads cut the data into other blocks


def file_name(version: str, machine: str) -> str:
    """Return how Debian names the package."""
    return f"untilup_{version}_{ARCHITECTURES[machine]}.deb"


def write(  # noqa: PLR0913 - each is another part of the package
    path: Path,
    root: Path,
    executable: Path,
    *,
    machine: str,
    version: str,
    seconds: int,
    share: Mapping[str, str],
    licenses: Mapping[str, bytes],
    documents: Mapping[str, str],
) -> None:
    """Write the package to *path*, by way of the directory *root*.

    *share* are the man page and the completions, *licenses* the texts by path, *documents* the texts
    of CHANGELOG.md and LICENSE.
    """
    files = {
        "usr/bin/untilup": executable.read_bytes(),
        "usr/share/man/man1/untilup.1.gz": packed(share[MAN_PAGE]),
        f"{DOC}/changelog.gz": packed(documents["CHANGELOG.md"]),
        f"{DOC}/copyright": copyright_of(licenses, documents["LICENSE"]).encode(),
        **{place: share[source].encode() for source, place in PLACES.items()},
        **{f"{DOC}/licenses/{name}": text for name, text in licenses.items()},
    }
    size = sum(-(-len(content) // 1024) for content in files.values())
    architecture = ARCHITECTURES[machine]
    control = CONTROL.format(version=version, architecture=architecture, size=size)
    sums = "".join(
        f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}  {name}\n"
        for name, content in sorted(files.items())
    )
    for name, content in {
        **files,
        "DEBIAN/control": control.encode(),
        "DEBIAN/md5sums": sums.encode(),
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o755 if name == "usr/bin/untilup" else 0o644)
    for directory in (root, *(entry for entry in root.rglob("*") if entry.is_dir())):
        directory.chmod(0o755)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", *COMPRESSION, "--build", root, path],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(seconds)},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def packed(text: str) -> bytes:
    """Return *text* compressed, without name or time."""
    return gzip.compress(text.encode(), mtime=0)


def copyright_of(licenses: Mapping[str, bytes], own: str) -> str:
    """Return the file that Debian's policy asks for."""
    names = sorted({name.partition("/")[0] for name in licenses})
    components = "".join(f" - {name}\n" for name in names)
    return COPYRIGHT.format(doc=DOC, components=components, own=own)
