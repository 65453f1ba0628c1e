"""The manifests that are shipped, and the pods in them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from wheelhouse import CHECKOUT

DIRECTORY = CHECKOUT / "examples" / "kubernetes"
FILES = sorted(DIRECTORY.glob("*.yaml"))

# What a manifest holds.
Manifest = dict[str, Any]


def read(file: Path) -> Manifest:
    """Return the one object that the manifest in *file* describes."""
    manifest: Manifest = yaml.safe_load(file.read_text())
    return manifest


def template(manifest: Manifest) -> Manifest:
    """Return the template of the pods that the workload makes."""
    spec = manifest["spec"]
    found: Manifest = (spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec)["template"]
    return found


def containers(pod: Manifest) -> list[Manifest]:
    """Return all containers of the spec *pod*, in the order in which they start."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def container(pod: Manifest, name: str) -> Manifest:
    """Return the container of that *name* of the spec *pod*."""
    return next(each for each in containers(pod) if each["name"] == name)


def one_pod(file: Path) -> Manifest:
    """Return a pod as the workload in *file* makes it, for `podman kube play`.

    podman 4 knows neither Jobs nor CronJobs; and what is to be restarted always it restarts without
    a pause, an init container that has succeeded, too. So the pod runs once. Its init containers
    stay, to be asked what they said.
    """
    manifest = read(file)
    spec = copy.deepcopy(template(manifest)["spec"])
    spec["restartPolicy"] = "Never"
    annotations = {"io.podman.annotations.init.container.type": "always"}
    metadata = {"name": manifest["metadata"]["name"], "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
