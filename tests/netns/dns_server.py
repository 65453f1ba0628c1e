"""A DNS server of few names (RFC 1035)."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

# Section 4.1.1: an answer, from one that asks on behalf of others, and its RCODE.
ANSWER = 0x8180
NO_ERROR, NO_SUCH_NAME = 0, 3
HEADER = 12
# Section 3.2.2, RFC 3596: by the family of the addresses that are asked for.
TYPES = {socket.AF_INET: 1, socket.AF_INET6: 28}
IN = 1
# Section 4.1.4: the name that the question has.
SAME_NAME = 0xC000 | HEADER


class DNSServer:
    """Answers for the names that it has, which may change while it runs, and notes what it is asked."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server
        self.addresses: dict[str, list[str]] = {}
        self.asked: list[str] = []

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Answer until the end."""
        thread = threading.Thread(target=self._answer_all)
        thread.start()
        try:
            yield
        finally:
            # Nothing: that is no question.
            self._server.sendto(b"", self._server.getsockname())
            thread.join()

    def _answer_all(self) -> None:
        self._server.settimeout(None)
        while True:
            query, client = self._server.recvfrom(512)
            if not query:
                return
            self._server.sendto(self.answer(query), client)

    def answer(self, query: bytes) -> bytes:
        """Return the answer to a *query* of one question, without what is added to it."""
        name, end = name_in(query)
        self.asked.append(name)
        (kind,) = struct.unpack_from("!H", query, end)
        packed = [packed_address(text) for text in self.addresses.get(name, [])]
        records = [
            struct.pack("!HHHIH", SAME_NAME, kind, IN, 0, len(address)) + address
            for family, address in packed
            if TYPES[family] == kind
        ]
        code = NO_ERROR if packed else NO_SUCH_NAME
        header = query[:2] + struct.pack("!5H", ANSWER | code, 1, len(records), 0, 0)
        return header + query[HEADER : end + 4] + b"".join(records)


def name_in(query: bytes) -> tuple[str, int]:
    """Return the name that is asked for, and where it ends."""
    labels, at = [], HEADER
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels), at + 1


def packed_address(text: str) -> tuple[socket.AddressFamily, bytes]:
    """Return the family of an address, and its bytes."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return family, socket.inet_pton(family, text)
