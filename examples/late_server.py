"""A service that takes two seconds to start, like a database that replays its log."""

import socket
import sys
import time

time.sleep(2)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        client, _ = server.accept()
        with client:
            # untilup's look hangs up without a word; the command asks for something.
            client.settimeout(10)
            if client.recv(100):
                client.sendall(b"hello from the late server\n")
                break
