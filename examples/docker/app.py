"""The application of debian.Dockerfile: it serves HTTP on port 8000 until SIGTERM."""

import signal
import sys
from http.server import HTTPServer, SimpleHTTPRequestHandler


def stop(*_: object) -> None:
    """Exit with 0. As PID 1, the process would ignore SIGTERM without a handler."""
    print("stopped", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
with HTTPServer(("", 8000), SimpleHTTPRequestHandler) as server:
    print("serving", flush=True)
    server.serve_forever()
