"""What is waited for: dependency.py PORT... listens on each, and never says a word."""

import os
import signal
import socket
import sys

servers = [socket.create_server(("", int(port))) for port in sys.argv[1:]]
os.write(1, b"listening\n")
signal.pause()
