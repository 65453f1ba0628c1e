"""How the targets of brokers and document stores are written, and which of them make no sense."""

from __future__ import annotations

import pytest

from untilup.cli.targets import parse_target
from untilup.errors import UsageError
from untilup.targets.target import Target


def read(word: str) -> Target:
    return parse_target(word, 0.0, {})


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("amqp://mq", "amqp://mq:5672"),
        ("amqp://joe:geheim@mq/%2f?heartbeat=5", "amqp://mq:5672/%2f"),
        ("amqps://joe:ge/heim@mq/vhost", "amqps://mq:5671/vhost"),
        ("kafka://one,two:9093,[::1]", "kafka://one:9092,two:9093,[::1]:9092"),
        ("kafka://one:9093#tls&insecure", "kafka://one:9093"),
        (
            "mongodb://joe:ge#heim@one,two:27018/app?replicaSet=rs0#primary",
            "mongodb://one:27017,two:27018/app",
        ),
        ("mongodb://db?tls=true#insecure", "mongodb://db:27017"),
    ],
)
def test_targets_as_applications_have_them(word: str, shown: str) -> None:
    """A port has a default, there may be several hosts where the protocol has, and no user is shown."""
    assert str(read(word)) == shown


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("mongodb+srv://db.example/app", "the DNS has its hosts (SRV records)"),
        ("MONGODB+SRV://joe:geheim@db.example/app", "the DNS has its hosts (SRV records)"),
        ("mongodb+fast://db", "unknown scheme 'mongodb+fast'"),
        ("amqp://one,two", "amqp:// accepts one host; write a target for each"),
        ("kafka://broker/topic", "a kafka:// target has neither user nor path"),
        ("kafka://one,", "the host is missing"),
        (
            "kafka://one#insecure",
            "'insecure' is an option of TLS, which this target does not use; add 'tls'",
        ),
        ("kafka://one#tls&key=/k", "'key' needs 'cert', which is missing"),
        ("mongodb://db#ca=/ca.pem", "does not use; add ?tls=true"),
        ("mongodb://db/?tls=false#ca=/ca.pem", "does not use; add ?tls=true"),
        ("mongodb://db/?tls=true#ca=/ca.pem&insecure", "'insecure' and 'ca' cannot be combined"),
        ("mongodb://db#primary=maybe", "option 'primary': 'maybe' is not accepted"),
    ],
)
def test_what_makes_no_sense(word: str, words: str) -> None:
    """What cannot be asked, or not so, is refused before anything is contacted."""
    with pytest.raises(UsageError) as caught:
        read(word)
    assert words in str(caught.value)
    assert "geheim" not in str(caught.value)
