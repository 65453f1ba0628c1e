"""The answers of servers to clients of other protocols: none is up, and none is a permanent failure."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, failure_of
from tests.unit.protocols import test_cassandra, test_kafka_metadata, test_tds, test_tns
from untilup import checks
from untilup.cli import schemes
from untilup.cli.targets import parse_target
from untilup.errors import NotReady

# What servers send to a client of another protocol, or first of all.
SERVERS = {
    "AMQP": b"AMQP\0\0\x09\1",
    "Bolt": b"\0\0\x08\5",
    "Cassandra": test_cassandra.SUPPORTED,
    "HTTP": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    "IMAP": b"* OK ready\r\n",
    "Kafka": test_kafka_metadata.USABLE,
    "LDAP": b"0\x0c\2\1\1a\7\x0a\1\0\4\0\4\0",
    "memcached": b"ERROR\r\n",
    "MQTT": b" \2\0\0",
    "MySQL": b"J\0\0\0\x0a8.0.2\0" + bytes(67),
    "NATS": b'INFO {"server_id":"x"}\r\n',
    "Oracle": test_tns.refuse(12514),
    "POP3": b"+OK ready\r\n",
    "PostgreSQL": b"R\0\0\0\x08\0\0\0\3",
    "Redis": b"-ERR unknown command\r\n",
    "SMTP": b"220 mail ESMTP\r\n",
    "SQL Server": test_tds.agreed(2),
    "SSH": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "TLS": b"\x15\x03\x03\0\x02\x02\x46",
    "ZooKeeper": b"Zookeeper version: 3.8.0\nMode: standalone\n",
}
# The schemes that are asked by their own server, by its name.
OWN = {
    "AMQP": ("amqp", "amqps"),
    "Bolt": ("bolt", "neo4j"),
    "Cassandra": ("cassandra",),
    "Oracle": ("oracle",),
    "Redis": ("redis", "rediss", "valkey", "valkeys"),
    "SQL Server": ("mssql",),
}
SCHEMES = ("bolt", "cassandra", "kafka", "mssql", "neo4j", "oracle", "redis", "rediss")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_another_server(scheme: str) -> None:
    """A server of another protocol is not up, and it may still become the right one."""
    target = parse_target(f"{scheme}://db:1{'/x' if scheme == 'oracle' else ''}", 0.0, {})
    ask = __import__(f"{checks.__name__}.{scheme}", fromlist=["ask"]).ask

    def asked(stream: ScriptedStream) -> None:
        ask(target, stream)

    for server, answer in SERVERS.items():
        if scheme not in OWN.get(server, ()):
            failure = failure_of(asked, answer)
            assert isinstance(failure, NotReady), server
            assert failure.reason.startswith("not-") or failure.reason == "closed", server


def test_the_schemes_are_known() -> None:
    """The table names schemes that exist."""
    assert {*SCHEMES, *(name for names in OWN.values() for name in names)} <= {*schemes.known()}
