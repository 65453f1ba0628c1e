"""Text to Target and back, and what is wrong with everything else (docs/design.md, Targets)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.profiles import scaled
from untilup.cli.targets import parse_target
from untilup.display import quoted
from untilup.errors import UsageError
from untilup.targets.target import Target

FORMS = "give host:port, tcp://host:port or [IPv6 address]:port"
ANY_TEXT = st.text(st.characters(exclude_categories=()))
LONG_NAME = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])

WELL_FORMED = [
    ("db:5432", "tcp://db:5432"),
    ("tcp://db:5432", "tcp://db:5432"),
    ("DB:1", "tcp://DB:1"),
    ("db:65535", "tcp://db:65535"),
    ("127.0.0.1:80", "tcp://127.0.0.1:80"),
    ("db.ns.svc.cluster.local.:80", "tcp://db.ns.svc.cluster.local.:80"),
    ("my_service-1:80", "tcp://my_service-1:80"),
    ("b\u00fccher.example:80", "tcp://b\u00fccher.example:80"),
    ("[::1]:5432", "tcp://[::1]:5432"),
    ("tcp://[2001:db8::1]:443", "tcp://[2001:db8::1]:443"),
    ("[::ffff:192.0.2.1]:80", "tcp://[::ffff:192.0.2.1]:80"),
    ("[fe80::1%eth0]:22", "tcp://[fe80::1%eth0]:22"),
    ("tcp://[fe80::1%25eth0]:22", "tcp://[fe80::1%eth0]:22"),
    ("1.2.3.4.:80", "tcp://1.2.3.4.:80"),
    ("010.0.0.1:80", "tcp://010.0.0.1:80"),
    ("1.2.3.4.5:80", "tcp://1.2.3.4.5:80"),
    ("web.1:80", "tcp://web.1:80"),
    (f"{'a' * 63}:80", f"tcp://{'a' * 63}:80"),
    (f"{LONG_NAME}:80", f"tcp://{LONG_NAME}:80"),
]

COMMON = "it may be timeout, settle, optional"
DURATION = "give 500ms, 5s, 2m, 1h30m or plain seconds, from 1ms to 365d"
FLAG = "give 1, true, yes, on, 0, false, no or off"
PARTS = "the host has an empty part, one of over 63 characters, or over 253 in all"
EACH = "give each a target of its own, with --any where one of them will do"

MALFORMED = [
    ("gunicorn", "a target is host:port; if it starts the command, put -- before it"),
    ("", "a target is host:port; if it starts the command, put -- before it"),
    ("./run.sh", "a target is host:port; if it starts the command, put -- before it"),
    (":5432", f"the host is missing; {FORMS}"),
    ("tcp://:5432", f"the host is missing; {FORMS}"),
    ("tcp://db", f"the port is missing; {FORMS}"),
    ("tcp://", f"the host is missing; {FORMS}"),
    ("db:", "'' is not a port from 1 to 65535"),
    ("db:0", "'0' is not a port from 1 to 65535"),
    ("db:65536", "'65536' is not a port from 1 to 65535"),
    ("db:99999", "'99999' is not a port from 1 to 65535"),
    ("db:00000199999", "'00000199999' is not a port from 1 to 65535"),
    ("db:postgres", "'postgres' is not a port from 1 to 65535"),
    ("db:-1", "'-1' is not a port from 1 to 65535"),
    ("db:+80", "'+80' is not a port from 1 to 65535"),
    ("db:8_0", "'8_0' is not a port from 1 to 65535"),
    ("db:80\n", "'80\\n' is not a port from 1 to 65535"),
    ("db:\u0665", "'\u0665' is not a port from 1 to 65535"),
    ("db:\u00b2", "'\u00b2' is not a port from 1 to 65535"),
    ("redis:6379:0", "in a URL '//' follows the scheme: redis://"),
    ("tcp:db:5432", "in a URL '//' follows the scheme: tcp://"),
    ("unix:/run/x", "in a URL '//' follows the scheme: unix://"),
    ("db:6379:0", f"it has more than one ':'; {FORMS}"),
    ("256.0.0.1:1", f"the host is four numbers, and no IPv4 address; {FORMS}"),
    ("1.2.3.04444.:1", f"the host is four numbers, and no IPv4 address; {FORMS}"),
    (
        "[fe80::1]:22",
        f"a link-local address needs its zone, the network interface: [fe80::1%eth0]:5432; {FORMS}",
    ),
    (
        "[febf::1]:22",
        f"a link-local address needs its zone, the network interface: [fe80::1%eth0]:5432; {FORMS}",
    ),
    ("::1:5432", f"an IPv6 address stands in brackets: [::1]:5432; {FORMS}"),
    ("[::1]", f"the port is missing; {FORMS}"),
    ("[::1]5432", f"not an IPv6 address in brackets; {FORMS}"),
    ("[db]:5432", f"not an IPv6 address in brackets; {FORMS}"),
    ("[127.0.0.1]:5432", f"not an IPv6 address in brackets; {FORMS}"),
    ("[::1%]:5432", f"not an IPv6 address in brackets; {FORMS}"),
    ("[::1\0]:5432", f"not an IPv6 address in brackets; {FORMS}"),
    ("[::1:5432", f"not an IPv6 address in brackets; {FORMS}"),
    ("[::1]:0", "'0' is not a port from 1 to 65535"),
    ("a\0b:80", f"the host has characters that no name has; {FORMS}"),
    ("a\u200bb:80", f"the host has characters that no name has; {FORMS}"),
    ("a,b:80", f"tcp:// takes one host; {EACH}"),
    ("db:5432,cache:6379", f"tcp:// takes one host; {EACH}"),
    ("amqp://one,two/x", f"amqp:// takes one host; {EACH}"),
    ("nats://a:1,nats://b:2", "it is a list, where one target is asked for"),
    ("unix:///run/redis.sock?password=hunter2", "a path has no query; write a '?' in it as %3F"),
    (
        "mongodb+srv://db/app",
        "mongodb+srv: its hosts stand in the DNS (SRV), which is not asked for them; name them: mongodb://one,two",
    ),
    ("a..b:80", f"{PARTS}; {FORMS}"),
    (".:80", f"{PARTS}; {FORMS}"),
    (f"{'a' * 64}:80", f"{PARTS}; {FORMS}"),
    (f"{LONG_NAME}x:80", f"{PARTS}; {FORMS}"),
    ("\u00fc..b:80", f"the host is not a name that the DNS can hold; {FORMS}"),
    ("\udcff:80", f"the host is not a name that the DNS can hold; {FORMS}"),
    ("db:80/x", f"a tcp:// target has neither user nor path; {FORMS}"),
    ("db:80?x=1", f"a tcp:// target has neither user nor path; {FORMS}"),
    ("tcp://db:80/", f"a tcp:// target has neither user nor path; {FORMS}"),
    ("gopher://db:70", f"unknown scheme 'gopher'; {FORMS}"),
    ("://db:80", f"unknown scheme ''; {FORMS}"),
    ("_wire://db:80", f"unknown scheme '_wire'; {FORMS}"),
    ("tcp.x://db:80", f"unknown scheme 'tcp.x'; {FORMS}"),
    ("EXEC://true", "a command is given as exec:COMMAND, in lower case"),
    ("db:80#status=204", f"unknown option 'status' after '#'; {COMMON}"),
    ("db:80#", f"unknown option '' after '#'; {COMMON}"),
    ("db:80#&", f"unknown option '' after '#'; {COMMON}"),
    ("db:80#timeout", f"option 'timeout': '' is not accepted; {DURATION}"),
    ("db:80#timeout=0", f"option 'timeout': '0' is not accepted; {DURATION}"),
    ("db:80#timeout=5x", f"option 'timeout': '5x' is not accepted; {DURATION}"),
    ("db:80#timeout=5&timeout=6", "option 'timeout' is given twice"),
    ("db:80#settle=-1", f"option 'settle': '-1' is not accepted; {DURATION}; or 0"),
    ("db:80#optional=maybe", f"option 'optional': 'maybe' is not accepted; {FLAG}"),
    ("db:80#timeout=%5", "a '%' stands before two hexadecimal digits; write %25 for the sign"),
    ("db:80#timeout=%zz", "a '%' stands before two hexadecimal digits; write %25 for the sign"),
]

# With nothing of the text in the message.
HIDDEN = "target (not shown: it may hold a password): "
WITH_A_USER = [
    ("user:hunter2@db:5432", "a tcp:// target has neither user nor path; "),
    ("tcp://user:hunter2@db:5432", "a tcp:// target has neither user nor path; "),
    ("oracle://user:hunter2@db:1521/app", "unknown scheme "),
]
# Nor where the message has another end.
WITH_USERS = [
    ("mongodb+srv://user:hunter2@db/app", "mongodb+srv: its hosts stand in the DNS (SRV), "),
    ("nats://user:hunter2@a,nats://user:hunter2@b", "it is a list, where one target is asked for"),
    ("amqp://user:hunter2@one,two/x", "amqp:// takes one host; "),
]


def outcome_of(word: str, environ: dict[str, str] | None = None) -> Target | str:
    """Return the target that *word* is, or why it is refused."""
    try:
        return parse_target(word, 0.0, environ or {})
    except UsageError as error:
        return str(error)


def message_of(word: str, environ: dict[str, str] | None = None) -> str:
    """Return why *word* is refused."""
    outcome = outcome_of(word, environ)
    assert isinstance(outcome, str), f"{outcome} is not refused"
    return outcome


@pytest.mark.parametrize(
    ("word", "printed"), WELL_FORMED, ids=[word[:30] for word, _ in WELL_FORMED]
)
def test_well_formed(word: str, printed: str) -> None:
    """A target prints as scheme://host:port, and that reads as the same target."""
    target = parse_target(word, 0.25, {})
    assert str(target) == printed
    assert target.settle == 0.25
    assert parse_target(printed, 0.25, {}) == target


@pytest.mark.parametrize(
    ("word", "problem"), MALFORMED, ids=[repr(word)[1:30] for word, _ in MALFORMED]
)
def test_malformed(word: str, problem: str) -> None:
    """A malformed target is refused with its text, what is wrong with it, and what is accepted.

    Its query and its options may hold a token, and are not shown.
    """
    shown = word.partition("#")[0].partition("?")[0]
    assert message_of(word) == f"target {quoted(shown)}: {problem}"


@pytest.mark.parametrize(("word", "problem"), WITH_A_USER, ids=[word for word, _ in WITH_A_USER])
def test_a_target_with_a_user_is_not_quoted(word: str, problem: str) -> None:
    """An error never quotes a target that contains an '@'."""
    message = message_of(word)
    assert message.startswith(HIDDEN + problem)
    assert message.endswith(FORMS)
    assert "hunter2" not in message


@pytest.mark.parametrize(("word", "problem"), WITH_USERS, ids=[word for word, _ in WITH_USERS])
def test_what_is_wrong_is_told_without_the_target(word: str, problem: str) -> None:
    """What is wrong with such a target is told in full where none of its words is needed for that."""
    message = message_of(word)
    assert message.startswith(HIDDEN + problem)
    assert "not shown" not in message.removeprefix(HIDDEN)
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "word",
    [
        "tcp://user:hunter2#@db:5432",
        "tcp://user:#hunter2=@db:5432",
        "user:hunter2://@db:5432",
        "user:hunter2@db:http",
    ],
)
def test_no_piece_of_a_password_is_quoted(word: str) -> None:
    """A piece of a target with an '@' is not quoted either, whatever it was taken for."""
    assert "hunter2" not in message_of(word)


ADDRESSES = st.ip_addresses(v=4).map(str) | st.ip_addresses(v=6).filter(
    lambda address: not address.is_link_local
).map("[{}]".format)
LABELS = st.from_regex(r"[A-Za-z0-9_-]{1,63}", fullmatch=True)
NAMES = (
    st.lists(LABELS, min_size=1, max_size=8)
    .map(".".join)
    .filter(lambda name: len(name) <= 253 and not name.replace(".", "").isdigit())
)


@given(
    host=ADDRESSES | NAMES | NAMES.map("{}.".format),
    port=st.integers(1, 65_535),
    scheme=st.booleans(),
)
@example(host=LONG_NAME, port=80, scheme=False)
def test_a_target_reads_as_it_prints(host: str, port: int, *, scheme: bool) -> None:
    """Every address and every name, with every port, prints as what would name it again."""
    target = parse_target(f"{'tcp://' if scheme else ''}{host}:{port}", 0.0, {})
    assert (target.scheme, target.port) == ("tcp", port)
    assert str(target) == f"tcp://{host}:{port}"
    assert parse_target(str(target), 0.0, {}) == target


PIECES = st.sampled_from(
    [
        *("tcp", "postgres", "://", "@", ":", "::", "[", "]", "::1", "%", "#", "/", "?", "=", "&"),
        *("db", "5432", "0", "00000", "99999", ".", "-", "env:", "exec:", "\0", "\n", "\x1b[31m"),
        *("\udcff", "\ud800", "\u00fc", "\u0130", "\u2100", "\u3002", "\xad", "xn--", "a" * 64),
        "9" * 4_400,
    ]
)
WORDS = ANY_TEXT | st.lists(PIECES | st.characters(exclude_categories=()), max_size=12).map("".join)


@scaled(2)
@given(WORDS)
@example("db:000001" + "9" * 4_400)
@example("a" * 100_000)
@example("\u00fc" * 10_000 + ":1")
def test_any_text_is_a_target_or_a_usage_error(word: str) -> None:
    """Whatever the text, it is a target, or a usage error in one printable line."""
    outcome = outcome_of(word)
    assert str(outcome).isprintable()
    if isinstance(outcome, str):
        assert outcome.startswith("target ")
    else:
        assert outcome.host or outcome.path
        assert not outcome.host or outcome.scheme == "dns" or 1 <= outcome.port <= 65_535


PASSWORDS = st.tuples(WORDS, WORDS).map("hunter2".join)
# The first word of a command is none of a password.
WITHOUT_COMMAND = PASSWORDS.filter(lambda text: not text.startswith("exec:"))
WITH_PASSWORD = st.sampled_from(
    [
        "tcp://user:{}@db:5432",
        "postgresql+asyncpg://user:{}@db/app?sslmode=require",
        "user:{}@db:5432",
        "{}@db",
        "tcp://db:5432#{}@x=",
    ]
)


@given(WITH_PASSWORD, WITHOUT_COMMAND)
@example("{}@db", "env:hunter2")
@example("{}@db", "exec:hunter2")
@example("{}@db", "file:///hunter2")
def test_a_password_never_shows(form: str, password: str) -> None:
    """Whatever a password is made of, its target, or the error about it, shows no part of it."""
    outcome = outcome_of(form.replace("{}", password))
    # A path is no place for one: file:///hunter2@db is a file.
    if isinstance(outcome, str) or outcome.host or outcome.scheme == "exec":
        assert "hunter2" not in str(outcome)


FROM_ENVIRONMENT = [
    ("env:URL", {"URL": "db:5432"}, "tcp://db:5432"),
    ("env:URL", {"URL": "tcp://db:5432"}, "tcp://db:5432"),
    ("env:H:P", {"H": "db", "P": "5432"}, "tcp://db:5432"),
    ("env:H:5432", {"H": "db"}, "tcp://db:5432"),
    ("env:H:5432", {"H": "::1"}, "tcp://[::1]:5432"),
    ("env:H:P", {"H": "fe80::1%eth0", "P": "22"}, "tcp://[fe80::1%eth0]:22"),
    ("env:H:5432", {"H": "exec"}, "tcp://exec:5432"),
    ("env:H:5432", {"H": "env"}, "tcp://env:5432"),
]


@pytest.mark.parametrize(
    ("word", "environ", "printed"), FROM_ENVIRONMENT, ids=[row[2] for row in FROM_ENVIRONMENT]
)
def test_a_target_from_the_environment(word: str, environ: dict[str, str], printed: str) -> None:
    """The env: form takes a target from one variable, or puts it together from host and port."""
    assert str(parse_target(word, 0.0, environ)) == printed


VARIABLES = "give env:URL, env:HOST:PORT or env:HOST:5432"
NOT_FROM_ENVIRONMENT = [
    ("env:URL", {}, "not set, or empty: URL"),
    ("env:URL", {"URL": ""}, "not set, or empty: URL"),
    ("env:", {}, VARIABLES),
    ("env:H:P", {"H": "db"}, "not set, or empty: P"),
    ("env:H:\u0665", {"H": "db"}, "not set, or empty: \u0665"),
    ("env:URL", {"URL": "env:OTHER", "OTHER": "db:1"}, "its value (not shown) may be neither"),
    ("env:URL", {"URL": "exec:true"}, "its value (not shown) may be neither env: nor exec:"),
    ("env:URL", {"URL": "EXEC://hunter2"}, "a command is given as exec:COMMAND"),
    ("env:H:P", {"H": "exec", "P": "hunter2"}, "its value (not shown) is not a port"),
    ("env:H:P", {"H": "EXEC", "P": "//hunter2"}, "a tcp:// target has neither user nor path"),
    ("env:URL", {"URL": "hunter2"}, "its value (not shown) has no port"),
    ("env:URL", {"URL": "db:hunter2"}, "its value (not shown) is not a port from 1 to 65535"),
    ("env:URL", {"URL": "hunter2://db:1"}, "unknown scheme its value (not shown)"),
    ("env:URL", {"URL": "oracle://user:hunter2@db/app"}, "unknown scheme"),
    ("env:H:P", {"H": "db", "P": "hunter2"}, "its value (not shown) is not a port"),
    ("env:H:0", {"H": "db"}, "is not a port from 1 to 65535"),
]


@pytest.mark.parametrize(
    ("word", "environ", "problem"),
    NOT_FROM_ENVIRONMENT,
    ids=[f"{word} {' '.join(values.values())}" for word, values, _ in NOT_FROM_ENVIRONMENT],
)
def test_a_variable_is_named_and_never_quoted(
    word: str, environ: dict[str, str], problem: str
) -> None:
    """What is wrong with a target from the environment is told without its value."""
    message = message_of(word, environ)
    assert message.startswith(f"target '{word}': ")
    assert problem in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "word", ["env:joe:hunter2:x", "env:redis://hunter2", "env:h?hunter2", "env:Password=hunter2"]
)
def test_what_is_no_name_of_a_variable_is_not_quoted(word: str) -> None:
    """What can be no name of a variable may be its value, put there by a shell, and is not shown."""
    message = message_of(word)
    assert message.startswith("target (not shown: it may hold a password): ")
    assert "hunter2" not in message


COMMAND_IN_PIECES = st.sampled_from(["exec", "EXEC", ":", "://", "//", "touch", " ", "#", "5432"])


@given(
    st.sampled_from(["env:A", "env:A:B", "env:A:5432"]),
    *[st.lists(COMMAND_IN_PIECES, max_size=4).map("".join)] * 2,
)
@example("env:A:B", "exec", "touch file")
@example("env:A:B", "exec", "://touch")
@example("env:A:B", "EXEC", "//touch")
@example("env:A", "EXEC://touch", "")
def test_no_variable_makes_a_command(word: str, first: str, second: str) -> None:
    """Whatever variables hold, and however they are put together, exec: comes from argv only."""
    outcome = outcome_of(word, {"A": first, "B": second})
    assert isinstance(outcome, str) or outcome.scheme != "exec"


@given(st.sampled_from(["env:A", "env:A:B", "env:A:5432", "env:B:A"]), PASSWORDS, PASSWORDS)
def test_no_value_of_a_variable_shows(word: str, first: str, second: str) -> None:
    """Whatever a variable holds, the error about it shows no part of it, and is one line."""
    outcome = outcome_of(word, {"A": first, "B": second})
    assert str(outcome).isprintable()
    if isinstance(outcome, str):
        assert outcome.startswith(f"target '{word}': ")
        assert "hunter2" not in outcome


def test_equal_targets_are_one() -> None:
    """Two spellings of one target are equal, and another host, port or settling is another one."""
    target = parse_target("db:5432", 0.1, {})
    assert {target, parse_target("tcp://db:5432", 0.1, {})} == {target}
    others = [
        parse_target("db2:5432", 0.1, {}),
        parse_target("db:5433", 0.1, {}),
        parse_target("db:5432", 0.2, {}),
    ]
    assert target not in others
    assert target != "tcp://db:5432"
    assert repr(target) == "<Target tcp://db:5432>"
