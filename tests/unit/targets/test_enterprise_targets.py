"""How the targets of enterprise databases, of topics, clusters and sentinels are written, and which make no sense."""

from __future__ import annotations

import pytest

from untilup.cli.targets import parse_target
from untilup.errors import UsageError


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("mssql://sa:ge/heim@db", "mssql://db:1433"),
        ("oracle://joe:geheim@one,two:1522/orders.example.com", "oracle://one:1521,two:1522/orders.example.com"),
        ("oracle://db?service_name=X&password=geheim", "oracle://db:1521/X"),
        ("oracle://db/C%23%23X", "oracle://db:1521/C##X"),
        ("cassandra://joe:geheim@one,two/keyspace", "cassandra://one:9042,two:9042/keyspace"),
        ("neo4j://graph#tls&insecure", "neo4j://graph:7687"),
        ("kafka://one,two#topic=a.b,c_d-1", "kafka://one:9092,two:9092"),
        ("redis://one#cluster", "redis://one:6379"),
        ("redis://one#sentinel=my master", "redis://one:26379"),
        ("rediss+sentinel://one/mymaster", "rediss://one:26379/mymaster"),
    ],
)  # fmt: skip
def test_targets(word: str, shown: str) -> None:
    """A port has a default, and no user and no query is shown."""
    assert str(parse_target(word, 0.0, {})) == shown


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("mssql://db#ca=/ca.pem", "does not use; add 'tls'"),
        ("mssql://", "the host is missing; write mssql://HOST:PORT"),
        ("oracle://db", "the service is missing; write oracle://HOST/SERVICE"),
        ("oracle://db/a/b", "the path is the name of a service or SID"),
        ("oracle://db/x)(HOST=evil", "the path is the name of a service or SID"),
        (f"oracle://db/{'x' * 129}", "the path is the name of a service or SID"),
        ("cassandra://db#key=/k", "'key' needs 'cert', which is missing"),
        ("neo4j+x://graph", "unknown scheme 'neo4j+x'"),
        ("bolt://graph#insecure", "does not use; add 'tls'"),
        ("kafka://one#topic=", "option 'topic': '' is not accepted; write names of topics"),
        ("kafka://one#topic=a,,b", "write names of topics, separated by commas"),
        ("kafka://one#topic=a b", "write names of topics, separated by commas"),
        ("kafka://one#topic=..", "write names of topics, separated by commas"),
        ("kafka://one#topic=a#topic=b", "option 'topic' is given twice"),
        ("redis://one#cluster&sentinel=x", "'cluster' and 'sentinel' cannot be combined"),
        ("rediss://one#cluster&sentinel=x", "'cluster' and 'sentinel' cannot be combined"),
        ("redis://one#sentinel=", "write the name of a master"),
    ],
)
def test_what_makes_no_sense(word: str, words: str) -> None:
    """What cannot be asked, or not so, is refused before anything is contacted."""
    with pytest.raises(UsageError) as caught:
        parse_target(word, 0.0, {})
    assert words in str(caught.value)
