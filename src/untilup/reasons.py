"""The reason codes of failures: what each means, and the hint that goes with it by default.

The codes are promised: scripts compare them, in the JSON lines and in the table of ``--once``.
The detail of a failure has the server's text, and names the cause if a code has several.
"""

from __future__ import annotations

_LOG = "Look at the server's log."
_PORT = "Check that this is the right port for the scheme."

# code -> meaning, default hint
REASONS = {
    # Connections.
    "refused": ("nothing listens on the port or the socket", ""),
    "closed": ("the connection was accepted, then closed without a complete answer: often by a proxy without a backend", ""),
    "no-answer": ("no answer from the address: packets are dropped, or the server's queue is full; or a file system hangs", ""),
    "too-late": ("the server accepted or answered too late in the attempt to count", "Raise --attempt-timeout, or lower --settle."),
    "not-attempted": ("the deadline came before an attempt had contacted the target", "Raise --timeout."),
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
    "changing": ("the size changes, or has changed recently", ""),
    "wrong-type": ("something of another type is at the path", ""),
    "forbidden": ("this user may not use the path", ""),
    "queue-full": ("the server listens, but does not accept", ""),
    # Commands.
    "exit-status": ("the command exited with a status that does not count as up", ""),
    "killed": ("a signal killed the command", ""),
    "too-slow": ("the command did not exit within the attempt timeout", "Raise --attempt-timeout, or give the command a shorter timeout of its own."),
    "stopped": ("untilup is ending, and starts no more commands", ""),
    "command-not-found": ("the command does not exist", ""),
    "cannot-execute": ("the command exists, but cannot be executed", ""),
    # Servers, by what they answer.
    "silent": ("connected, but no complete answer in time", ""),
    "too-long": ("the server sends more than belongs to an answer", _PORT),
    "not-serving": ("the server is starting, loading, recovering, shutting down or unavailable for now", _LOG),
    "too-many-clients": ("the server's limit of connections is reached", "Raise the server's limit of connections, or find the client that keeps them open."),
    "server-error": ("the server answers with an error of its own", _LOG),
    "host-blocked": ("the server has blocked this host after too many errors, or connections without a login", ""),
    "host-refused": ("the server accepts no connections from this host", ""),
    "busy": ("a script or function keeps the server from serving (Redis)", ""),
    "cannot-save": ("the server cannot save its data, and accepts no writes (Redis)", ""),
    "master-down": ("the server is a replica without its master (Redis)", ""),
    "not-primary": ("the server is not the primary (MongoDB)", ""),
    "not-initiated": ("the server waits for its replica set to be initiated (MongoDB)", ""),
    "no-replica-set": ("the server is not a member of a replica set (MongoDB)", ""),
    "other-replica-set": ("the server is a member of another replica set (MongoDB)", ""),
    "not-allowed": ("the server does not answer the question of the check (ZooKeeper)", ""),
    "not-registered": ("the listener is up, and the database has not registered its service (Oracle)", ""),
    "no-topic": ("a topic does not exist, or not yet (Kafka)", ""),
    "no-leader": ("a partition of a topic has no leader (Kafka)", ""),
    "no-master": ("the sentinel knows no master of this name (Redis)", ""),
    "no-health-service": ("the server has no health service (gRPC)", ""),
    # Another protocol.
    "not-amqp": ("the server answers, but not as AMQP", _PORT),
    "not-bolt": ("the server answers, but not as Bolt, the protocol of Neo4j", "Check that this is the port of Bolt (7687), and not that of HTTP (7474)."),
    "not-cassandra": ("the server answers, but not as Cassandra", _PORT),
    "not-clickhouse": ("the server answers, but not as ClickHouse", "Check that this is the port of the native protocol; for the HTTP interface add #http."),
    "not-grpc": ("the server answers, but not as gRPC", _PORT),
    "not-http": ("the server answers, but not as HTTP", "Check that this port speaks HTTP/1.1, and not HTTP/2 alone as gRPC does (grpc://)."),
    "not-kafka": ("the server answers, but not as Kafka", _PORT),
    "not-ldap": ("the server answers, but not as LDAP", _PORT),
    "not-memcached": ("the server answers, but not as memcached", _PORT),
    "not-mongodb": ("the server answers, but not as MongoDB", _PORT),
    "not-mqtt": ("the server answers, but not as MQTT", _PORT),
    "not-mssql": ("the server answers, but not as SQL Server", _PORT),
    "not-mysql": ("the server answers, but not as MySQL or MariaDB", _PORT),
    "not-nats": ("the server answers, but not as NATS", _PORT),
    "not-oracle": ("the server answers, but not as Oracle's listener", _PORT),
    "not-postgres": ("the server answers, but not as PostgreSQL", _PORT),
    "not-redis": ("the server answers, but not as Redis", _PORT),
    "not-smtp": ("the server answers, but not as SMTP", _PORT),
    "not-ssh": ("the server answers, but not as SSH", _PORT),
    "not-zookeeper": ("the server answers, but not as ZooKeeper", _PORT),
    "not-tls": ("the server does not speak TLS on this port, or not yet", "Check that this is the server's port for TLS."),
    # HTTP and TLS.
    "status": ("the HTTP status does not count as up", ""),
    "missing-text": ("the answer, or the file, does not contain the text of `contains=` or `expect=`", ""),
    "wrong-answer": ("the answer has another header or JSON value than the target requires, or a text that it must lack", ""),
    "compressed": ("the body is compressed, so it cannot be searched", "Turn compression off on the server for clients that accept only identity."),
    "unauthorized": ("the server requires credentials, and the target has none", ""),
    "tls": ("the TLS handshake failed", ""),
    "certificate": ("the server's certificate does not verify", ""),
    "certificate-expired": ("the server's certificate has expired", "Renew the certificate, or correct the clock."),
    "client-certificate": ("the server requires a client certificate, or refuses the one of the target", ""),
    "unusable-file": ("a file of certificates or keys on this side cannot be used", "Check that the file is mounted here, and that this user may read it."),
    "no-ca-store": ("this machine has no CA certificates", ""),
    # The wait.
    "not-stable": ("the target has not been up for as long as `--stable` requires", ""),
    "up": ("with `--down`: the target is still up", "Check that the server has been told to stop, and that no other server uses the same address."),
    "never-ready": ("no target is left that can be up", ""),
    "limit-reached": ("threads, processes or file descriptors ran out", ""),
    "usage": ("an option, a variable or a target is malformed", ""),
}  # fmt: skip
