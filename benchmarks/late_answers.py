"""Detection latencies: from the moment a target is up to the exit of the program that waits for it.

A target refuses connections, has an unknown name, or answers HTTP 503, and is up at a random moment
of a window. Every tool gets the same moments. The samples run side by side, few at a time.
"""

from __future__ import annotations

import contextlib
import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import detection_latency
import harness
from isolation import LOCAL_DNS, UNKNOWABLE, Isolation
from waiting_tools import Tool

SECONDS = int(harness.PATIENCE)
NAMES = Path(__file__).with_name("late_name.py")

Waits = Callable[[Tool, float], float]


def sampled(
    tools: Sequence[Tool], waits: Waits, window: tuple[float, float], count: int
) -> dict[str, list[float]]:
    """Return the detection latencies of *tools* after *count* moments in *window*, in seconds."""
    return detection_latency.sampled({tool.name: tool for tool in tools}, waits, window, count)


def after_refused(tool: Tool, moment: float) -> float:
    """Return the detection latency of a port that refuses until *moment* seconds after the spawn."""
    with harness.closed_port() as port:
        return timed(tool.argv([harness.address(port)], SECONDS), moment, port.listen)


def after_unknown_name(tool: Tool, moment: float) -> float:
    """Return that of a name that the DNS server does not know until then; its port is open."""
    with Isolation(LOCAL_DNS) as isolation:
        port = UNKNOWABLE.partition(":")[2]
        words = isolation.inside([sys.executable, "-I", "-S", str(NAMES), port])
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as names:
            assert names.stdin is not None
            assert names.stdout is not None
            stdin, stdout = names.stdin, names.stdout
            stdout.readline()

            def publish() -> None:
                stdin.write(b"\n")
                stdin.flush()
                stdout.readline()

            return timed(isolation.inside(tool.argv([UNKNOWABLE], SECONDS)), moment, publish)


def after_503(tool: Tool, moment: float) -> float:
    """Return that of an HTTP server that answers 503 until then."""
    up = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if up.is_set() else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer((harness.LOOPBACK, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        words = [word.format(SECONDS) for word in tool.http]
        url = f"http://{harness.LOOPBACK}:{server.server_port}/"
        with contextlib.ExitStack() as stack:
            stack.callback(server.shutdown)
            return timed([*words, url], moment, up.set)


def timed(words: Sequence[str], moment: float, begin: Callable[[], None]) -> float:
    """Start *words*, call *begin* at the *moment*; return the seconds from its return to the exit."""
    began = time.monotonic()
    pid = harness.spawn(words)
    time.sleep(max(0.0, began + moment - time.monotonic()))
    begin()
    up = time.monotonic()
    return began + harness.ended(pid, began, words[0]).seconds - up
