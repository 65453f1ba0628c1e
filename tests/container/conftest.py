"""Fixtures for tests in containers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from testcontainers.core.network import Network

from container.containers import Containers
from images import Images


@pytest.fixture(scope="session", autouse=True)
def made(images: Images) -> None:
    """Have the images that most tests need, outside of the time that a test may take."""
    images.get("python")
    images.get("untilup")


@pytest.fixture(scope="module")
def network(made: None) -> Iterator[Network]:  # noqa: ARG001 - without an engine there is none
    """Return a network of containers that know each other by name."""
    with Network() as network:
        yield network


@pytest.fixture
def containers(images: Images, network: Network) -> Iterator[Containers]:
    """Start containers, and remove them at the end of the test."""
    with Containers(images, network) as started:
        yield started


@pytest.fixture
def internal(images: Images) -> Iterator[Containers]:
    """Start containers on a network that leads nowhere else."""
    alone = Network(docker_network_kw={"internal": True})
    with alone as network, Containers(images, network) as started:
        yield started
