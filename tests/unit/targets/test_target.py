"""Text to Target and back, and what is wrong with everything else (docs/design.md, Targets)."""

from __future__ import annotations

import pkgutil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.profiles import scaled
from untilup import checks
from untilup.cli.targets import parse_target
from untilup.display import quoted
from untilup.errors import UsageError
from untilup.targets.target import Target

FORMS = "write HOST:PORT, [IPV6]:PORT or SCHEME://HOST:PORT"
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
    ("tcp://docker:2375/", "tcp://docker:2375"),
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

COMMON = "it may be send, expect, timeout, settle, optional"
IN_A_VALUE = "; in a value write '#' as %23 and '&' as %26"
OPTION = "it begins with '-'; options and '--' cannot be part of a target or of a list of targets"
QUOTES = "it has quotes; remove them (in an env file, quotes may become part of the value)"
DOLLAR = "it has a '$', and no variable is replaced here (Kubernetes leaves $(NAME) if NAME is not set); write env:NAME or env:HOST:PORT"
KEY_VALUE = "write HOST:PORT or a URL, not key=value of a connection string; if it is the command, put -- before it"
SLASHES = "in a URL '//' follows the scheme; did you mean"
SCHEMES = ", ".join(
    module.name for module in pkgutil.iter_modules(checks.__path__) if module.name != "exec"
)
ANOTHER = "; for another server write HOST:PORT or http://HOST/PATH"
DURATION = "write 30, 30s, 500ms, 2m or 1h30m (1ms to 365d)"
FLAG = "write 1, true, yes, on, 0, false, no or off"
PARTS = (
    "the host has an empty label, a label of over 63 characters, or over 253 characters in total"
)
EACH = "write a target for each, and --any if one of them is enough"

MALFORMED = [
    ("gunicorn", "it has no port; write 'gunicorn:PORT', or a URL such as postgres://HOST"),
    ("redis", "it has no port; write 'redis:PORT', or a URL such as redis://HOST"),
    ("rabbitmq", "it has no port; write 'rabbitmq:PORT', or a URL such as amqp://HOST"),
    ("5432", "it is a port without a host; write 'HOST:5432'"),
    ("", "it is empty; is a variable unset?"),
    ("./run.sh", "a relative path is no target; to wait for a file, write file:///PATH"),
    ("/run/x", "a path needs a scheme; did you mean 'file:///run/x'?"),
    ("/run/x.sock", "a path needs a scheme; did you mean 'unix:///run/x.sock'?"),
    ("-", OPTION),
    ("--", OPTION),
    ("\u2014", "it is a dash (U+2014), not '--'; type -- (a web page may have replaced it)"),
    (
        "\u2013t",
        "it begins with a dash (U+2013), not with '-'; type the option again (a web page may have replaced it)",
    ),
    ('"db:5432"', QUOTES),
    ("'db:5432'", QUOTES),
    ("\u201cdb:5432\u201d", QUOTES),
    ('"http://api"', QUOTES),
    ("$SCHEME://api", DOLLAR),
    ("URL=http://api", KEY_VALUE),
    ("${HOST}:5432", DOLLAR),
    ("$(HOST):5432", DOLLAR),
    ("http://$HOST/", f"{DOLLAR}; write http://HOST:PORT"),
    ("PGHOST=db", KEY_VALUE),
    ("Exec:true", "to run a command, write exec:COMMAND, in lower case"),
    ("https//api", "in a URL '://' follows the scheme; did you mean 'https://api'?"),
    ("postgres://${DB_USER}:x@db", DOLLAR),
    ("http://joe:$(PASSWORD)@api", DOLLAR),
    ("http:///x", "the host is missing; write http://HOST:PORT"),
    ("dns://", "the host is missing; write dns://HOST"),
    (
        "udp://x:53",
        f"unknown scheme 'udp'; UDP has no connections that untilup could check; known schemes: {SCHEMES}",
    ),
    (":5432", f"the host is missing; {FORMS}"),
    ("tcp://:5432", f"the host is missing; {FORMS}"),
    ("tcp://db", "the port is missing; write tcp://HOST:PORT"),
    ("tcp://", f"the host is missing; {FORMS}"),
    ("db:", "the port is missing after the ':'; write 'db:PORT'"),
    ("tcp://db:", "the port is missing after the ':'"),
    ("db:0", "the port '0' is not a number from 1 to 65535"),
    ("db:65536", "the port '65536' is not a number from 1 to 65535"),
    ("db:99999", "the port '99999' is not a number from 1 to 65535"),
    ("db:00000199999", "the port '00000199999' is not a number from 1 to 65535"),
    ("db:postgres", "the port 'postgres' is not a number from 1 to 65535"),
    ("db:-1", "the port '-1' is not a number from 1 to 65535"),
    ("db:+80", "the port '+80' is not a number from 1 to 65535"),
    ("db:8_0", "the port '8_0' is not a number from 1 to 65535"),
    ("db:80\n", "the port '80\\n' is not a number from 1 to 65535"),
    ("db:\u0665", "the port '\u0665' is not a number from 1 to 65535"),
    ("db:\u00b2", "the port '\u00b2' is not a number from 1 to 65535"),
    ("redis:6379:0", f"{SLASHES} redis://HOST:PORT?"),
    ("tcp:db:5432", f"{SLASHES} 'tcp://db:5432'?"),
    ("pg:db:5432", f"{SLASHES} 'postgres://db:5432'?"),
    ("http:/api/x", f"{SLASHES} 'http://api/x'?"),
    ("unix:/run/x", f"{SLASHES} 'unix:///run/x'?"),
    ("socket:/run/x", f"{SLASHES} 'unix:///run/x'?"),
    ("file:x", f"{SLASHES} file:///PATH?"),
    ("db:6379:0", f"it has more than one ':'; {FORMS}"),
    ("256.0.0.1:1", f"the host is four numbers, but not an IPv4 address; {FORMS}"),
    ("1.2.3.04444.:1", f"the host is four numbers, but not an IPv4 address; {FORMS}"),
    (
        "[fe80::1]:22",
        f"a link-local address needs its zone, the network interface: [fe80::1%eth0]:5432; {FORMS}",
    ),
    (
        "[febf::1]:22",
        f"a link-local address needs its zone, the network interface: [fe80::1%eth0]:5432; {FORMS}",
    ),
    ("::1:5432", f"an IPv6 address needs brackets: [::1]:5432; {FORMS}"),
    ("[::1]", "the port is missing; write tcp://HOST:PORT"),
    ("[::1]5432", f"the host is not an IPv6 address in brackets; {FORMS}"),
    ("[db]:5432", f"the host is not an IPv6 address in brackets; {FORMS}"),
    ("[127.0.0.1]:5432", f"the host is not an IPv6 address in brackets; {FORMS}"),
    ("[::1%]:5432", f"the host is not an IPv6 address in brackets; {FORMS}"),
    ("[::1\0]:5432", f"the host is not an IPv6 address in brackets; {FORMS}"),
    ("[::1:5432", f"the host is not an IPv6 address in brackets; {FORMS}"),
    ("[::1]:0", "the port '0' is not a number from 1 to 65535"),
    ("a\0b:80", f"the host has a character that no host name can have; {FORMS}"),
    ("a\u200bb:80", f"the host has a character that no host name can have; {FORMS}"),
    ("a,b:80", f"tcp:// accepts one host; {EACH}"),
    ("db:5432,cache:6379", f"tcp:// accepts one host; {EACH}"),
    ("amqp://one,two/x", f"amqp:// accepts one host; {EACH}"),
    ("nats://a:1,nats://b:2", "it is a list; write one target"),
    ("unix:///run/redis.sock?hunter2", "a path has no query; write a '?' in it as %3F"),
    (
        "mongodb+srv://db/app",
        "mongodb+srv: the DNS has its hosts (SRV records), and untilup does not query them; write the hosts: mongodb://one,two",
    ),
    ("a..b:80", f"{PARTS}; {FORMS}"),
    (".:80", f"{PARTS}; {FORMS}"),
    (f"{'a' * 64}:80", f"{PARTS}; {FORMS}"),
    (f"{LONG_NAME}x:80", f"{PARTS}; {FORMS}"),
    ("\u00fc..b:80", f"the host is not a name that the DNS can hold; {FORMS}"),
    ("\udcff:80", f"the host is not a name that the DNS can hold; {FORMS}"),
    ("db:80/x", "HOST:PORT has no path; did you mean 'http://db:80/x'?"),
    ("db:80/x?y=1", "HOST:PORT has no path; did you mean http://HOST:PORT/PATH?"),
    ("db:80?x=1", "HOST:PORT has no query; options follow a '#': write HOST:PORT#OPTION=VALUE"),
    ("db:80?timeout=5s", "options follow a '#', not a '?'; write HOST:PORT#timeout=5s"),
    ("tcp://db:80/x", "a tcp:// target has neither user nor path; write tcp://HOST:PORT"),
    ("dns://db/x", "a dns:// target has neither user nor path; write dns://HOST"),
    (
        "gopher://db:70",
        f"unknown scheme 'gopher'; known schemes: {SCHEMES}{ANOTHER}",
    ),
    (
        "postgre://db",
        f"unknown scheme 'postgre'; did you mean postgres://? Known schemes: {SCHEMES}",
    ),
    ("htpp://db", f"unknown scheme 'htpp'; did you mean http://? Known schemes: {SCHEMES}"),
    (
        "command://db",
        f"unknown scheme 'command'; to run a command, write exec:COMMAND; known schemes: {SCHEMES}",
    ),
    ("://db:80", f"unknown scheme ''; known schemes: {SCHEMES}{ANOTHER}"),
    ("_wire://db:80", f"unknown scheme '_wire'; known schemes: {SCHEMES}{ANOTHER}"),
    ("tcp.x://db:80", f"unknown scheme 'tcp.x'; did you mean tcp://? Known schemes: {SCHEMES}"),
    ("EXEC://true", "to run a command, write exec:COMMAND, in lower case"),
    (
        "db:80#status=204",
        f"unknown option 'status' after '#'; http:// and https:// have such an option; {COMMON}",
    ),
    ("db:80#nonsense", f"unknown option 'nonsense' after '#'; {COMMON}"),
    ("db:80#", f"there is no option after '#' or '&'; {COMMON}"),
    ("db:80#&", f"there is no option after '#' or '&'; {COMMON}"),
    ("db:80#timeout=5s#", f"there is no option after '#' or '&'; {COMMON}{IN_A_VALUE}"),
    ("db:80#timeout=5s#x", f"unknown option 'x' after '#'; {COMMON}{IN_A_VALUE}"),
    ("db:80#timeout", f"option 'timeout': '' is not accepted; {DURATION}"),
    ("db:80#timeout=0", "option 'timeout': '0' is too short; the shortest duration is 1ms"),
    ("db:80#timeout=5x", f"option 'timeout': '5x' is not accepted; {DURATION}"),
    ("db:80#timeout=5&timeout=6", "option 'timeout' is given twice; write it once"),
    ("db:80#settle=-1", f"option 'settle': '-1' is not accepted; {DURATION}, or 0"),
    ("db:80#optional=maybe", f"option 'optional': 'maybe' is not accepted; {FLAG}"),
    (
        "db:80#timeout=%5",
        "a '%' must be followed by two hexadecimal digits; write %25 for a percent sign",
    ),
    (
        "db:80#timeout=%zz",
        "a '%' must be followed by two hexadecimal digits; write %25 for a percent sign",
    ),
]

# With nothing of the text in the message.
HIDDEN = "target (not shown: it may hold a password): "
WITH_A_USER = [
    ("user:hunter2@db:5432", "HOST:PORT has no user; write a URL: SCHEME://USER@HOST:PORT"),
    (
        "tcp://user:hunter2@db:5432",
        "a tcp:// target has neither user nor path; write tcp://HOST:PORT",
    ),
    ("redis:user:hunter2@db:5432", f"{SLASHES} redis://HOST:PORT?"),
    (
        "fancydb://user:hunter2@db:1521/app",
        f"unknown scheme (not shown); known schemes: {SCHEMES}{ANOTHER}",
    ),
]
# Nor where the message has another end.
WITH_USERS = [
    ("mongodb+srv://user:hunter2@db/app", "mongodb+srv: the DNS has its hosts (SRV records), "),
    ("nats://user:hunter2@a,nats://user:hunter2@b", "it is a list; write one target"),
    ("amqp://user:hunter2@one,two/x", "amqp:// accepts one host; "),
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
    assert message_of(word) == f"target {quoted(shown).removeprefix('a value ')}: {problem}"


@pytest.mark.parametrize(("word", "problem"), WITH_A_USER, ids=[word for word, _ in WITH_A_USER])
def test_a_target_with_a_user_is_not_quoted(word: str, problem: str) -> None:
    """An error never quotes a target that contains an '@'."""
    assert message_of(word) == HIDDEN + problem


@pytest.mark.parametrize(("word", "problem"), WITH_USERS, ids=[word for word, _ in WITH_USERS])
def test_what_is_wrong_is_told_without_the_target(word: str, problem: str) -> None:
    """What is wrong with such a target is reported in full where none of its words is needed for that."""
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


VARIABLES = (
    "write the names of variables: env:DATABASE_URL, env:DB_HOST:DB_PORT or env:DB_HOST:5432"
)
NOT_FROM_ENVIRONMENT = [
    ("env:URL", {}, "not set, or empty: URL"),
    ("env:URL", {"URL": ""}, "not set, or empty: URL"),
    ("env:", {}, VARIABLES),
    (
        "env:URL",
        {},
        "not set, or empty: URL; set it, or add the option 'if-set' to leave the target",
    ),
    ("env:H:P", {"H": "db"}, "not set, or empty: P"),
    ("env:H:\u0665", {"H": "db"}, "not set, or empty: \u0665"),
    ("env:URL", {"URL": "env:OTHER", "OTHER": "db:1"}, "its value (not shown) must not be an env:"),
    ("env:URL", {"URL": "exec:true"}, "its value (not shown) must not be an env: or exec: target"),
    ("env:URL", {"URL": "EXEC://hunter2"}, "to run a command, write exec:COMMAND"),
    ("env:H:P", {"H": "exec", "P": "hunter2"}, "the value (not shown) of P is not a port"),
    ("env:H:P", {"H": "EXEC", "P": "//hunter2"}, "the value (not shown) of P is not a port"),
    ("env:URL", {"URL": '"http://hunter2'}, "of URL has quotes that are no pair around it"),
    ("env:URL", {"URL": "db:80/hunter2"}, "has no path; did you mean http://HOST:PORT/PATH?"),
    ("env:URL", {"URL": "redis:hunter2"}, "did you mean redis://HOST:PORT?"),
    ("env:URL", {"URL": "hunter2"}, "the value (not shown) of URL has no port"),
    ("env:URL", {"URL": "db:hunter2"}, "the port (not shown) is not a number from 1 to 65535"),
    (
        "env:URL",
        {"URL": "hunter2://db:1"},
        "the scheme of its value is unknown (the value is not shown); known schemes: ",
    ),
    (
        "env:URL",
        {"URL": "fancydb://user:hunter2@db/app"},
        "(the value is not shown); known schemes: ",
    ),
    ("env:URL", {"URL": "htpp://hunter2"}, "(the value is not shown); did you mean http://? Known"),
    (
        "env:URL",
        {"URL": "postgre://hunter2"},
        "not shown); did you mean postgres://? Known schemes: ",
    ),
    ("env:URL", {"URL": "db:1#hunter2"}, "unknown option (not shown) after '#'"),
    ("env:URL", {"URL": "postgres://u:p@hunter2:99999"}, "the port (not shown) is not a number"),
    ("env:H:P", {"H": "db", "P": "hunter2"}, "the value (not shown) of P is not a port"),
    ("env:H:0", {"H": "db"}, "'0' is not a port from 1 to 65535"),
]


@pytest.mark.parametrize(
    ("word", "environ", "problem"),
    NOT_FROM_ENVIRONMENT,
    ids=[f"{word} {' '.join(values.values())}" for word, values, _ in NOT_FROM_ENVIRONMENT],
)
def test_a_variable_is_named_and_never_quoted(
    word: str, environ: dict[str, str], problem: str
) -> None:
    """What is wrong with a target from the environment is reported without its value."""
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


# What names the cure, and only its beginning.
CURES = [
    ("https://db#tls", "unknown option 'tls' after '#'; https:// always uses TLS; it may be"),
    (
        "https://db#cacert=/ca.pem",
        "unknown option 'cacert' after '#'; did you mean 'ca'? It may be",
    ),
    ("db:80#tls", "unknown option 'tls' after '#'; for TLS write tls://; it may be"),
    ("redis://db#ssl=true", "unknown option 'ssl' after '#'; for TLS write rediss://; it may be"),
    (
        "redis://db#ca=/ca.pem",
        "unknown option 'ca' after '#'; rediss:// has such an option; it may",
    ),
    ("redis://db#topic=a", "unknown option 'topic' after '#'; kafka:// has such an option; it may"),
    ("kafka://db#topics=a", "unknown option 'topics' after '#'; did you mean 'topic'? It may be"),
    ("vault://db#ssl", "unknown option 'ssl' after '#'; for TLS write 'tls'; it may be"),
    (
        "postgres://db#tls",
        "unknown option 'tls' after '#'; for TLS write 'sslmode=require'; it may",
    ),
    (
        "mongodb://db#tls",
        "unknown option 'tls' after '#'; for TLS write ?tls=true before the '#'; ",
    ),
    ("nats://db#tls", "unknown option 'tls' after '#'; nats:// is checked without TLS; it may be"),
    ("unix:///run/db#tls", "unknown option 'tls' after '#'; it may be send"),
    (
        "smtp://db#starttls",
        "unknown option 'starttls' after '#'; untilup does not use STARTTLS; it",
    ),
    ("http://db#status=200&status=204", "is given twice; write it once, with commas between its"),
    ("DATABASE_URL", "it has no port; if 'DATABASE_URL' is a variable, write env: before its name"),
    (
        "exec:check db#timeout=5s",
        "options follow a command after a space: 'exec:COMMAND #OPTION'; ",
    ),
    ("es://db", "unknown scheme 'es'; did you mean elasticsearch://? Known schemes: "),
]


@pytest.mark.parametrize(("word", "problem"), CURES, ids=[word for word, _ in CURES])
def test_a_mistake_has_its_cure(word: str, problem: str) -> None:
    """An option of another scheme, of another tool or misspelled, and a name, are told from each other."""
    assert problem in message_of(word)


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("env:$URL", VARIABLES),
        ("env://URL", VARIABLES),
        ("env:data-url", "a variable; write the name of a variable alone: env:NAME"),
    ],
)
def test_what_follows_env_is_a_name(word: str, problem: str) -> None:
    """What is no name of a variable may be a value, so it is not shown; the message says what to write."""
    message = message_of(word)
    assert message.startswith(HIDDEN)
    assert message.endswith(problem)
