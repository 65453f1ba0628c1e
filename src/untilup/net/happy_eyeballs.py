"""Happy Eyeballs (RFC 8305): TCP connections to all addresses of a target at the same time.

Each address of a host may refuse, stay silent, or accept and close. One after the other, a silent
address would use up the time of the others. So the connection to the next address starts 250 ms
after the last one, or as soon as one has failed.

The kernel sends a second SYN after 1 s and a third after 3 s, so a host that comes up in between
would be noticed late. Therefore an address that stays silent gets another connection, with a new
SYN, every 500 ms, while the earlier sockets stay open. The first connection that stays open for the
settle time wins, and the others are closed. While an attempt still waits for one address, it tries
failed addresses again.

A check that needs an answer from the server uses the settle time only to choose between addresses.
So once all other addresses have failed, the last one wins as soon as it accepts.

With --once a failed address is not tried again, and every address is tried to its end.
"""

from __future__ import annotations

import _socket as socket
import errno
import select
from time import monotonic

from untilup import values
from untilup.errors import NotReady, ResourceLimitReached
from untilup.net import aggregate, descriptors, failures, settle
from untilup.net.schedule import SYN_RETRY_INTERVAL, Schedule
from untilup.values import inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.resolver import Address
    from untilup.targets.attempt import Attempt

# SO_LINGER on, 0 s: close with a reset, which leaves no TIME_WAIT.
RESET_ON_CLOSE = b"\x01\x00\x00\x00\x00\x00\x00\x00"


class ConnectionAttempt:
    """One connection to *address*. *settling* is its settle time, once it has been accepted."""

    def __init__(self, address: Address, began: float) -> None:
        self.address = address
        self.began = began
        self.settling: settle.Settling | None = None
        try:
            self.socket = socket.socket(address[0], socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            raise failures.connect_failure(error, 0.0) from error


class HappyEyeballs:
    """The connections of one attempt. Only the socket that *run* returns stays open.

    *answers* is true if the check needs an answer from the server.
    """

    def __init__(
        self, attempt: Attempt, addresses: list[Address], *, answers: bool = False
    ) -> None:
        self._attempt = attempt
        self._addresses = addresses
        self._answers = answers and not attempt.exhaustive
        self._began = monotonic()
        self._deadline = self._began + attempt.timeout
        self._schedule = Schedule(addresses, attempt.timeout, once=attempt.exhaustive)
        self._connections: dict[int, ConnectionAttempt] = {}
        # Above this number a connection replaces those to the same address.
        self._max_open = descriptors.max_sockets
        self._poll = select.poll()

    def run(self) -> socket.socket:
        """Return the first socket that stays open for the settle time; raise NotReady if none."""
        winners: list[ConnectionAttempt] = []
        try:
            while not winners or (
                self._attempt.exhaustive and (self._connections or self._schedule.untried)
            ):
                for address in self._schedule.take_due():
                    self._start(address)
                if (
                    not (self._connections or self._schedule.untried)
                    or monotonic() >= self._deadline
                ):
                    break
                self._poll_connections()
                winners += self._take_settled()
            if winners and not self._attempt.exhaustive:
                return winners.pop(0).socket
            failed = self._unfinished() | self._schedule.failures
            if winners:
                return winners.pop(0).socket
            by_address = {str(at[0]): failure for (_, at), failure in failed.items()}
            raise aggregate.combine(by_address, self._attempt.target.host)
        finally:
            for connection in (*self._connections.values(), *winners):
                connection.socket.close()

    def _start(self, address: Address) -> None:
        """Start a connection to *address*; if descriptors are short, close the earlier ones."""
        if len(self._connections) >= self._max_open:
            self._close_all_to(address)
        try:
            self._connect(address)
        except ResourceLimitReached:
            # Lookups and imports need the remaining descriptors: replace connections from now on.
            self._max_open = 0
            self._close_all_to(address)
            self._connect(address)

    def _connect(self, address: Address) -> None:
        try:
            connection = ConnectionAttempt(address, monotonic())
        except NotReady as failure:  # this machine lacks the address family
            self._failed(address, failure)
            return
        self._connections[connection.socket.fileno()] = connection
        self._schedule.start_again(address, SYN_RETRY_INTERVAL)
        error = connection.socket.connect_ex(address[1])
        if error == errno.EINPROGRESS:
            self._poll.register(connection.socket.fileno(), select.POLLOUT)
        else:
            self._connected(connection, error)

    def _poll_connections(self) -> None:
        """Wait until something happens on a connection, or is due; process what has happened."""
        due = [self._deadline, self._schedule.next_due()]
        due += [each.settling.until for each in self._connections.values() if each.settling]
        left = min(due) - monotonic()
        for descriptor, _ in self._poll.poll(values.poll_milliseconds(left)):
            connection = self._connections.get(descriptor)
            if connection is None:
                continue  # closed just now, with the other connections to its address
            if connection.settling:
                self._check_settling(connection, connection.settling)
            else:
                error = connection.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                self._connected(connection, error)

    def _connected(self, connection: ConnectionAttempt, error: int) -> None:
        """Start the settle time of *connection*, or record why connecting failed (*error*)."""
        if error:
            took = self._age(connection.address)
            self._failed(connection.address, failures.connect_failure(OSError(error, ""), took))
            return
        try:
            is_self_connected = connection.socket.getsockname() == connection.socket.getpeername()
        except OSError:  # ENOTCONN: the peer has reset the connection already
            self._failed(connection.address, failures.closed_immediately())
            return
        if is_self_connected:
            # While it is open, and in TIME_WAIT, the server could not bind its port.
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._failed(connection.address, failures.self_connected())
            return
        handshake = monotonic() - connection.began
        left = self._attempt.left(self._deadline)
        connection.settling = settle.Settling(self._attempt.target.settle, handshake, left)
        self._choose_last()
        self._schedule.start_again(connection.address, inf)
        self._attempt.enter("settling")
        self._poll.register(connection.socket.fileno(), select.POLLIN | select.POLLRDHUP)

    def _choose_last(self) -> None:
        """End the settle time if the check needs an answer, and all other addresses have failed."""
        if self._answers:
            failed = self._schedule.failures
            for connection in self._connections.values():
                address = connection.address
                if connection.settling and all(
                    each == address or each in failed for each in self._addresses
                ):
                    connection.settling.end()

    def _check_settling(self, connection: ConnectionAttempt, settling: settle.Settling) -> None:
        """Process what the peer has done, if anything."""
        closed = settle.has_closed(connection.socket)
        if closed:
            self._attempt.enter("connecting")
            self._failed(connection.address, failures.closed_immediately())
        elif closed is False:
            settling.end()  # a server that sends data is up, even if it closes at once

    def _take_settled(self) -> list[ConnectionAttempt]:
        now = monotonic()
        settled = []
        for descriptor, connection in list(self._connections.items()):
            settling = connection.settling
            # If one is closed, so are the others to its address that have not settled yet.
            if descriptor not in self._connections or not settling or not settling.is_over():
                continue
            if not settling.is_certain:
                self._check_settling(connection, settling)
            if self._connections.pop(descriptor, None):
                settled.append(connection)
                self._poll.unregister(descriptor)
                where = str(connection.address[1][0])
                self._attempt.observe(where, now - connection.began, "connected", "accepted")
        for connection in settled if self._attempt.exhaustive else ():
            self._close_all_to(connection.address)
        return settled

    def _failed(self, address: Address, failure: NotReady) -> None:
        """Record the failure of *address*, close its connections, and let the next address start."""
        self._schedule.failed(address, failure)
        self._note(address, failure)
        self._close_all_to(address)
        self._choose_last()

    def _note(self, address: Address, failure: NotReady) -> None:
        if self._attempt.exhaustive:
            where = str(address[1][0])
            self._attempt.observe(where, self._age(address), failure.reason, failure.detail)

    def _age(self, address: Address) -> float:
        """Return the seconds since the first SYN: all connections to an absent host fail together."""
        now = monotonic()
        open_to = (each for each in self._connections.values() if each.address == address)
        return now - min((each.began for each in open_to), default=now)

    def _close_all_to(self, address: Address) -> None:
        for descriptor, connection in list(self._connections.items()):
            if connection.address == address:
                del self._connections[descriptor]
                try:
                    # The kernel forgets closed descriptors, but poll has a list of its own.
                    self._poll.unregister(descriptor)
                except KeyError:  # it failed before it was registered
                    pass
                connection.socket.close()

    def _unfinished(self) -> dict[Address, NotReady]:
        """Return the failures of the addresses that have not answered by the deadline."""
        took = monotonic() - self._began
        unfinished = {
            connection.address: failures.not_settled(took)
            if connection.settling
            else failures.no_answer(took)
            for connection in self._connections.values()
        }
        for address, failure in unfinished.items():
            self._note(address, failure)
        return unfinished
