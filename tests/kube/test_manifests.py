"""The manifests in examples/kubernetes, without a cluster."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped] # it has no types
import pytest

import untilup
from tests.kube.manifests import DIRECTORY, FILES, Manifest, container, containers, read, template
from tests.kube.restricted import OF_A_CONTAINER, OF_A_POD, violations
from untilup import values

# From the first on whose schema has a podFailurePolicy as it is meant (before, it asked for more than
# the API server does) to the newest that the validator knows.
VERSIONS = ["1.29", "1.31", "1.33", "1.35", "1.37"]
# Kubernetes' documentation, "Jobs": the pauses between tries, in seconds.
PAUSES = (10, 20, 40, 80, 160, 320)

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@each_file
@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_valid(file: Path, version: str) -> None:
    """Every manifest is one of that version of Kubernetes, with no field that it does not know."""
    assert kubernetes_validate.validate(read(file), version, strict=True) == version


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        pytest.param(["spec", "template", "spec", "initContainer"], [], id="a misspelled field"),
        pytest.param(["spec", "backoffLimit"], "three", id="a value of another type"),
        pytest.param(
            [
                "spec",
                "template",
                "spec",
                "containers",
                0,
                "securityContext",
                "readOnlyRootFileSystem",
            ],
            True,
            id="a capital letter too many",
        ),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_wrong_is_found(path: list[str | int], wrong: object, version: str) -> None:
    """A manifest with a mistake in it is refused: the validator looks at all of it."""
    manifest = read(DIRECTORY / "job.yaml")
    *parents, name = path
    inner: Any = manifest
    for parent in parents:
        inner = inner[parent]
    inner[name] = wrong
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, version, strict=True)


@each_file
def test_it_meets_the_restricted_profile(file: Path) -> None:
    """Every pod may run in a namespace that enforces the restricted profile."""
    assert violations(template(read(file))["spec"]) == set()


@pytest.mark.parametrize(
    ("broken", "spec", "context", "other"),
    [
        ("Host Namespaces", {"hostNetwork": True}, {}, {}),
        ("Volume Types", {"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}, {}, {}),
        ("Sysctls", {"securityContext": {"sysctls": [{"name": "a", "value": "1"}]}}, {}, {}),
        ("HostProcess", {}, {"windowsOptions": {"hostProcess": True}}, {}),
        ("Privileged Containers", {}, {"privileged": True}, {}),
        ("Host Ports", {}, {}, {"ports": [{"containerPort": 80, "hostPort": 80}]}),
        (
            "Host Probes / Lifecycle Hooks",
            {},
            {},
            {"startupProbe": {"tcpSocket": {"host": "10.0.0.1", "port": 80}}},
        ),
        ("AppArmor", {}, {"appArmorProfile": {"type": "Unconfined"}}, {}),
        ("SELinux", {}, {"seLinuxOptions": {"user": "root"}}, {}),
        ("/proc Mount Type", {}, {"procMount": "Unmasked"}, {}),
        ("Privilege Escalation", {}, {"allowPrivilegeEscalation": None}, {}),
        ("Running as Non-root", {}, {"runAsNonRoot": False}, {}),
        ("Running as Non-root user", {}, {"runAsUser": 0}, {}),
        ("Seccomp", {}, {"seccompProfile": {"type": "Unconfined"}}, {}),
        ("Capabilities", {}, {"capabilities": {"drop": ["NET_RAW"]}}, {}),
        ("Capabilities", {}, {"capabilities": {"drop": ["ALL"], "add": ["SYS_TIME"]}}, {}),
    ],
)
def test_what_is_not_restricted_is_found(
    broken: str, spec: Manifest, context: Manifest, other: Manifest
) -> None:
    """Each control of the profile is looked at, in init containers too."""
    pod = copy.deepcopy(template(read(DIRECTORY / "job.yaml"))["spec"])
    pod["securityContext"] |= spec.pop("securityContext", {})
    pod |= spec
    wait = container(pod, "wait")
    wait["securityContext"] |= context
    wait |= other
    assert violations(pod) == {broken}


def test_every_control_has_been_broken() -> None:
    """The table above has a row for each control."""
    (mark,) = test_what_is_not_restricted_is_found.pytestmark  # type: ignore[attr-defined] # pytest's
    assert {row[0] for row in mark.args[1]} == {*OF_A_POD, *OF_A_CONTAINER}


@each_file
def test_it_does_more_than_the_profile_asks_for(file: Path) -> None:
    """Root is read-only, the user a number, memory limited, and no token or variable is injected."""
    pod = template(read(file))["spec"]
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    for each in containers(pod):
        assert each["securityContext"]["readOnlyRootFilesystem"] is True
        resources = each["resources"]
        assert resources["requests"].keys() == {"cpu", "memory"}
        assert resources["limits"].keys() == {"memory"}


@each_file
def test_its_untilup_is_this_one(file: Path) -> None:
    """The images of untilup have the version of this checkout; no tag is one that moves."""
    for each in containers(template(read(file))["spec"]):
        name, _, tag = each["image"].rpartition(":")
        assert tag not in {"", "latest"}
        assert tag == untilup.__version__ or "/untilup" not in name


def test_a_job_is_told_why() -> None:
    """All tries of the Job time out before its deadline, at which its pods are deleted."""
    job = read(DIRECTORY / "job.yaml")["spec"]
    tries = 1 + job["backoffLimit"]
    waiting = tries * timeout_of(job["template"]["spec"]) + sum(PAUSES[: tries - 1])
    assert waiting < job["activeDeadlineSeconds"]


def test_a_run_ends_before_the_next() -> None:
    """The CronJob's wait ends before its deadline, and that before the next run is due."""
    job = read(DIRECTORY / "cronjob.yaml")["spec"]["jobTemplate"]["spec"]
    assert job["backoffLimit"] == 0
    assert timeout_of(job["template"]["spec"]) < job["activeDeadlineSeconds"] < 15 * 60


@pytest.mark.parametrize("name", ["init-container", "wrapper"])
def test_a_deployment_waits_without_a_timeout(name: str) -> None:
    """What Kubernetes would start again after longer and longer pauses does not time out."""
    assert timeout_of(template(read(DIRECTORY / f"{name}.yaml"))["spec"]) == 0


def timeout_of(pod: Manifest) -> float:
    """Return the seconds that untilup waits for in the spec *pod*."""
    for each in containers(pod):
        words = [*each.get("command", []), *each.get("args", [])]
        if "-t" in words:
            return values.parse_duration(words[words.index("-t") + 1])
    raise AssertionError("untilup is not given a time-out")
