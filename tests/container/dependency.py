"""What is waited for: dependency.py PORT... listens on each, and never says a word."""

import os
import signal
import socket
import sys

# PID 1 is not ended by a signal that it does not handle.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
servers = [socket.create_server(("", int(port))) for port in sys.argv[1:]]
os.write(1, b"listening\n")
while True:
    signal.pause()
