"""The application of debian.Dockerfile: it serves HTTP on port 8000 until it is asked to stop."""

import signal
import sys
from http.server import HTTPServer, SimpleHTTPRequestHandler


def stop(*_: object) -> None:
    """End well; as PID 1, nothing would happen without a handler."""
    print("stopped", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
with HTTPServer(("", 8000), SimpleHTTPRequestHandler) as server:
    print("serving", flush=True)
    server.serve_forever()
