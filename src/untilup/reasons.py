"""The reason codes of failures: what each means, and the hint that goes with it by default.

The codes are promised: scripts compare them, in the JSON lines and in the table of ``--once``.
A server's own words, and which of several causes it was, stand in a failure's detail.
"""

from __future__ import annotations

_LOG = "Look at the server's log."
_PORT = "Check that this is the right port for the scheme."

# The code: its meaning, and its default hint.
REASONS = {
    # Connections.
    "refused": ("nothing listens on the port or the socket", ""),
    "closed": ("the connection was accepted, then closed without a complete answer: often by a proxy without a backend", ""),
    "no-answer": ("no answer from the address: packets are dropped, or the server's queue is full", ""),
    "too-late": ("the server accepted or answered too late in the attempt to count", "Raise --attempt-timeout, or lower --settle."),
    "not-attempted": ("the time was over before the first attempt began", ""),
    "host-unreachable": ("the network says that it cannot reach the host", ""),
    "network-unreachable": ("no route leads to the network of the target", ""),
    "rejected": ("a firewall or a route prohibits the connection", ""),
    "address-unavailable": ("no local address to connect from: the address family is disabled, or all ports are in use", ""),
    "self-connect": ("nothing listens: the connection reached itself", ""),
    "failed": ("any other error, which the detail names", ""),
    # Names.
    "name-unknown": ("the name does not exist, or has no address", ""),
    "resolver-unavailable": ("the DNS server does not answer, or has no answer for now", "Check that this container has a network, and that the DNS servers in its /etc/resolv.conf answer."),
    "resolver-failed": ("the lookup failed otherwise", ""),
    "wrong-address": ("the name resolves, but not to what the target asks for", ""),
    # Paths and sockets in the file system.
    "absent": ("nothing is at the path", ""),
    "present": ("something is at the path that must be absent", ""),
    "empty": ("the file or directory is empty", ""),
    "changing": ("the size has changed recently", ""),
    "wrong-type": ("something else is at the path", ""),
    "forbidden": ("this user may not use the path", ""),
    "queue-full": ("the server listens, but does not accept", ""),
    # Commands.
    "exit-status": ("the command exited with a status that does not count as up", ""),
    "killed": ("a signal killed the command", ""),
    "too-slow": ("the command did not end within the attempt timeout", "Raise --attempt-timeout, or give the command a shorter timeout of its own."),
    "stopped": ("untilup is ending, and starts no more commands", ""),
    "command-not-found": ("the command does not exist", ""),
    "cannot-execute": ("the command exists, but cannot be executed", ""),
    # Servers, by what they answer.
    "silent": ("connected, but no complete answer in time", ""),
    "too-long": ("the server sends more than belongs to an answer", _PORT),
    "not-serving": ("the server is starting, loading, recovering, shutting down or unavailable for now", _LOG),
    "too-many-clients": ("the server's limit of connections is reached", "Raise the server's limit of connections, or find the client that keeps them open."),
    "server-error": ("the server answers with an error of its own", _LOG),
    "host-blocked": ("the server has blocked this host after too many errors", ""),
    "host-refused": ("the server accepts no connections from this host", ""),
    "busy": ("a script or function keeps the server from serving (Redis)", ""),
    "cannot-save": ("the server cannot save its data, and takes no writes (Redis)", ""),
    "master-down": ("the server is a replica without its master (Redis)", ""),
    "not-primary": ("the server is not the primary (MongoDB)", ""),
    "not-initiated": ("the server waits for its replica set to be initiated (MongoDB)", ""),
    "no-replica-set": ("the server is no member of a replica set (MongoDB)", ""),
    "other-replica-set": ("the server is a member of another replica set (MongoDB)", ""),
    # Another protocol.
    "not-amqp": ("the server answers, but not as AMQP", _PORT),
    "not-http": ("the server answers, but not as HTTP", "Check that this port speaks HTTP/1.1, and not HTTP/2 alone as gRPC does."),
    "not-kafka": ("the server answers, but not as Kafka", _PORT),
    "not-memcached": ("the server answers, but not as memcached", _PORT),
    "not-mongodb": ("the server answers, but not as MongoDB", _PORT),
    "not-mqtt": ("the server answers, but not as MQTT", _PORT),
    "not-mysql": ("the server answers, but not as MySQL or MariaDB", _PORT),
    "not-nats": ("the server answers, but not as NATS", _PORT),
    "not-postgres": ("the server answers, but not as PostgreSQL", _PORT),
    "not-redis": ("the server answers, but not as Redis", _PORT),
    "not-tls": ("the server does not speak TLS on this port, or not yet", "Check that this is the server's port for TLS."),
    # HTTP and TLS.
    "status": ("the HTTP status is not one of those waited for", ""),
    "missing-text": ("the body does not have the text that `contains=` asks for", ""),
    "unauthorized": ("the server wants credentials, and the target has none", ""),
    "tls": ("the TLS handshake failed", ""),
    "certificate": ("the server's certificate does not verify", ""),
    "certificate-expired": ("the server's certificate has expired", "Renew the certificate, or correct the clock."),
    "client-certificate": ("the server wants a client certificate, or refuses the one it was shown", ""),
    "unusable-file": ("a file of certificates or keys on this side cannot be used", "Check that the file is mounted here, and that this user may read it."),
    "no-ca-store": ("this machine has no CA certificates", ""),
    # The wait.
    "not-stable": ("the target is not up for as long as `--stable` asks for yet", ""),
    "up": ("with `--down`: the target is still up", ""),
    "never-ready": ("no target is left that could become ready", ""),
    "limit-reached": ("threads, processes or file descriptors ran out", ""),
    "usage": ("an option, a variable or a target is malformed", ""),
}  # fmt: skip


def default_hint(code: str) -> str:
    """Return the hint that goes with a *code* by default; nothing if it has none."""
    return REASONS[code][1] if code in REASONS else ""
