"""A DNS server at 127.0.0.1, to which every name is unknown until it reads a line; and an open port.

It prints a line once it answers, and runs until its standard input ends.
"""

from __future__ import annotations

import socket
import sys
import threading

PORT = 53
# RFC 1035 section 4.1.1: a response with recursion, and "name error" in its last bits.
RESPONSE, UNKNOWN = 0x8180, 3
HEADER = 12
A = 1
# A pointer to the name of the question, type A, class IN, a TTL of 0 s, and 127.0.0.1.
ADDRESS = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1"


def answer(query: bytes, *, known: bool) -> bytes:
    """Return the response to *query*, which has one question: its address, or that it is unknown."""
    end = query.index(b"\0", HEADER) + 5  # the end of the name, the type and the class
    has_address = known and int.from_bytes(query[end - 4 : end - 2], "big") == A
    flags = RESPONSE if known else RESPONSE + UNKNOWN
    counts = b"\0\1" + bytes([0, has_address]) + bytes(4)
    response = query[:2] + flags.to_bytes(2, "big") + counts + query[HEADER:end]
    return response + ADDRESS if has_address else response


def main() -> None:
    known = threading.Event()

    def serve(server: socket.socket) -> None:
        while True:
            query, client = server.recvfrom(512)
            server.sendto(answer(query, known=known.is_set()), client)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(sys.argv[1])))
        listener.listen()
        server.bind(("127.0.0.1", PORT))
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        print("ready", flush=True)
        sys.stdin.readline()
        known.set()
        print("known", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
