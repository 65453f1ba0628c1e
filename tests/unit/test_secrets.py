"""No spelling of a target shows a secret, or sends it to the wrong server (docs/design.md, Targets)."""

from __future__ import annotations

import base64
import os
import sys
import time
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support import json_log
from untilup import checks
from untilup.cli import argv
from untilup.errors import NeverReady, NotReady, UntilupError, UsageError
from untilup.events import AttemptFailed, TargetUp
from untilup.net import stream, tls
from untilup.options import Settings
from untilup.outcomes import TimedOut
from untilup.process import command
from untilup.report import stderr, termination_log
from untilup.report.reporter import Reporter
from untilup.targets.attempt import Attempt
from untilup.targets.status import UP, Progress, TargetStatus
from untilup.targets.target import Target

EXPLORES = os.environ.get("UNTILUP_TEST_PROFILE") == "explore"
# As many spellings as the promise names; each resets what it has observed.
TRIALS = settings(max_examples=10_000 if EXPLORES else 100)
MARK = "hunter2"
# Of the target that has the secret, and of those that stand beside it in a list.
ITS_HOST, ANOTHER = "itshost", "another"
BESIDE = [
    *("another:1", "http://another/x", "redis://another:2/0", "postgres://u:p@another/app"),
    *("http://another/?x=1#status=204", "nats://another", "tcp://another:3#timeout=5s"),
]
# {} is the secret. URLs that are written as they should be, those in the spelling of other programs,
# and those of which a piece is missing.
URLS = [
    "redis://:{}@itshost:6379/0",
    "redis://joe:{}@itshost",
    "rediss://joe:{}@itshost,itshost:2/0",
    "postgres://joe:{}@itshost/app",
    "postgresql+asyncpg://joe:{}@itshost:5432/app?sslmode=require",
    "postgres://itshost/app?user=joe&password={}",
    "postgres:///app?host=/run/x;password={}",
    "mysql://joe:{}@itshost/app",
    "mysql:///app?unix_socket=/run/x;password={}",
    "mongodb://joe:{}@itshost/app?replicaSet=rs0",
    "amqp://joe:{}@itshost/vhost",
    "amqps://joe:{}@itshost",
    "mqtt://joe:{}@itshost",
    "memcached://joe:{}@itshost",
    "http://joe:{}@itshost/x",
    "https://joe:{}@itshost:8443/x?y=1#status=204",
    "http://itshost/x?token={}",
    "http://itshost:80/x?a=1&token={}#timeout=5s",
    "http://itshost?token={}",
    "http://itshost/x;session={}",
    "http://itshost/x,password={}",
    "http://itshost/x&password={}",
    "http://itshost/a/password={}/b",
    "http://itshost/x#header=Authorization:Bearer%20{}",
    "https://itshost#header=X-Key:{}&status=204",
    "https://itshost#key={}",
    "http://itshost#X-Key:{}",
    "http://itshost#password={}",
    "redis://itshost:6379/0,password={}",
    "redis://itshost:6379,password={}",
    "redis://itshost/0;password={}",
    "postgres://itshost/app;password={}",
    "mysql://itshost/app;user=sa;password={}",
    "tcp://joe:{}@itshost:1",
    "oracle://joe:{}@itshost/app",
    "mongodb+srv://joe:{}@itshost/app",
    "joe:{}@itshost:5432",
    "//joe:{}@itshost",
    "redis:joe:{}@itshost",
    "jdbc:postgresql://itshost/app?user=joe&password={}",
    "jdbc:sqlserver://itshost:1433;user=sa;password={}",
    "jdbc:mysql://itshost/app?password={}&x=y",
    "clickhouse://joe:{}@itshost:9000/app",
    "mysql2://joe:{}@itshost/app",
    "joe:{}@tcp(itshost:3306)/app",
    "redis+socket://:{}@/run/x.sock?db=1",
    "jdbc:oracle:thin:joe/{}@itshost:1521:app",
    "Host=itshost;Port=5432;Password={}",
    "Server=tcp:itshost,1433;User ID=sa;Password={}",
    "host=itshost port=5432 user=joe password={}",
    "host=itshost password='{}'",
    "itshost:6379,password={},ssl=True",
    "itshost:5432:app:joe:{}",
    "unix:///run/x;password={}",
    "${DB_PASSWORD:-{}}",
    "PGPASSWORD={}",
    "PGPASSWORD={} psql -h itshost",
    "mysql -p{} -h itshost",
]
# Without its '@' each of these is a path, or a host, like others.
WHOLE = [
    *("file:///run/joe:{}@x", "http://itshost/joe:{}@x"),
    "nats://{}@itshost:4222",
]
# A user alone may be a path, too, unless it is encoded: http://api/@me.
TOKEN = "http://{}@itshost/"
COMMANDS = [
    "exec:mysql -p{} -h itshost",
    "exec:mysql '-p{}' -e 'select 1' #timeout=5s",
    "exec:PGPASSWORD={} psql",
    "exec:psql postgres://joe:{}@itshost",
    "exec:joe:{}@itshost",
    "exec:redis-cli,-a,{}",
    'exec:["redis-cli","-a","{}"]',
    "exec:sh -c 'redis-cli -a {}'",
    "EXEC:redis-cli -a {}",
]
SIGNS = "@:/?#,;& =%$'\"[]\\+"
# A password as it is: with one or two characters that a URL would encode, or pieces of URLs.
AROUND = st.sampled_from(
    ["", *SIGNS, "12", "12/", "12,", "12 ", "12#", "a@b", "a,b:1/", "%40", "%2", " #", "a&b"]
)
RAW = st.tuples(AROUND, AROUND).map(MARK.join)
PLAIN = st.sampled_from([MARK, f"{MARK}%40x", f"x%2F{MARK}", f"{MARK}x"])


def _break(text: str, at: int, put: str) -> str:
    """Return *text* with its sign number *at* replaced by what is *put* there."""
    places = [index for index, char in enumerate(text) if char in ":/?#@;,&"]
    if not places:
        return text
    place = places[at % len(places)]
    # It would be another host's, or a path like others.
    if (put == "@@" and text[place] != "@") or (put == "//" and text[place] == "#"):
        put = text[place]
    return text[:place] + put + text[place + 1 :]


WELL_FORMED = st.builds(str.replace, st.sampled_from(URLS + COMMANDS + WHOLE), st.just("{}"), RAW)
BROKEN = st.builds(
    _break,
    st.builds(str.replace, st.sampled_from(URLS), st.just("{}"), PLAIN),
    st.integers(0, 20),
    st.sampled_from(["", " ", "::", "//", "@@", ",", ";"]),
)
SPELLINGS = WELL_FORMED | BROKEN | PLAIN.map(lambda secret: TOKEN.replace("{}", secret))
LISTS = st.builds(
    lambda before, spelling, separator, after: separator.join([*before, spelling, *after]),
    st.lists(st.sampled_from(BESIDE), max_size=1),
    SPELLINGS,
    st.sampled_from([",", ";", " ", ", "]),
    st.lists(st.sampled_from(BESIDE), max_size=1),
)


class Echo:
    """A server that answers by *prefix* and whatever it is sent, and notes that."""

    def __init__(self, attempt: Attempt, prefix: bytes, sent: list[tuple[str, bytes]]) -> None:
        self.attempt = attempt
        self.received = 0
        self._host = attempt.target.host
        self._prefix = prefix
        self._sent = sent
        self._answers: list[bytes] = []

    def send(self, question: bytes) -> None:
        self._sent.append((self._host, question))
        self._answers = [self._prefix + question]

    def receive(self, until: float | None = None) -> bytes:  # noqa: ARG002 - as a conversation has it
        return self._answers.pop() if self._answers else b""

    def closed_early(self) -> NotReady:
        return stream.closed_early(self.received)

    def close(self) -> None:
        """Do as a conversation does."""


PREFIXES = (b"", b"HTTP/1.1 400 ", b"HTTP/1.1 200 OK\r\n\r\n", b"-ERR ", b"E\0\0\0\xffSERROR\0M")


class Observed:
    """What untilup writes, and what it sends by host."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.sent: list[tuple[str, bytes]] = []
        self.prefix = b""

    def connect(self, attempt: Attempt, *_: object) -> Echo:
        return Echo(attempt, self.prefix, self.sent)


@pytest.fixture
def observed(monkeypatch: pytest.MonkeyPatch) -> Observed:
    """Catch what is written and sent: no server is reached."""
    seen = Observed()
    monkeypatch.setattr(stderr, "write", lambda text, _until: seen.written.append(text))
    monkeypatch.setattr(termination_log, "write", seen.written.append)
    monkeypatch.setattr(stream, "connect", seen.connect)
    monkeypatch.setattr(tls, "connect", seen.connect)
    monkeypatch.setattr(tls, "load_context", lambda *_: None)
    monkeypatch.setattr(tls, "start_tls", lambda plain, *_: plain)
    return seen


# These ask by a conversation, with one host at a time.
WITHOUT_A_CONVERSATION = ("exec", "tcp", "dns", "unix", "file")


def _outcome(target: Target) -> NotReady | NeverReady | None:
    """Return what a check of *target*, which has one host, raises."""
    try:
        checks.check_for(target.scheme)(Attempt(target, 1.0))
    except (NotReady, NeverReady) as failure:
        return failure
    return None


def _show(settings: Settings, failures: dict[Target, NotReady | NeverReady | None]) -> None:
    """Write everything that can be said of the targets, in both formats."""
    for each in settings.targets:
        repr(each)
    for log_format in ("text", "json"):
        settings.log_format = log_format
        settings.verbose = True
        told = Reporter(time.monotonic())
        told.configure(settings)
        told.waiting_for(settings)
        statuses = []
        for target in settings.targets:
            progress = Progress(Attempt(target, 1.0), 1)
            failure = failures.get(target)
            if isinstance(failure, NeverReady):
                failure.target_name = str(target)
                told.failed(failure)
                failure = NotReady(failure.reason, failure.detail, failure.hint)
            status = TargetStatus(target, progress.with_failure(failure) if failure else progress)
            statuses.append(status)
            if failure:
                told.attempt_failed(
                    AttemptFailed(target, progress.with_failure(failure), changed=True)
                )
                told.gave_up(status)
                told.skipped(status)
            else:
                status.state = UP
                told.up(TargetUp(target, progress, late=False))
        told.still_waiting(statuses)
        told.table(statuses, enough=False)
        told.waited(settings)
        told.continuing(TimedOut(statuses))
        told.failed(TimedOut(statuses))


def _try(words: list[str], environ: dict[str, str], observed: Observed) -> list[Target]:
    """Read *words*, ask each target and write all that there is to say; return the targets."""
    observed.written.clear()
    observed.sent.clear()
    told = Reporter(time.monotonic())
    try:
        settings = argv.parse(words, environ)
    except UsageError as error:
        told.failed(error)
        return []
    failures: dict[Target, NotReady | NeverReady | None] = {}
    for target in settings.targets:
        if target.scheme in WITHOUT_A_CONVERSATION:
            failures[target] = NotReady("failed", "a detail")
        for where in target.hosts if target not in failures else ():
            for observed.prefix in PREFIXES:
                failures[target] = _outcome(target.for_host(*where)) or failures.get(target)
    _show(settings, failures)
    return settings.targets


def _decoded(question: bytes) -> str:
    """Return a request as text, what is encoded in it decoded."""
    text = question.decode("latin-1")
    for line in text.split("\r\n"):
        if line.startswith("Authorization: Basic "):
            text += base64.b64decode(line.rpartition(" ")[2]).decode("latin-1")
    return text + unquote(text)


def _assert_kept(observed: Observed, targets: list[Target]) -> None:
    for line in observed.written:
        assert MARK not in line
        assert MARK not in unquote(line)
    for target in targets:
        assert MARK not in repr(target)
        assert not any(MARK in host for host, _ in target.hosts if not host.startswith("/"))
    for host, question in observed.sent:
        assert MARK not in _decoded(question) or host.startswith(ITS_HOST)


@pytest.mark.timeout(1_800)
@TRIALS
@given(spelling=LISTS)
@example(spelling="http://joe:12/hunter2@itshost/x")
@example(spelling="http://joe:12?hunter2@itshost/x")
@example(spelling="exec:mysql '-ppart #hunter2' -e 'select 1'")
@example(spelling="http://u:p@another/,http://u:hunter2@itshost/")
@example(spelling="redis://:p@another,:hunter2@itshost")
def test_no_secret_shows_or_goes_astray(observed: Observed, spelling: str) -> None:
    """Whatever the spelling, in argv or a variable, no output has the secret, nor any other server."""
    _assert_kept(observed, _try([spelling], {}, observed))
    _assert_kept(observed, _try([], {"UNTILUP_TARGETS": spelling}, observed))
    for word in ("env:V", "env:V#all", "env:V#timeout=5s", "env:V:5432#any&scheme=redis"):
        _assert_kept(observed, _try([word], {"V": spelling}, observed))
    _assert_kept(observed, _try([f"env:{spelling}"], {}, observed))
    words = [word for word in spelling.split() if not word.startswith("-")]
    _assert_kept(observed, _try(words, {}, observed))


@TRIALS
@given(spelling=SPELLINGS)
def test_no_traceback_has_a_secret(observed: Observed, spelling: str) -> None:
    """If a bug in untilup ends it, its traceback has nothing of what may be secret in a target."""
    observed.written.clear()
    error = ValueError(f"cannot read {spelling!r}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["untilup", spelling])
        try:
            raise error
        except ValueError:
            Reporter(time.monotonic()).bug(error)
    assert "ValueError" in "".join(observed.written)
    _assert_kept(observed, [])


@pytest.mark.parametrize("form", [each.removeprefix("exec:") for each in [*COMMANDS, *URLS]])
@pytest.mark.parametrize("splits", [True, False], ids=["in words", "in one word"])
def test_a_command_shows_no_secret(form: str, *, splits: bool, observed: Observed) -> None:
    """Of the command after the -- no more than the program's name is shown, and why it cannot run."""
    line = form.replace("{}", MARK)
    words = line.split() if splits else [line]
    told = Reporter(time.monotonic())
    told.executing(words)
    with pytest.raises(UntilupError) as caught:
        command.which(words[0] if "=" in words[0] or not splits else f"/no/such/{words[0]}")
    told.failed(caught.value)
    _assert_kept(observed, [])


@pytest.mark.parametrize(
    "line",
    [
        *("db:1 -phunter2", "db:1 --password=hunter2", "db:1 --password hunter2"),
        *("mysql -u root -phunter2", "db:1 PGPASSWORD=hunter2 psql -U joe"),
        *(
            "db:1 -t joe:hunter2@db",
            "db:1 -t redis://:hunter2",
            "db:1 --log-format=password=hunter2",
        ),
        *("db:1 --quiet=hunter2", "db:1 --joe:hunter2@db"),
    ],
)
def test_no_option_shows_a_secret(line: str, observed: Observed) -> None:
    """What is wrong with options, or with a command without its --, is reported without a secret."""
    assert _try(line.split(), {}, observed) == []
    assert observed.written
    _assert_kept(observed, [])


@pytest.mark.parametrize("word", ["PGPASSWORD=hunter2", "A_1=/x/hunter2"])
def test_a_variable_before_a_command_needs_a_shell(word: str) -> None:
    """NAME=value instead of a command is reported as what only a shell would understand."""
    with pytest.raises(UntilupError) as caught:
        command.which(word)
    assert caught.value.exit_status == 127
    assert "no shell is run" in str(caught.value)
    assert "write env NAME=value COMMAND" in str(caught.value)
    assert MARK not in str(caught.value)


def test_the_test_would_notice(observed: Observed) -> None:
    """What is caught here is what untilup writes and sends."""
    (target,) = _try(["http://joe:hunter2@itshost/seen"], {}, observed)
    assert target.host == ITS_HOST
    assert any("http://itshost:80/seen" in line for line in observed.written)
    assert any(
        json_log.read_line(line)["target"] for line in observed.written if line.startswith("{")
    )
    assert any(MARK in _decoded(question) for _, question in observed.sent)
    with pytest.raises(AssertionError):
        _assert_kept(observed_with("hunter2"), [])


def observed_with(line: str) -> Observed:
    """Return what has seen that *line*."""
    seen = Observed()
    seen.written.append(line)
    return seen
