"""The restricted profile of Kubernetes' Pod Security Standards, as rules for one pod.

https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted and what it takes over
from the baseline profile, by the names that the controls have there. If a field has values that
are allowed and that no example here needs, it has to be absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.kube.manifests import Manifest, containers

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
ABSENT = (None,)
FALSE = (None, False)

# Of a pod's spec: whether it keeps to the control.
OF_A_POD: dict[str, Callable[[Manifest], bool]] = {
    "Host Namespaces": lambda pod: all(
        pod.get(name) in FALSE for name in ("hostNetwork", "hostPID", "hostIPC")
    ),
    "Volume Types": lambda pod: all(
        volume.keys() - {"name"} <= VOLUMES for volume in pod.get("volumes", [])
    ),
    "Sysctls": lambda pod: pod.get("securityContext", {}).get("sysctls") in ABSENT,
}
# Of a container, whose security context has been completed by its pod's.
OF_A_CONTAINER: dict[str, Callable[[Manifest], bool]] = {
    "HostProcess": lambda each: each["securityContext"].get("windowsOptions") in ABSENT,
    "Privileged Containers": lambda each: each["securityContext"].get("privileged") in FALSE,
    "Host Ports": lambda each: all(port.get("hostPort", 0) == 0 for port in each.get("ports", [])),
    "Host Probes / Lifecycle Hooks": lambda each: not any(_named(each, "host")),
    "AppArmor": lambda each: each["securityContext"].get("appArmorProfile") in ABSENT,
    "SELinux": lambda each: each["securityContext"].get("seLinuxOptions") in ABSENT,
    "/proc Mount Type": lambda each: each["securityContext"].get("procMount") in ABSENT,
    "Privilege Escalation": lambda each: (
        each["securityContext"].get("allowPrivilegeEscalation") is False
    ),
    "Running as Non-root": lambda each: each["securityContext"].get("runAsNonRoot") is True,
    "Running as Non-root user": lambda each: each["securityContext"].get("runAsUser") != 0,
    "Seccomp": lambda each: (
        each["securityContext"].get("seccompProfile", {}).get("type")
        in {"RuntimeDefault", "Localhost"}
    ),
    "Capabilities": lambda each: (
        "ALL" in each["securityContext"].get("capabilities", {}).get("drop", [])
        and set(each["securityContext"]["capabilities"].get("add", [])) <= {"NET_BIND_SERVICE"}
    ),
}


def violations(pod: Manifest) -> set[str]:
    """Return the controls that the spec *pod* does not keep to."""
    found = {control for control, kept in OF_A_POD.items() if not kept(pod)}
    # These a pod cannot say for its containers; the others a container takes from its pod.
    for each in containers(pod):
        context = pod.get("securityContext", {}) | each.get("securityContext", {})
        completed = {**each, "securityContext": context}
        found |= {control for control, kept in OF_A_CONTAINER.items() if not kept(completed)}
    return found


def _named(tree: Any, key: str) -> Iterator[Any]:
    """Return all that stands under *key*, anywhere in the *tree*."""
    if isinstance(tree, dict):
        for name, below in tree.items():
            if name == key:
                yield below
            yield from _named(below, key)
    elif isinstance(tree, list):
        for below in tree:
            yield from _named(below, key)
