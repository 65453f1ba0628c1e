"""Any bytes from a server, in any pieces: one property for all protocols."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.any_bytes import Hear, around, assert_total
from tests.support.chunks import PLACES
from tests.unit.checks import test_grpc, test_http, test_http_services
from tests.unit.net import test_dialog
from tests.unit.protocols import (
    test_amqp,
    test_bolt,
    test_cassandra,
    test_clickhouse,
    test_kafka,
    test_kafka_metadata,
    test_ldap,
    test_memcached,
    test_mongodb,
    test_mqtt,
    test_mysql,
    test_postgres,
    test_redis,
    test_redis_topology,
    test_smtp,
    test_ssh,
    test_tds,
    test_tns,
    test_zookeeper,
)
from untilup.protocols.memcached import is_serving, serves_binary


def spread(outcome: Callable[..., object], *first: object) -> Hear:
    """Return a function of a list of pieces from one that takes each piece as an argument."""
    return lambda pieces: outcome(*first, *pieces)


# For each protocol a function from pieces to a result, and answers of its servers and others.
PROTOCOLS: dict[str, tuple[Hear, list[bytes]]] = {
    "amqp": (test_amqp.outcome, test_amqp.ANSWERS),
    "bolt": (test_bolt.outcome, test_bolt.ANSWERS),
    "cassandra": (test_cassandra.outcome, test_cassandra.ANSWERS),
    "clickhouse": (test_clickhouse.outcome, test_clickhouse.ANSWERS),
    **{
        word: (spread(test_http_services.outcome, word), test_http_services.ANSWERS)
        for word in ("vault://v", "etcd://e", "s3://s:1", "elasticsearch://joe:pw@es")
    },
    "dialog": (spread(test_dialog.outcome, test_dialog.OPTIONS), test_dialog.ANSWERS),
    "http-everything": (spread(test_http.outcome, test_http.EVERYTHING), test_http.ANSWERS),
    "grpc": (spread(test_grpc.outcome, "grpc://api:1"), test_grpc.ANSWERS),
    "http": (spread(test_http.outcome, "http://api#contains=x"), test_http.ANSWERS),
    "kafka": (test_kafka.outcome, test_kafka.ANSWERS),
    "kafka-metadata": (test_kafka_metadata.outcome, test_kafka_metadata.ANSWERS),
    "ldap": (spread(test_ldap.outcome), test_ldap.ANSWERS),
    "memcached": (spread(test_memcached.outcome, is_serving), test_memcached.ANSWERS),
    "memcached-binary": (spread(test_memcached.outcome, serves_binary), test_memcached.ANSWERS),
    "mongodb": (test_mongodb.outcome, test_mongodb.ANSWERS),
    "mqtt": (spread(test_mqtt.outcome), test_mqtt.ANSWERS),
    "mysql": (spread(test_mysql.outcome), test_mysql.ANSWERS),
    "postgres": (spread(test_postgres.outcome, "postgres://joe@db"), test_postgres.ANSWERS),
    "redis": (spread(test_redis.outcome), test_redis.ANSWERS),
    "redis-cluster": (partial(test_redis_topology.outcome, "cluster"), test_redis_topology.ANSWERS),
    "redis-sentinel": (
        partial(test_redis_topology.outcome, "sentinel"),
        test_redis_topology.ANSWERS,
    ),
    "redis-role": (partial(test_redis_topology.outcome, "role"), test_redis_topology.ANSWERS),
    "smtp": (spread(test_smtp.outcome), test_smtp.ANSWERS),
    "ssh": (spread(test_ssh.outcome), test_ssh.ANSWERS),
    "tds": (test_tds.outcome, test_tds.ANSWERS),
    "tns": (test_tns.outcome, test_tns.ANSWERS),
    "zookeeper": (spread(test_zookeeper.outcome), test_zookeeper.ANSWERS),
}


@pytest.mark.parametrize("name", PROTOCOLS)
@given(data=st.data())
def test_any_bytes_in_any_pieces(name: str, data: st.DataObject) -> None:
    """Any bytes mean up, or a failure with a reason; the result does not depend on how they are split."""
    parse, answers = PROTOCOLS[name]
    assert_total(parse, data.draw(around(answers)), data.draw(PLACES))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_what_servers_say_in_any_pieces(name: str) -> None:
    """The result for known answers does not depend on how they are split."""
    parse, answers = PROTOCOLS[name]
    for received in answers:
        assert_total(parse, received[:2_000], [len(received) // 2])
