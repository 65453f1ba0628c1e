"""Whatever a server says, in whatever pieces: one property for all protocols."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.any_bytes import Hear, around, assert_total
from tests.support.chunks import PLACES
from tests.unit.checks import test_http
from tests.unit.protocols import (
    test_amqp,
    test_kafka,
    test_memcached,
    test_mongodb,
    test_mqtt,
    test_mysql,
    test_postgres,
    test_redis,
)
from untilup.protocols.memcached import is_serving, serves_binary


def spread(outcome: Callable[..., object], *first: object) -> Hear:
    """Return what hears pieces by a function that takes each as an argument of its own."""
    return lambda pieces: outcome(*first, *pieces)


# How each protocol is heard, and what its servers and others say: see the tests of each.
PROTOCOLS: dict[str, tuple[Hear, list[bytes]]] = {
    "amqp": (test_amqp.heard, test_amqp.SAYINGS),
    "http": (spread(test_http.outcome, "http://api#contains=x"), test_http.SAYINGS),
    "kafka": (test_kafka.heard, test_kafka.SAYINGS),
    "memcached": (spread(test_memcached.outcome, is_serving), test_memcached.SAYINGS),
    "memcached-binary": (spread(test_memcached.outcome, serves_binary), test_memcached.SAYINGS),
    "mongodb": (test_mongodb.heard, test_mongodb.SAYINGS),
    "mqtt": (spread(test_mqtt.outcome), test_mqtt.SAYINGS),
    "mysql": (spread(test_mysql.outcome), test_mysql.SAYINGS),
    "postgres": (spread(test_postgres.outcome, "postgres://joe@db"), test_postgres.SAYINGS),
    "redis": (spread(test_redis.outcome), test_redis.SAYINGS),
}


@pytest.mark.parametrize("name", PROTOCOLS)
@given(data=st.data())
def test_any_bytes_in_any_pieces(name: str, data: st.DataObject) -> None:
    """Any bytes are up, or not, for a reason in words; and how they are cut never matters."""
    hear, sayings = PROTOCOLS[name]
    assert_total(hear, data.draw(around(sayings)), data.draw(PLACES))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_what_servers_say_in_any_pieces(name: str) -> None:
    """How the answers that are known are cut never matters."""
    hear, sayings = PROTOCOLS[name]
    for said in sayings:
        assert_total(hear, said[:2_000], [len(said) // 2])
