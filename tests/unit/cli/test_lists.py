"""Lists: what separates targets in a word, and what a list in a variable means (docs/design.md, Targets)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import scaled
from untilup.cli import argv
from untilup.cli.lists import parse_targets
from untilup.errors import UsageError
from untilup.targets.target import Target

ENCODE = "or write what belongs to the URL as %2C (a comma), %3B (a semicolon) or %20 (a space)"


def names(word: str, **environ: str) -> list[str]:
    """Return how the targets of *word* are shown."""
    return [str(one) for one in parse_targets(word, 0.0, environ)]


def message_of(word: str, **environ: str) -> str:
    """Return why *word* is refused."""
    with pytest.raises(UsageError) as caught:
        parse_targets(word, 0.0, environ)
    return str(caught.value)


SEVERAL = [
    ("a:1,b:2", ["tcp://a:1", "tcp://b:2"]),
    ("a:1;b:2", ["tcp://a:1", "tcp://b:2"]),
    ("a:1 b:2", ["tcp://a:1", "tcp://b:2"]),
    (", a:1 ;, b:2 ,", ["tcp://a:1", "tcp://b:2"]),
    ("a:1,[::1]:2", ["tcp://a:1", "tcp://[::1]:2"]),
    ("a:1#timeout=5,b:2#optional", ["tcp://a:1", "tcp://b:2"]),
    ("tcp://a:1,b:2", ["tcp://a:1", "tcp://b:2"]),
    ("redis://h:6380/0,http://h:1/", ["redis://h:6380/0", "http://h:1/"]),
    ("postgres://db/app,redis://cache", ["postgres://db:5432/app", "redis://cache:6379"]),
    ("postgres://db/app,redis:6379", ["postgres://db:5432/app", "tcp://redis:6379"]),
    ("redis:6379,postgres://db/app", ["tcp://redis:6379", "postgres://db:5432/app"]),
    ("http://a:8761/eureka,http://b:8761/eureka", ["http://a:8761/eureka", "http://b:8761/eureka"]),
    ("http://a/?x=1,http://b/?y=2#status=204", ["http://a:80/", "http://b:80/"]),
    ("http://a#contains=ok,http://b", ["http://a:80", "http://b:80"]),
    ("nats://a:1,nats://b:2", ["nats://a:1", "nats://b:2"]),
    ("redis://:p@a:1,redis://:q@b:2", ["redis://a:1", "redis://b:2"]),
    ("redis://:p@a redis://:q@b/0", ["redis://a:6379", "redis://b:6379/0"]),
    ("postgres://db:5432,redis://:p@cache:6379/0", ["postgres://db:5432", "redis://cache:6379/0"]),
    ("http://a/x,db:5432", ["http://a:80/x", "tcp://db:5432"]),
    ("file:///a;unix:///b", ["file:///a", "unix:///b"]),
    ("env:A,b:2", ["tcp://a:1", "tcp://b:2"]),
    ("b:2,env:A,c:3", ["tcp://b:2", "tcp://a:1", "tcp://c:3"]),
    ("http://a/x,", ["http://a:80/x"]),
]


@pytest.mark.parametrize(("word", "shown"), SEVERAL, ids=[word for word, _ in SEVERAL])
def test_a_word_may_be_several_targets(word: str, shown: list[str]) -> None:
    """Commas, semicolons and white space between complete targets separate them; all count."""
    assert names(word, A="a:1") == shown
    assert [str(one) for one in argv.parse([word], {"A": "a:1"}).targets] == shown


ONE = [
    ("postgres://db1,db2/app", "postgres://db1:5432,db2:5432/app"),
    ("postgres://db1:5432,db2:5433/", "postgres://db1:5432,db2:5433/"),
    ("postgres://u:p,w@db/app", "postgres://db:5432/app"),
    ("redis://a,b:6379,c:6380/0", "redis://a:6379,b:6379,c:6380/0"),
    ("redis://a:1,b", "redis://a:1,b:6379"),
    ("kafka://one:1,two:2/", "kafka://one:1,two:2"),
    ("memcached://a,b:2#binary", "memcached://a:11211,b:2"),
    ("http://a#status=200,204", "http://a:80"),
    ("http://a#contains=x,", "http://a:80"),
    ("http://a#header=Cookie: a=1; b=2", "http://a:80"),
    ("http://a/x,y;z", "http://a:80/x,y"),
    ("env:V#status=200,204", "http://a:80"),
]


@pytest.mark.parametrize(("word", "shown"), ONE, ids=[word for word, _ in ONE])
def test_a_word_may_be_one_target(word: str, shown: str) -> None:
    """What follows a comma belongs to a target if it is none by itself."""
    assert names(word, V="http://a") == [shown]


TWO_WAYS = [
    ("postgres://db:5432,redis:6379", "postgres://db:5432 redis:6379"),
    ("redis://127.0.0.1:6380,127.0.0.1:1", "redis://127.0.0.1:6380 127.0.0.1:1"),
    ("kafka://one,two,three:9093", "kafka://one,two three:9093"),
]


@pytest.mark.parametrize(("word", "apart"), TWO_WAYS, ids=[word for word, _ in TWO_WAYS])
def test_hosts_that_may_be_targets_are_refused(word: str, apart: str) -> None:
    """If a later host has a port and nothing follows, both spellings are shown."""
    message = message_of(word)
    assert (
        f"write '{apart}' for several targets, or '{word}/' for one with several hosts" in message
    )
    assert names(apart) != names(f"{word}/")


@pytest.mark.parametrize("word", ["redis://:hunter2@a:1,b:2", "redis://a:1,b:2#timeout=5s"])
def test_both_spellings_are_shown_without_a_secret(word: str) -> None:
    """If the target may hold a secret, or has options, the spellings are those of an example."""
    message = message_of(word)
    assert "write 'redis://one:1 two:2' for several targets, or 'redis://one:1,two:2/'" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "word",
    [
        *("http://a/?x=1,db:5432", "http://a/?x=1;db:5432", "redis://a/0?x=1,db:5432"),
        *("file:///a,db:5432", "http://a#contains=x,db:1", "http://a#contains=x db:1"),
        "env:V#contains=x,db:1",
    ],
)
def test_a_path_that_may_end_in_a_target_is_refused(word: str) -> None:
    """If a path, a query or an option may end in another target, both spellings are reported."""
    assert ENCODE in message_of(word, V="http://a")
    encoded = word.replace(",", "%2C").replace(";", "%3B").replace(" ", "%20")
    assert len(names(encoded, V="http://a")) == 1


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("a:1,b", "target 'b': it has no port; write 'b:PORT', or a URL such as postgres://HOST"),
        ("a:1,b:0", "target 'b:0': the port '0' is not a number"),
        ("a:1,env:NONE", "target 'env:NONE': not set, or empty: NONE"),
        ("tcp://a:1,b", "target 'tcp://a:1,b': tcp:// accepts one host"),
        ("a:1,exec:true", "exec: reads all of its argument as the command"),
        ("redis://h/0,password=hunter2", "not key=value of a connection string"),
        ("redis:6379,password=hunter2", "not key=value of a connection string"),
        ("amqp://u:hunter2@one,two/x", "amqp:// accepts one host"),
        (
            "redis://u:hunter2@a:1,u:hunter2@b:2",
            "it can be read as a list; write the scheme of each target",
        ),
        ("nats://a,x hunter2 @b", "it can be read as a list; write the scheme of each target"),
        ("env:joe:hunter2#@b", "not set, or empty: a variable"),
        ("redis://a:12,hunter2@b", "it can be read as a list; write the scheme of each target"),
        ("postgres://a/x,y/z", "in a path write them as %2C and %3B"),
        ("http://a/x,http//b/y#header=X:hunter2", "in a path write them as %2C and %3B"),
        ("http://a/x;Password=hunter2", "not key=value of a connection string"),
        ("http://a/x,joe:hunter2@b", "write an '@' after the host as %40"),
        ("http://a/x,${B}", "in a path write them as %2C and %3B"),
        (
            "postgres:///app?host=/x%3Bpassword%3Dhunter2",
            "separate the options of the query with '&'",
        ),
        ("redis://a:1,password=@hunter2", "not key=value of a connection string"),
    ],
)
def test_what_is_no_list(word: str, problem: str) -> None:
    """A list with a part that is no target is refused, and the part is named if it can be."""
    message = message_of(word)
    assert problem in message
    assert "hunter2" not in message


ANY_OF = [
    ("http://a:8761/eureka,http://b:8761/eureka", "http://a:8761,b:8761/eureka"),
    ("http://a/x;http://b/y", "http://a:80,b:80"),
    ("amqp://u:p@a/v;amqp://u:q@b/v", "amqp://a:5672,b:5672/v"),
    ("nats://a:1,nats://b:2", "nats://a:1,b:2"),
    ("tcp://a:1\ntcp://b:2", "tcp://a:1,b:2"),
    ("redis://a,b/0,redis://c/0", "redis://a:6379,b:6379,c:6379/0"),
]


def each_host(shown: str) -> list[str]:
    """Return a target as it is shown, once for each of its hosts."""
    scheme, _, rest = shown.partition("://")
    hosts, slash, path = rest.partition("/")
    return [f"{scheme}://{host}{slash}{path}" for host in hosts.split(",")]


@pytest.mark.parametrize(("value", "shown"), ANY_OF, ids=[value for value, _ in ANY_OF])
def test_urls_of_one_service_are_one_target(value: str, shown: str) -> None:
    """URLs of one scheme in a variable are one target of which any server will do."""
    (target,) = parse_targets("env:V", 0.0, {"V": value})
    assert str(target) == shown
    assert target.source == "env:V"
    assert len(target.hosts) == len(target.either)
    assert names("env:V#all", V=value) == [one for each in names(value) for one in each_host(each)]


def test_each_server_of_a_service_is_asked_by_its_own_url() -> None:
    """Of a list in a variable no server is asked by the path, the user or the options of another."""
    value = "http://u:one@a:1/x,http://u:two@b:2/y#status=204"
    (target,) = parse_targets("env:V#timeout=5s", 0.0, {"V": value})
    alone = [target.for_host(*where) for where in target.hosts]
    assert [(one.host, one.user, one.path) for one in alone] == [
        ("a", "u:one", "/x"),
        ("b", "u:two", "/y"),
    ]
    assert ["status" in one.options for one in alone] == [False, True]
    assert target.timeout == 5
    assert target != parse_targets("env:V#timeout=5s", 0.0, {"V": value.replace("two", "three")})[0]


ALL_OF = [
    ("a:1,b:2", ["tcp://a:1", "tcp://b:2"]),
    ("redis://a/0 postgres://b/app", ["redis://a:6379/0", "postgres://b:5432/app"]),
    ("a:1,tcp://b:2", ["tcp://a:1", "tcp://b:2"]),
    ("http://a,http://a,", ["http://a:80"]),
    ("redis://a:1,b:2", ["redis://a:1,b:2"]),
    ("postgres://u:p,w@db:1,cache:2", ["postgres://db:1,cache:2"]),
    ("db:1,", ["tcp://db:1"]),
]


@pytest.mark.parametrize(("value", "shown"), ALL_OF, ids=[value for value, _ in ALL_OF])
def test_other_lists_in_a_variable_are_all_waited_for(value: str, shown: list[str]) -> None:
    """Bare targets, and URLs of different schemes, are different services: all are waited for.

    A URL with several hosts is one service in a variable, where its driver reads it so.
    """
    assert names("env:V", V=value) == shown
    assert not any(one.source for one in parse_targets("env:V", 0.0, {"V": value}))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("http://a:1/?hunter2,b:2", "it can be read in two ways"),
        (
            "http://hunter2:1,b:2",
            "has a URL and a part without a scheme; write a scheme for each part",
        ),
        ("a:1,hunter2", "has a part that is no target; write HOST:PORT or a URL"),
        ("a:1,env:hunter2", "must not be an env: or exec: target"),
        ("a:1,exec:hunter2", "must not be an env: or exec: target"),
        ("http://a/hunter2,http://a/x", "of which two have the same host; write env:V#all to wait"),
        (
            "file:///hunter2,file:///x",
            "its value (not shown) is a list of paths, and any one of a list is enough only for servers; write env:V#all to wait",
        ),
        ("hunter2://a,hunter2://b", "the scheme of its value is unknown (the value is not shown)"),
        ("tcp://a:1#optional,tcp://b:2", "with different options; write env:V#all to wait"),
        ("Host=db;Password=hunter2", "not key=value of a connection string"),
    ],
)
def test_what_is_no_list_in_a_variable(value: str, problem: str) -> None:
    """What a variable holds is refused with the cure, and not quoted, if it is not clear."""
    message = message_of("env:V", V=value)
    assert message.startswith("target 'env:V': ")
    assert problem in message
    assert "hunter2" not in message


def test_a_long_list_is_read_at_once() -> None:
    """A list is read in a time that grows with its length, not with the square of it."""
    many = [f"host{number}:80" for number in range(2_000)]
    assert len(parse_targets(",".join(many), 0.0, {})) == 2_000
    assert len(parse_targets(f"tcp://{','.join(many)}", 0.0, {})) == 2_000
    assert len(parse_targets(f"postgres://{','.join(many)}/app", 0.0, {})[0].hosts) == 2_000


URLS = st.sampled_from(
    ["tcp://{}:1", "http://{}/x", "redis://:p@{}/0", "postgres://{}:2/app?x=1", "nats://{}", "{}:3"]
)
HOSTS = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
MEMBERS = st.lists(st.tuples(URLS, HOSTS), min_size=1, max_size=5)


@scaled(6)
@given(MEMBERS, st.sampled_from([",", ";", " ", ", ", ";;"]))
def test_a_list_is_read_as_its_members(members: list[tuple[str, str]], separator: str) -> None:
    """Complete targets that are put together are read as each by itself, or are refused."""
    words = [url.format(host) for url, host in members]
    each = [one for word in words for one in parse_targets(word, 0.0, {})]
    together: list[Target] | str
    try:
        together = parse_targets(separator.join(words), 0.0, {})
    except UsageError as error:
        together = str(error)
    assert together == each or "it can be read in two ways" in together


@pytest.mark.parametrize(
    "value",
    [
        "postgres://u:p#w@db:1/app",
        "redis://:hun#ter2@db:1",
        "amqp://u:p#w@db:1/v",
        "mysql://u:p#w@db:1/d?a=b",
        "postgres://u:pw@db:1/app#settle=0",
    ],
)
def test_options_follow_a_password_with_a_hash(value: str) -> None:
    """Options after env: are the target's, even if its password or its own options have a '#'."""
    (plain,) = parse_targets("env:V", 0.0, {"V": value})
    (target,) = parse_targets("env:V#optional&timeout=7s", 0.0, {"V": value})
    assert (target.optional, target.timeout) == (True, 7.0)
    assert (target.host, target.port, target.path) == (plain.host, plain.port, plain.path)
