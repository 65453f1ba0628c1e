"""A client of ZooKeeper: python3 zookeeper_client.py HOST. It opens a session, and asks for the children of /.

The protocol is that of zookeeper.jute, in ZooKeeper's source.
"""

import socket
import struct
import sys

GET_CHILDREN = 8


def packet(body: bytes) -> bytes:
    """Return *body* with its length before it."""
    return struct.pack(">i", len(body)) + body


with socket.create_connection((sys.argv[1], 2181), 10) as server:
    answers = server.makefile("rb")
    # The protocol, the last change, the timeout, no session yet, and a password of 16 bytes.
    server.sendall(packet(struct.pack(">iqiqi16s", 0, 0, 10_000, 0, 16, b"")))
    (size,) = struct.unpack(">i", answers.read(4))
    _, timeout = struct.unpack(">ii", answers.read(size)[:8])
    assert timeout > 0, "no session"
    server.sendall(packet(struct.pack(">iii1sb", 1, GET_CHILDREN, 1, b"/", 0)))
    (size,) = struct.unpack(">i", answers.read(4))
    number, _, error = struct.unpack(">iqi", answers.read(size)[:16])
    assert (number, error) == (1, 0), error
    sys.stdout.write("a session\n")
