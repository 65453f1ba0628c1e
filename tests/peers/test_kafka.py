"""kafka:// against the brokers that librdkafka has for the tests of its clients."""

from __future__ import annotations

from confluent_kafka import Producer

from tests.support.untilup_process import PATIENCE, Program


def test_the_brokers_of_another_hand(untilup: Program) -> None:
    """Brokers that others have written are ready, alone and together, and a client gets in."""
    client = Producer({"test.mock.num.brokers": 3, "log_level": 0})
    brokers = [f"{b.host}:{b.port}" for b in client.list_topics(timeout=PATIENCE).brokers.values()]
    assert len(brokers) == 3
    targets = [f"kafka://{where}/" for where in (*brokers, ",".join(brokers))]
    done = untilup.run(*targets, "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
    assert done.stderr.count("is up at the first attempt") == 4
