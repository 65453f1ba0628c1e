"""A client of NATS that logs in and is answered: nats_client.py HOST USER PASSWORD.

There is no other in Debian. It prints what the server says to its PING (docs.nats.io, "Client
Protocol").
"""

import json
import socket
import sys

host, user, password = sys.argv[1:]
with socket.create_connection((host, 4222), 10) as connection:
    stream = connection.makefile("rwb")
    stream.readline()
    who = json.dumps({"user": user, "pass": password, "verbose": False, "pedantic": False})
    stream.write(f"CONNECT {who}\r\nPING\r\n".encode())
    stream.flush()
    sys.stdout.write(stream.readline().decode().strip() + "\n")
