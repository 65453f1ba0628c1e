"""Fixtures for tests in containers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from testcontainers.core.network import Network

from tests.container import examples as of_docker
from tests.container.containers import Containers
from tests.support import requirements
from tests.support.images import Images
from tests.support.untilup_process import BINARY


@pytest.fixture(scope="session", autouse=True)
def made(images: Images) -> None:
    """Have the image that all others stand on, outside of the time that a test may take."""
    images.get("python")


@pytest.fixture
def product(images: Images, distribution: str) -> str:
    """Return the image in which untilup is as pip installs it, and as one executable."""
    return images.get("binary" if distribution == str(BINARY) else "wheel")


@pytest.fixture
def with_clients(images: Images, distribution: str) -> str:
    """Return the image of the product in which there are clients of Redis and of brokers, too."""
    return images.get("binary_on_brokers" if distribution == str(BINARY) else "wheel_on_brokers")


@pytest.fixture
def with_infrastructure(images: Images, distribution: str) -> str:
    """Return the image of the product in which there are clients of LDAP and of SSH, too."""
    binary = distribution == str(BINARY)
    return images.get("binary_on_infrastructure" if binary else "wheel_on_infrastructure")


@pytest.fixture
def alone(images: Images) -> str:
    """Return the image in which there is the executable alone."""
    requirements.binary()
    return images.get("untilup")


@pytest.fixture(scope="session")
def examples(images: Images) -> Iterator[None]:
    """Make the images of examples/docker, by names of this run's; see container/examples.py."""
    requirements.binary()
    of_docker.make(images)
    yield
    of_docker.remove(images)


@pytest.fixture(scope="session")
def network(made: None) -> Iterator[Network]:  # noqa: ARG001 - without an engine there is none
    """Return a network of containers that know each other by name; no test leaves any on it."""
    with Network() as network:
        yield network


@pytest.fixture
def containers(images: Images, network: Network, product: str) -> Iterator[Containers]:
    """Start containers, and remove them at the end of the test."""
    with Containers(images, network, product) as started:
        yield started


@pytest.fixture
def internal(images: Images, product: str) -> Iterator[Containers]:
    """Start containers on a network that leads nowhere else."""
    leads_nowhere = Network(docker_network_kw={"internal": True})
    with leads_nowhere as network, Containers(images, network, product) as started:
        yield started
