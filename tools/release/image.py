"""One archive of the image for all machines: an OCI layout that Docker, too, can load.

It is written here, because Docker 20.10 reads manifest.json and no OCI layout, skopeo copies an OCI
layout with all its machines, and no tool writes both into one archive without a registry.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

OCI = "application/vnd.oci.image"
# A number, because Kubernetes' runAsNonRoot does not trust a name.
USER = "65532:65532"
# As the OCI image specification and Docker's tags call the machines.
PLATFORMS: dict[str, dict[str, str]] = {
    "x86_64": {"architecture": "amd64", "os": "linux"},
    "aarch64": {"architecture": "arm64", "os": "linux", "variant": "v8"},
}
TITLES = {
    "title": "untilup",
    "description": "Wait until what a container depends on is up, then execute a command.",
    "licenses": "MIT",
}
EXECUTABLE = 0o755
READABLE = 0o644

Json = dict[str, Any]


class File(NamedTuple):
    """A file of a layer or of the archive."""

    content: bytes
    mode: int = READABLE


class Image(NamedTuple):
    """What an image is made of: each layer's files by path, the first layer lowest."""

    version: str
    seconds: int
    common: Mapping[str, File]
    executables: Mapping[str, bytes]


def write(image: Image, path: Path) -> None:
    """Write the archive to *path*."""
    layout = Layout()
    manifests, for_docker = [], []
    for machine, executable in image.executables.items():
        platform = PLATFORMS[machine]
        layers = [image.common, {"untilup": File(executable, EXECUTABLE)}]
        manifest, config = layout.add_image(image, platform, layers)
        manifests.append({**manifest, "platform": platform})
        architecture = platform["architecture"]
        suffix = "" if architecture == "amd64" else f"-{architecture}"
        for_docker.append({**config, "RepoTags": [f"untilup:{image.version}{suffix}"]})
    index = layout.add_json({**versioned("index"), "manifests": manifests}, f"{OCI}.index.v1+json")
    named = {
        "org.opencontainers.image.ref.name": image.version,
        "io.containerd.image.name": f"docker.io/library/untilup:{image.version}",
    }
    layout.files |= {
        "oci-layout": as_file({"imageLayoutVersion": "1.0.0"}),
        "index.json": as_file(
            {**versioned("index"), "manifests": [{**index, "annotations": named}]}
        ),
        "manifest.json": as_file(for_docker),
    }
    path.write_bytes(archive(layout.files, image.seconds))


class Layout:
    """The files of an OCI image layout."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}

    def add_image(
        self, image: Image, platform: Mapping[str, str], layers: Iterable[Mapping[str, File]]
    ) -> tuple[Json, Json]:
        """Add the image for one platform; return the manifest's descriptor, and what Docker reads."""
        tars = [archive(files, image.seconds) for files in layers]
        blobs = [self.add(gzip.compress(tar, mtime=0), f"{OCI}.layer.v1.tar+gzip") for tar in tars]
        config = self.add_json(
            {
                **platform,
                "created": datetime.fromtimestamp(image.seconds, UTC).isoformat(),
                "config": {
                    "User": USER,
                    "Entrypoint": ["/untilup"],
                    "Labels": labels(image.version),
                },
                "rootfs": {"type": "layers", "diff_ids": [digest(tar) for tar in tars]},
            },
            f"{OCI}.config.v1+json",
        )
        manifest = {**versioned("manifest"), "config": config, "layers": blobs}
        return self.add_json(manifest, f"{OCI}.manifest.v1+json"), {
            "Config": path_of(config["digest"]),
            "Layers": [path_of(blob["digest"]) for blob in blobs],
        }

    def add_json(self, document: Json, media_type: str) -> Json:
        """Add *document*, and return its descriptor."""
        return self.add(as_file(document).content, media_type)

    def add(self, content: bytes, media_type: str) -> Json:
        """Add a blob, and return its descriptor."""
        name = digest(content)
        self.files[path_of(name)] = File(content)
        return {"mediaType": media_type, "digest": name, "size": len(content)}


def labels(version: str) -> dict[str, str]:
    """Return the labels of the image."""
    return {f"org.opencontainers.image.{k}": v for k, v in {**TITLES, "version": version}.items()}


def versioned(kind: str) -> Json:
    """Return how each document of that *kind* begins."""
    return {"schemaVersion": 2, "mediaType": f"{OCI}.{kind}.v1+json"}


def as_file(document: object) -> File:
    """Return *document* as a file, the same each time."""
    return File(json.dumps(document, sort_keys=True, separators=(",", ":")).encode())


def digest(content: bytes) -> str:
    """Return the name of a blob."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def path_of(name: str) -> str:
    """Return where the blob of that *name* is in the layout."""
    return f"blobs/{name.replace(':', '/')}"


def archive(files: Mapping[str, File], seconds: int) -> bytes:
    """Return a tar archive of *files*, by path, and of their parent directories, all owned by root."""
    directories = {str(parent) for path in files for parent in Path(path).parents} - {"."}
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted({*files, *directories}):
            entry = tarfile.TarInfo(path)
            entry.mtime = seconds
            if path in files:
                entry.size, entry.mode = len(files[path].content), files[path].mode
                tar.addfile(entry, io.BytesIO(files[path].content))
            else:
                entry.type, entry.mode = tarfile.DIRTYPE, EXECUTABLE
                tar.addfile(entry)
    return written.getvalue()
