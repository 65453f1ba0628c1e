"""DNS servers of which each answer is scripted, over UDP and TCP (RFC 1035)."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.netns.dns_server import HEADER, IN, SAME_NAME, TYPES, name_in, packed_address

DNS_PORT = 53
# Section 4.1.1: an answer; truncated; from a server that asks others on behalf of its clients.
IS_ANSWER, TRUNCATED, RECURSIVE = 0x8100, 0x0200, 0x0080
FORMAT_ERROR, SERVER_FAILURE, NO_SUCH_NAME, NOT_IMPLEMENTED, REFUSED = 1, 2, 3, 4, 5
CNAME = 5
TYPE_NAMES = {TYPES[socket.AF_INET]: "A", TYPES[socket.AF_INET6]: "AAAA"}


@dataclass(frozen=True)
class Answer:
    """What a server says to one query: *addresses* of the type that is asked for, and a *code*.

    - *alias* is another name, of which the addresses are then.
    - *late* are the seconds until it is said; *silent* is never.
    - *truncated* is over UDP alone, *by_tcp* is another answer over TCP.
    - *first* is what the first of several queries is answered.
    - *referral* says that the server asks no others: it neither knows nor finds out.
    """

    addresses: tuple[str, ...] = ()
    code: int = 0
    alias: str = ""
    late: float = 0.0
    silent: bool = False
    truncated: bool = False
    by_tcp: Answer | None = None
    first: Answer | None = None
    referral: bool = False


NONE = Answer()
UNKNOWN = Answer(code=NO_SUCH_NAME)
SILENT = Answer(silent=True)
# By "name" or "name TYPE"; "*" is any other name.
Script = Mapping[str, Answer]


def has(*addresses: str) -> Answer:
    """Return the answer with these *addresses*."""
    return Answer(addresses)


class Server:
    """One server at *address* in the calling thread's network, which follows a *script*."""

    def __init__(self, address: str, script: Script) -> None:
        self._script = script
        self._asked: dict[str, int] = {}
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._udp = socket.socket(family, socket.SOCK_DGRAM)
        self._udp.bind((address, DNS_PORT))
        self._tcp = socket.create_server((address, DNS_PORT), family=family)

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Answer until the end."""
        threads = [threading.Thread(target=work) for work in (self._by_udp, self._by_tcp)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._udp.sendto(b"", self._udp.getsockname())  # nothing: that is no query
            self._tcp.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
            self._udp.close()
            self._tcp.close()

    def _by_udp(self) -> None:
        while True:
            query, client = self._udp.recvfrom(4096)
            if not query:
                return
            answer = self._answer_to(query)
            if not answer.silent:
                output = packet(query, answer)
                timer = threading.Timer(answer.late, self._say, (output, client))
                timer.daemon = True
                timer.start()

    def _say(self, output: bytes, client: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):  # the test is over
            self._udp.sendto(output, client)

    def _by_tcp(self) -> None:
        while True:
            try:
                client, _ = self._tcp.accept()
            except OSError:  # shut down
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            while length := client.recv(2, socket.MSG_WAITALL):
                query = client.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)
                answer = self._answer_to(query)
                answer = answer.by_tcp or answer
                if not answer.silent:
                    output = packet(query, answer, by_tcp=True)
                    client.sendall(len(output).to_bytes(2, "big") + output)

    def _answer_to(self, query: bytes) -> Answer:
        name, end = name_in(query)
        name = name.lower()
        (kind,) = struct.unpack_from("!H", query, end)
        key = f"{name} {TYPE_NAMES[kind]}"
        script = self._script
        answer = script.get(key) or script.get(name) or script.get("*", UNKNOWN)
        times = self._asked[key] = self._asked.get(key, 0) + 1
        return answer.first if answer.first and times == 1 else answer


def packet(query: bytes, answer: Answer, *, by_tcp: bool = False) -> bytes:
    """Return the *answer* to a *query* as it is sent."""
    _, end = name_in(query)
    (kind,) = struct.unpack_from("!H", query, end)
    records, owner = [], struct.pack("!H", SAME_NAME)
    if answer.alias:
        alias = encoded(answer.alias)
        records.append(owner + struct.pack("!HHIH", CNAME, IN, 0, len(alias)) + alias)
        owner = alias
    for family, address in map(packed_address, answer.addresses):
        if TYPES[family] == kind:
            records.append(owner + struct.pack("!HHIH", kind, IN, 0, len(address)) + address)
    flags = IS_ANSWER | answer.code | (0 if answer.referral else RECURSIVE)
    if answer.truncated and not by_tcp:
        flags, records = flags | TRUNCATED, []
    header = query[:2] + struct.pack("!5H", flags, 1, len(records), 0, 0)
    return header + query[HEADER : end + 4] + b"".join(records)


def encoded(name: str) -> bytes:
    """Return a *name* as it stands in a packet."""
    labels = [label.encode() for label in name.split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
