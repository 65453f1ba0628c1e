"""The race of connections, where a real network would need luck to show it."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from tests.support.untilup_process import PATIENCE
from untilup.net import settle
from untilup.net.happy_eyeballs import ConnectionAttempt, HappyEyeballs
from untilup.targets.attempt import Attempt
from untilup.targets.target import Target

ADDRESS = (socket.AF_INET, ("127.0.0.1", 1))
PATIENT = Target("http", "127.0.0.1", 1, 3600.0)


def address(listener: socket.socket) -> tuple[int, tuple[object, ...]]:
    return socket.AF_INET, listener.getsockname()


def test_the_last_address_that_answers_needs_no_settle_time() -> None:
    """If the server has to answer, the only address that has not failed wins as soon as it accepts."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        addresses = [address(each) for each in (refusing, server)]
        race = HappyEyeballs(Attempt(PATIENT, 2 * PATIENCE), addresses, answers=True)
        with contextlib.closing(race.run()) as connection:
            assert connection.getpeername() == server.getsockname()


def test_the_settle_time_chooses_between_addresses() -> None:
    """Of two addresses, the one that accepts and closes does not win, even if the server has to answer."""
    with (
        socket.create_server(("127.0.0.1", 0)) as proxy,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        addresses = [address(each) for each in (proxy, server)]

        def close_at_once() -> None:
            proxy.accept()[0].close()

        closing = threading.Thread(target=close_at_once)
        closing.start()
        race = HappyEyeballs(Attempt(PATIENT, 2 * PATIENCE), addresses, answers=True)
        with contextlib.closing(race.run()) as connection:
            assert connection.getpeername() == server.getsockname()
        closing.join()


def test_a_settled_connection_survives_another_that_closes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two connections to an address, one that has settled is up, even if the server closes the other."""
    monkeypatch.setattr(settle.Settling, "is_over", lambda _: True)
    race = HappyEyeballs(Attempt(Target("tcp", "127.0.0.1", 1, 0.001), 1.0), [ADDRESS])
    ends = []
    for _ in range(2):
        here, there = socket.socketpair()
        here.setblocking(False)  # noqa: FBT003 - the socket's own signature
        connection = ConnectionAttempt(ADDRESS, 0.0)
        connection.socket.close()
        connection.socket = here
        connection.settling = settle.Settling(0.0, 0.0, 1.0)
        connection.settling.is_certain = False
        race._connections[here.fileno()] = connection
        race._poll.register(here.fileno())
        ends.append((here, there))
    (first, first_peer), (second, second_peer) = ends
    second_peer.close()
    with first, first_peer, second:
        assert [each.socket for each in race._take_settled()] == [first]
        assert first.fileno() != -1
        assert second.fileno() == -1
