"""A service that takes two seconds to start, like a database that replays its log.

It prints its port, on which it does not listen at first.
"""

import socket
import time

with socket.socket() as server:
    server.bind(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    time.sleep(2)
    server.listen()
    while True:
        client, _ = server.accept()
        with client:
            # untilup's attempt closes without a byte; the command asks for something.
            client.settimeout(10)
            if client.recv(100):
                client.sendall(b"hello from the late server\n")
                break
