"""Proxies without a backend, as they are deployed: each accepts a connection, then closes it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import harness

Argv = Sequence[str | Path]

# Directories of Debian that are not on every user's PATH.
SYSTEM = "/usr/sbin:/sbin"

HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen service
    bind 127.0.0.1:{port}
"""
# HAProxy knows from its health checks that the backend is down, or notices it with each connection. With
# its default of three retries it would close after three seconds.
CHECKED = HAPROXY + "    server backend 127.0.0.1:{backend} check inter 1s fall 1\n"
UNCHECKED = HAPROXY + "    retries 0\n    server backend 127.0.0.1:{backend}\n"
NGINX = """
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
pid {directory}/nginx.pid;
error_log stderr crit;
worker_processes auto;
events {{}}
stream {{ server {{ listen 127.0.0.1:{port}; proxy_pass 127.0.0.1:{backend}; }} }}
"""
STUNNEL = """
# Without a syslog daemon, libc writes each line to /dev/console, which may be a slow serial port.
syslog = no
foreground = yes
pid =
[service]
client = yes
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{backend}
"""
ENVOY = """
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: service
          cluster: service
  clusters:
  - name: service
    type: STATIC
    load_assignment:
      cluster_name: service
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {backend}}}}}}}
"""


@contextlib.contextmanager
def running() -> Iterator[dict[str, int]]:
    """Yield the port of each proxy that is installed, by its name."""
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="untilup-bench-")))
        backend = stack.enter_context(contextlib.closing(harness.closed_port())).getsockname()[1]
        ports = {}
        for name in ("docker-proxy", "HAProxy", "HAProxy, retries 0", "nginx", "stunnel", "Envoy"):
            port = free_port()
            argv = command(name, directory, port, backend)
            if argv is None:
                print(f"{name} is not installed.", file=sys.stderr)
                continue
            stack.enter_context(started(argv))
            ports[name] = port
        for port in ports.values():
            wait_until_open(port)
        # HAProxy's first health check of the backend.
        time.sleep(2)
        yield ports


def command(name: str, directory: Path, port: int, backend: int) -> Argv | None:
    """Write the configuration of the proxy *name*, and return its command; None if it is not installed."""

    def configured(text: str) -> Path:
        file = directory / f"{port}.yaml"
        file.write_text(text.format(port=port, backend=backend, directory=directory))
        return file

    def found(program: str) -> str | None:
        return shutil.which(program) or shutil.which(program, path=SYSTEM)

    if name == "docker-proxy" and (program := found("docker-proxy")):
        flags = f"-proto tcp -host-ip 127.0.0.1 -host-port {port}"
        to = f"-container-ip 127.0.0.1 -container-port {backend}"
        # It writes to descriptor 3 once it has started.
        return ["/bin/sh", "-c", f"exec {program} {flags} {to} 3>/dev/null"]
    if name.startswith("HAProxy") and (program := found("haproxy")):
        text = UNCHECKED if "retries" in name else CHECKED
        return [program, "-db", "-f", configured(text)]
    if name == "nginx" and (program := found("nginx")):
        return [program, "-c", configured(NGINX)]
    if name == "stunnel" and (program := found("stunnel")):
        return [program, configured(STUNNEL)]
    if name == "Envoy" and (program := found("envoy")):
        return [program, "-c", configured(ENVOY), "--use-dynamic-base-id", "-l", "critical"]
    return None


@contextlib.contextmanager
def started(argv: Argv) -> Iterator[None]:
    """Run *argv* during the context."""
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Return the number of a port that nothing listens on."""
    with harness.closed_port() as holder:
        port: int = holder.getsockname()[1]
        return port


def wait_until_open(port: int) -> None:
    """Return when something listens on *port*."""
    give_up = time.monotonic() + harness.PATIENCE
    while True:
        try:
            socket.create_connection((harness.LOOPBACK, port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return
