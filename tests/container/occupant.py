"""A client that takes all places of a server: occupant.py HOST PORT PLACES [HELLO].

It keeps that many connections open, and says HELLO, given in hexadecimal digits, on each. It opens
every connection again that the server refuses or closes. If other clients still have places, it gets
these, too, once they leave.
"""

import contextlib
import select
import socket
import sys
import time

host, port, places = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
hello = bytes.fromhex("".join(sys.argv[4:]))
held: list[socket.socket] = []
while True:
    with contextlib.suppress(OSError):
        while len(held) < places:
            held.append(socket.create_connection((host, port)))
            held[-1].sendall(hello)
            print(f"connection {len(held)}", flush=True)  # noqa: T201 - the tests wait for it
    for connection in select.select(held, [], [], 0.05)[0]:
        try:
            closed = not connection.recv(4096)
        except OSError:
            closed = True
        if closed:
            connection.close()
            held.remove(connection)
            time.sleep(0.02)
