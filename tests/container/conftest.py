"""Fixtures for tests in containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from testcontainers.core.network import Network

    from container.containers import Containers
    from images import Images


@pytest.fixture(scope="module")
def network(images: Images) -> Iterator[Network]:  # noqa: ARG001 - they need an engine, too
    """Return a network of containers that know each other by name."""
    from testcontainers.core.network import Network

    with Network() as network:
        yield network


@pytest.fixture
def containers(images: Images, network: Network) -> Iterator[Containers]:
    """Start containers, and remove them at the end of the test."""
    from container.containers import Containers

    started = Containers(images, network)
    yield started
    started.remove()
