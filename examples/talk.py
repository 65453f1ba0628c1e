"""The command: an application that needs the server right at its start."""

import os
import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10) as connection:
    connection.sendall(b"who is there?\n")
    answer = connection.makefile().readline().strip()
print(f"pid {os.getpid()}, that was untilup's, asked and was told: {answer}")
