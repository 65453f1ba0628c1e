"""The schemes whose servers are asked over HTTP, by the answers that their documentation or their code has."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import ScriptedStream, assert_failed, failure_of
from untilup import checks
from untilup.checks import elasticsearch
from untilup.cli.targets import parse_target
from untilup.errors import NeverReady, NotReady
from untilup.targets.attempt import Attempt


def answer(status: int, body: str = "", *fields: str) -> bytes:
    """Return the bytes of a response."""
    lines = [f"HTTP/1.1 {status} As It Says", f"Content-Length: {len(body)}", *fields, "", body]
    return "\r\n".join(lines).encode()


def outcome(word: str, *pieces: bytes) -> NotReady | NeverReady | None:
    """Return the failure of the target *word* for a server that sends *pieces*; None if it is up."""
    target = parse_target(word, 0.0, {})
    module = checks._module(target.scheme)
    assert module
    return failure_of(lambda stream: module.ask(target, stream), *pieces)


SEALED = '{"initialized":true,"sealed":true,"standby":true}'
ACTIVE = '{"initialized":true,"sealed":false,"standby":false}'
S3_ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code></Error>'
BUCKETS = '<?xml version="1.0"?><ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>'
RED, YELLOW, GREEN = (
    f'{{"cluster_name":"c","status":"{s}","timed_out":false}}' for s in ("red", "yellow", "green")
)
DENIED = '{"error":{"type":"security_exception","reason":"no"},"status":403}'
REALM = 'WWW-Authenticate: Basic realm="security" charset="UTF-8"'
UP = [
    ("vault://v", answer(200, ACTIVE)),
    ("vault://v", answer(429, ACTIVE)),
    ("vault://v", answer(473, ACTIVE)),
    ("consul://c", answer(200, '"10.0.0.1:8300"')),
    ("etcd://e", answer(200, '{"health":"true"}')),
    ("etcd://e", answer(200, '{"health":true,"reason":""}')),
    ("minio://m", answer(200)),
    ("s3://s:9000", answer(200, BUCKETS)),
    ("s3://s:9000", answer(403, S3_ERROR.format("AccessDenied"))),
    ("clickhouse://ch:8123", answer(200, "Ok.\n")),
    ("clickhouse://ch:9123#http", answer(200, "Ok.\n")),
    ("elasticsearch://es", answer(200, YELLOW)),
    ("opensearch://joe:pw@os", answer(200, GREEN)),
]
DOWN = [
    ("vault://v", answer(503, SEALED), "not-serving", "it is sealed"),
    ("vault://v", answer(501, SEALED), "not-serving", "it is not initialized"),
    ("vault://v", answer(474, ACTIVE), "not-serving", "cannot reach the active node"),
    ("vault://v", answer(503, "no healthy upstream"), "wrong-answer", "not that of Vault"),
    ("vault://v", answer(200, "<html>"), "wrong-answer", "not that of Vault"),
    ("vault://v", answer(200, "[]"), "wrong-answer", "not that of Vault"),
    ("consul://c", answer(200, '""'), "not-serving", "no leader yet"),
    ("consul://c", answer(500, "No cluster leader"), "not-serving", "no leader yet"),
    ("consul://c", answer(200, '"hello"'), "wrong-answer", ""),
    ("consul://c", answer(404), "status", "HTTP 404, which is no answer of Consul"),
    (
        "etcd://e",
        answer(503, '{"health":"false","reason":"RAFT NO LEADER"}'),
        "not-serving",
        "the member is not healthy: RAFT NO LEADER",
    ),
    ("etcd://e", answer(200, '{"health":"false"}'), "not-serving", "the member is not healthy"),
    ("etcd://e", answer(200, '{"status":"UP"}'), "wrong-answer", "not that of etcd"),
    ("etcd://e", answer(404, "404 page not found"), "status", "no answer of etcd"),
    (
        "minio://m",
        answer(200, "", "X-Minio-Server-Status: offline"),
        "not-serving",
        "it is starting",
    ),
    ("minio://m", answer(503), "not-serving", "too few drives"),
    ("minio://m", answer(200, "<html>"), "wrong-answer", ""),
    ("minio://m", answer(400), "status", ""),
    ("s3://s:9000", answer(503, S3_ERROR.format("SlowDown")), "not-serving", ""),
    ("s3://s:9000", answer(200, "<html>"), "wrong-answer", "not that of S3"),
    ("s3://s:9000", answer(404, "<html>"), "status", "no answer of S3"),
    ("clickhouse://ch:8123", answer(200, "Fine.\n"), "wrong-answer", "not that of ClickHouse"),
    ("clickhouse://ch:8123", answer(502), "status", "the server cannot serve now"),
    ("elasticsearch://es", answer(200, RED), "not-serving", "the cluster's status is red"),
    ("elasticsearch://es", answer(408, RED), "not-serving", "the cluster's status is red"),
    ("elasticsearch://es", answer(200, '{"status":"UP"}'), "wrong-answer", ""),
    (
        "elasticsearch://es",
        answer(503, "OpenSearch Security not initialized."),
        "not-serving",
        "its security yet",
    ),
    ("elasticsearch://es", answer(503, "no upstream"), "status", "HTTP 503"),
    ("elasticsearch://joe:pw@es", answer(401, "", REALM), "status", "rejects the credentials"),
    (
        "elasticsearch://es",
        answer(401, "", 'WWW-Authenticate: Basic realm="Intranet"'),
        "status",
        "another server",
    ),
    ("elasticsearch://es", answer(403, "<html>"), "status", "HTTP 403"),
]
OTHERS = [
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"\x15\x03\x01\0\x02\x02\x46",
    b"-ERR unknown command\r\n",
    b"\0\nClick",
]
SCHEMES = ["vault://x", "consul://x", "etcd://x", "minio://x", "s3://x:1", "clickhouse://x:8123", "elasticsearch://x", "opensearch://x"]  # fmt: skip
# See test_any_bytes.py.
ANSWERS = [*(received for _, received in UP), *(row[1] for row in DOWN), *OTHERS]


@pytest.mark.parametrize(("word", "received"), UP)
def test_what_is_up(word: str, received: bytes) -> None:
    """A server that says that it can serve is up."""
    assert outcome(word, received) is None


@pytest.mark.parametrize(("word", "received", "reason", "words"), DOWN)
def test_what_is_not_up(word: str, received: bytes, reason: str, words: str) -> None:
    """Any other answer is not up, and the failure says what it was."""
    assert_failed(outcome(word, received), reason, words)


@pytest.mark.parametrize("word", SCHEMES)
def test_another_server(word: str) -> None:
    """What is up for one of these schemes is up for no other, and another protocol is named."""
    for other, received in UP:
        is_same = checks.is_same(*(each.partition("://")[0] for each in (word, other)))
        assert (outcome(word, received) is None) == is_same, other
    for received in OTHERS:
        assert_failed(outcome(word, received), "not-http", "not as HTTP")


@pytest.mark.parametrize("word", SCHEMES)
def test_no_secret_is_sent(word: str) -> None:
    """Only a cluster that needs them is sent a user and a password."""
    stream = ScriptedStream()
    target = parse_target(word.replace("://", "://joe:pw@"), 0.0, {})
    module = checks._module(target.scheme)
    assert module
    with pytest.raises(NotReady):
        module.ask(target, stream)
    sent = b"Authorization: Basic" in stream.sent
    assert sent == word.startswith(("elasticsearch", "opensearch"))
    assert b"joe" not in stream.sent


@pytest.mark.parametrize(
    ("word", "received", "remark"),
    [
        ("elasticsearch://es", answer(401, "", REALM), "the target has none"),
        ("opensearch://os", answer(401, "Unauthorized"), "the target has none"),
        ("elasticsearch://joe:pw@es", answer(403, DENIED), "may not see the health"),
        ("elasticsearch://es", answer(200, GREEN), ""),
    ],
)
def test_an_unknown_state(word: str, received: bytes, remark: str) -> None:
    """A cluster that requires a login is up, and a remark says that its state is unknown."""
    stream = ScriptedStream(received)
    elasticsearch.ask(parse_target(word, 0.0, {}), stream)
    assert (remark in stream.attempt.remark, bool(stream.attempt.remark)) == (True, bool(remark))
    if remark:
        assert "whether its cluster can be used is unknown" in stream.attempt.remark


def test_a_red_cluster_holds_the_question() -> None:
    """Once a cluster has been red, it holds the next question for most of the attempt."""
    target = parse_target("elasticsearch://es", 0.0, {})
    memory: dict[object, object] = {}
    asked = []
    for timeout in (5.0, 5.0, 1.2):
        stream = ScriptedStream(answer(200, RED))
        stream.attempt = Attempt(target, timeout, memory=memory)
        with pytest.raises(NotReady) as failed:
            elasticsearch.ask(target, stream)
        assert not failed.value.cheap  # it has answered at once all the same
        asked.append(stream.sent.partition(b" HTTP/1.1")[0].decode())
    first, second, third = asked
    assert first == third == "GET /_cluster/health?local=true"
    held, _, milliseconds = second.partition("&timeout=")
    assert held == f"{first}&wait_for_status=yellow"
    assert 4000 <= int(milliseconds.removesuffix("ms")) <= 4500
