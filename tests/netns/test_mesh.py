"""In a pod of a service mesh: its connections are led to a proxy beside it (docs/kubernetes.md).

Istio and Linkerd do so by a rule in the pod's namespace, as here. Their proxy accepts first and
connects then; the one here is as blind, and as quick to accept.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.netns.namespaces import PEER, Namespace, Untilup, at
from tests.support import tcp_servers
from tests.support.untilup_process import PATIENCE

pytestmark = pytest.mark.netns

# Where Istio's proxy takes what leaves the pod.
PROXY = 15_001
# When the proxy closes, in seconds: later than any settle time that was not asked for.
LATE = 3.0
# What notices it.
SETTLE = "4s"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nserver: envoy\r\n\r\n"

Behaviour = Callable[[socket.socket], object]


@pytest.fixture
def meshed(here: Namespace) -> Namespace:
    """Return *here*, from which all that leaves is led to the proxy."""
    rule = f"-t nat -A OUTPUT -o eth0 -p tcp -j REDIRECT --to-ports {PROXY}"
    here.run("iptables", "-w", *rule.split())
    return here


@contextlib.contextmanager
def proxy(meshed: Namespace, behave: Behaviour) -> Iterator[None]:
    """Run what accepts every connection, whatever is behind it, and treats it by *behave*."""
    with contextlib.ExitStack() as stack:
        with meshed.inside():
            stack.enter_context(tcp_servers.serving(behave, PROXY, "0.0.0.0"))
        yield


def hang_up_later(client: socket.socket) -> None:
    """Close as late as a proxy that looks for its backend, and has none."""
    # Not before a question has arrived.
    client.settimeout(LATE)
    with contextlib.suppress(TimeoutError):
        client.recv(4096)
    client.close()


def unavailable(client: socket.socket) -> None:
    """Answer a request as Envoy does instead of a server that is not there."""
    client.settimeout(PATIENCE)
    client.recv(4096)
    client.sendall(UNAVAILABLE)


def test_before_the_proxy_runs_all_is_refused(
    untilup: Untilup, meshed: Namespace, peer: Namespace
) -> None:
    """An init container that starts before the proxy is refused by its own pod, even if the target is up."""
    with peer.serving(PEER):
        assert untilup.check_once(at(PEER)).reason == "refused"
        # What the mesh is told to leave alone gets through.
        rule = f"-t nat -I OUTPUT -p tcp --dport {at(PEER).rpartition(':')[2]} -j RETURN"
        meshed.run("iptables", "-w", *rule.split())
        assert untilup.come_up(at(PEER)).attempts == 1


@pytest.mark.parametrize(
    "behave",
    [pytest.param(tcp_servers.silent, id="holds"), pytest.param(hang_up_later, id="hangs up")],
)
def test_a_proxy_is_up_for_nobody(untilup: Untilup, meshed: Namespace, behave: Behaviour) -> None:
    """With TCP alone, a proxy that accepts connections to all destinations hides a server that is down."""
    with proxy(meshed, behave):
        assert untilup.come_up(at(PEER)).attempts == 1


def test_a_proxy_that_hangs_up_is_seen_by_a_longer_settling(
    untilup: Untilup, meshed: Namespace
) -> None:
    """If the proxy closes late because it has no backend, a longer settle time shows that."""
    with proxy(meshed, hang_up_later):
        assert untilup.check_once("--settle", SETTLE, at(PEER)).reason == "closed"


@pytest.mark.parametrize(
    ("target", "behave", "reason"),
    [
        pytest.param(f"postgres://{PEER}", tcp_servers.silent, "silent", id="postgres, held"),
        pytest.param(f"postgres://{PEER}", hang_up_later, "closed", id="postgres, closed"),
        pytest.param(f"redis://{PEER}", tcp_servers.silent, "silent", id="redis, held"),
        pytest.param(f"redis://{PEER}", hang_up_later, "closed", id="redis, closed"),
        pytest.param(f"http://{PEER}:8080/", tcp_servers.silent, "silent", id="http, held"),
        pytest.param(f"http://{PEER}:8080/", hang_up_later, "closed", id="http, closed"),
        pytest.param(f"http://{PEER}:8080/", unavailable, "status", id="http, 503"),
    ],
)
def test_who_is_asked_is_not_taken_for_up(
    untilup: Untilup, meshed: Namespace, target: str, behave: Behaviour, reason: str
) -> None:
    """A proxy instead of a server that is asked by its own protocol does not pass for it."""
    with proxy(meshed, behave):
        assert untilup.check_once("--attempt-timeout", "1s", target).reason == reason
