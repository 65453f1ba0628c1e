"""The race of one attempt: TCP connections to every address of a target, side by side.

A host may have several addresses, and each of them may refuse, be silent, or accept and hang up.
Trying one after the other lets a silent address eat the time of a live one. So the next address
starts 250 ms after the last, or as soon as one has failed (RFC 8305), and an address that stays
silent gets a fresh SYN every 500 ms: the kernel's own second SYN comes after 1 s and the third
after 3 s, and a host that comes up in between would not be noticed. The sockets before stay open;
the first that survives its settling wins, and the rest are closed. An address that has failed is
tried again for as long as another keeps the attempt waiting.

With --once an address that has failed is not tried again, and none wins before all have ended.
"""

from __future__ import annotations

import _socket as socket
import errno
import select
from time import monotonic

from untilup import values
from untilup.errors import NotReady, ResourceLimitReached
from untilup.net import aggregate, descriptors, settle
from untilup.net.failures import (
    closed_immediately,
    connect_failure,
    no_answer,
    not_settled,
    self_connected,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.resolver import Address
    from untilup.targets.attempt import Attempt

# RFC 8305 section 5: the recommended Connection Attempt Delay.
CONNECTION_ATTEMPT_DELAY = 0.250
# Half of the kernel's first retransmission timeout (1 s, RFC 6298).
SYN_RETRY_INTERVAL = 0.500
# As between attempts: a failure that the kernel reports costs nothing, so another connection may come soon.
CHEAP_RETRY_DELAY = 0.050
# SO_LINGER on, 0 s: close by reset, which leaves no TIME_WAIT behind.
RESET_ON_CLOSE = b"\x01\x00\x00\x00\x00\x00\x00\x00"


class ConnectionAttempt:
    """One connection in the race: connecting until it has a *settling*, settling after that."""

    __slots__ = ("address", "began", "settling", "socket")

    def __init__(self, address: Address, began: float) -> None:
        self.address = address
        self.began = began
        self.settling: settle.Settling | None = None
        try:
            self.socket = socket.socket(address[0], socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            raise connect_failure(error, 0.0) from error


class HappyEyeballs:
    """The connections of one attempt. Whatever happens, *run* leaves no socket open but the winner's."""

    def __init__(self, attempt: Attempt, addresses: list[Address]) -> None:
        self._attempt = attempt
        self._began = monotonic()
        self._deadline = self._began + attempt.timeout
        self._at_start = addresses.copy()  # has not been tried yet
        self._next_start = self._began
        # All addresses of a blackholed host are tried in the first half of the attempt.
        half = attempt.timeout / 2
        self._stagger = min(CONNECTION_ATTEMPT_DELAY, half / max(1, len(addresses)))
        self._again: dict[Address, float] = {}  # when an address gets its next connection
        self._runners: dict[int, ConnectionAttempt] = {}
        self._failures: dict[Address, NotReady] = {}
        # With more connections a fresh SYN takes the place of those before it.
        self._most_open = descriptors.most_sockets
        self._poll = select.poll()

    def run(self) -> socket.socket:
        """Return the first connection that survives its settling; raise NotReady if none does."""
        survivors: list[ConnectionAttempt] = []
        try:
            while not survivors or (self._attempt.exhaustive and (self._runners or self._at_start)):
                self._start_what_is_due()
                if not (self._runners or self._at_start) or monotonic() >= self._deadline:
                    break
                self._listen()
                survivors += self._take_survivors()
            failures = self._unfinished() | self._failures
            if not survivors:
                by_address = {str(at[0]): failure for (_, at), failure in failures.items()}
                raise aggregate.combine(by_address, self._attempt.target.host)
            return survivors.pop(0).socket
        finally:
            for runner in (*self._runners.values(), *survivors):
                runner.socket.close()

    def _start_what_is_due(self) -> None:
        now = monotonic()
        while self._at_start and now >= self._next_start:
            self._next_start = now + self._stagger
            self._start(self._at_start.pop(0), now)
        for address, due in list(self._again.items()):
            if now >= due:
                self._start_again(address, now)

    def _start(self, address: Address, now: float) -> None:
        try:
            runner = ConnectionAttempt(address, now)
        except NotReady as failure:  # no such address family here
            self._failed(address, failure)
            return
        self._runners[runner.socket.fileno()] = runner
        self._again[address] = now + SYN_RETRY_INTERVAL
        answer = runner.socket.connect_ex(address[1])
        if answer == errno.EINPROGRESS:
            self._poll.register(runner.socket.fileno(), select.POLLOUT)
        else:
            self._connected(runner, answer)

    def _start_again(self, address: Address, now: float) -> None:
        """Give *address* one more connection, as long as there are descriptors for it."""
        if len(self._runners) >= self._most_open:
            self._close_all_to(address)
        try:
            self._start(address, now)
        except ResourceLimitReached:
            # What is left of the descriptors is for others: from now on replace, do not add.
            self._most_open = 0
            self._close_all_to(address)
            self._start(address, now)

    def _listen(self) -> None:
        """Wait for the next answer, start or end of a settling, and take in what has come."""
        due = [self._deadline, *self._again.values()]
        due += [self._next_start] if self._at_start else []
        due += [each.settling.until for each in self._runners.values() if each.settling]
        left = min(due) - monotonic()
        for descriptor, _ in self._poll.poll(values.poll_milliseconds(left)):
            runner = self._runners.get(descriptor)
            if runner is None:
                continue  # closed a moment ago, with the rest of its address's
            if runner.settling:
                self._heard_while_settling(runner, runner.settling)
            else:
                self._connected(
                    runner, runner.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                )

    def _connected(self, runner: ConnectionAttempt, answer: int) -> None:
        """Let the connection settle, or keep the reason why there is none."""
        now = monotonic()
        if answer:
            # Since the first SYN, because all of an absent host's end when its neighbours give up.
            began = min(r.began for r in self._runners.values() if r.address == runner.address)
            self._failed(runner.address, connect_failure(OSError(answer, ""), now - began))
            return
        try:
            reached_itself = runner.socket.getsockname() == runner.socket.getpeername()
        except OSError:  # ENOTCONN: the peer has reset the connection since
            self._failed(runner.address, closed_immediately())
            return
        if reached_itself:
            # While it lives, and in TIME_WAIT, it would keep the server from its own port.
            runner.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._failed(runner.address, self_connected())
            return
        runner.settling = settle.Settling(
            self._attempt.target.settle, now - runner.began, self._attempt.left(self._deadline)
        )
        self._again.pop(runner.address, None)
        self._attempt.enter("settling")
        self._poll.register(runner.socket.fileno(), select.POLLIN | select.POLLRDHUP)

    def _has_settled(self, runner: ConnectionAttempt, settling: settle.Settling) -> bool:
        if not settling.is_over():
            return False
        if not settling.is_certain:
            self._heard_while_settling(runner, settling)
        return runner.socket.fileno() in self._runners

    def _heard_while_settling(self, runner: ConnectionAttempt, settling: settle.Settling) -> None:
        """Take in what the peer did, if it did anything."""
        closed = settle.has_closed(runner.socket)
        if closed:
            self._attempt.enter("connecting")
            self._failed(runner.address, closed_immediately())
        elif closed is False:
            settling.end()  # what speaks is up, even if it closes at once

    def _take_survivors(self) -> list[ConnectionAttempt]:
        now = monotonic()
        settled = [
            runner
            for descriptor, runner in list(self._runners.items())
            # One that has closed takes the others to its address along.
            if descriptor in self._runners
            and runner.settling
            and self._has_settled(runner, runner.settling)
        ]
        for runner in settled:
            del self._runners[runner.socket.fileno()]
            self._poll.unregister(runner.socket.fileno())
            self._attempt.observe(str(runner.address[1][0]), now - runner.began, "up", "accepted")
        if self._attempt.exhaustive:
            for runner in settled:
                self._close_all_to(runner.address)
        return settled

    def _failed(self, address: Address, failure: NotReady) -> None:
        """Keep the answer of *address*, close all that runs to it, and let the next one start."""
        if address not in self._failures:
            self._next_start = 0.0
        self._failures[address] = failure
        self._note(address, failure)
        self._again[address] = monotonic() + (
            CHEAP_RETRY_DELAY if failure.cheap else SYN_RETRY_INTERVAL
        )
        if self._attempt.exhaustive:
            del self._again[address]
        self._close_all_to(address)

    def _note(self, address: Address, failure: NotReady) -> None:
        now = monotonic()
        began = min((r.began for r in self._runners.values() if r.address == address), default=now)
        self._attempt.observe(str(address[1][0]), now - began, failure.reason, failure.detail)

    def _close_all_to(self, address: Address) -> None:
        for descriptor, runner in list(self._runners.items()):
            if runner.address == address:
                del self._runners[descriptor]
                try:
                    # The kernel forgets what is closed; poll has a list of its own.
                    self._poll.unregister(descriptor)
                except KeyError:  # it failed before it was ever polled
                    pass
                runner.socket.close()

    def _unfinished(self) -> dict[Address, NotReady]:
        """Return the reasons of the addresses that the deadline found without an answer."""
        took = monotonic() - self._began
        unfinished = {
            runner.address: not_settled(took) if runner.settling else no_answer(took)
            for runner in self._runners.values()
        }
        for address, failure in unfinished.items():
            self._note(address, failure)
        return unfinished
