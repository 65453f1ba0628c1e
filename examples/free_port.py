"""Print a TCP port of 127.0.0.1 on which nobody listens."""

import socket

with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1])
