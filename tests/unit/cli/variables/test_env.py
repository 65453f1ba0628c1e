"""env: targets: the options of such words, what stands around a value, pairs, files (docs/targets.md)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.profiles import scaled
from tests.support.untilup_process import PATIENCE
from untilup.cli import argv
from untilup.cli.variables import surroundings, value_files
from untilup.errors import UsageError
from untilup.options import Settings
from untilup.targets.fragment import OF_VARIABLES
from untilup.targets.target import Target

SECRET = "hunter2"


def read(word: str, **environ: str) -> Settings:
    """Return what *word* asks for."""
    return argv.parse([word], environ)


def names(word: str, **environ: str) -> list[str]:
    """Return how the targets of *word* are shown."""
    return [str(target) for target in read(word, **environ).targets]


def message_of(word: str, **environ: str) -> str:
    """Return why *word* is refused."""
    with pytest.raises(UsageError) as caught:
        read(word, **environ)
    return str(caught.value)


@pytest.mark.parametrize("option", OF_VARIABLES)
def test_options_of_variables_are_refused_elsewhere(option: str) -> None:
    """Such an option of another target, or in a value, is a usage error that says where it belongs."""
    told = f"'{option}' is an option of env: targets only: write it after env:NAME"
    assert told in message_of(f"db:1#{option}=1")
    assert told in message_of("env:V", V=f"db:1#{option}=1")


OPTIONS = [
    ("env:V#all#any", "'all' and 'any' cannot be combined"),
    ("env:V#any&any", "option 'any' is given twice"),
    ("env:V#if-set=maybe", "option 'if-set': (not shown) is not accepted; write 1, true"),
    ("env:V#scheme=postgre", "option 'scheme': 'postgre' is unknown; did you mean postgres://?"),
    ("env:V#scheme=exec", "a variable cannot hold a command"),
    ("env:V#scheme", "option 'scheme': (not shown) is not accepted; write a scheme"),
    ("env:V#default-port=0", "is not accepted; write a number from 1 to 65535"),
    ("env:V:5432#default-port=1", "the port is 5432; leave out 'default-port'"),
    ("env:V#", "there is no option after '#'"),
    ("env:V#&any", "there is no option after '#'"),
    ("env:V#timeot=5s", "unknown option (not shown) after '#'"),
]


@pytest.mark.parametrize(("word", "problem"), OPTIONS, ids=[word for word, _ in OPTIONS])
def test_malformed_options(word: str, problem: str) -> None:
    """Options of env: that make no sense are refused, whatever the variable holds."""
    assert problem in message_of(word, V="db:5432")


def test_options_in_any_order() -> None:
    """Options of env: and of the target stand in any order, after '#' or '&'."""
    for fragment in ("scheme=redis&timeout=5s#optional", "optional#timeout=5s&scheme=redis"):
        (target,) = read(f"env:V#{fragment}", V="cache").targets
        assert (str(target), target.timeout, target.optional) == ("redis://cache:6379", 5, True)


AROUND = [
    ("db:1\n", ["line ends"]),
    ("db:1\r\n", ["line ends"]),
    ("\t db:1", ["tabs", "spaces"]),
    ("\ufeffdb:1", ["a byte order mark"]),
    ("\udcef\udcbb\udcbfdb:1", ["a byte order mark"]),
    ('"db:1"', ["quotes"]),
    ("'db:1'\n", ["line ends", "quotes"]),
    ("' db:1 '", ["spaces", "quotes"]),
]


@pytest.mark.parametrize(("value", "removed"), AROUND, ids=[repr(value) for value, _ in AROUND])
def test_what_stands_around_a_value(value: str, removed: list[str]) -> None:
    """What stands around a value is removed, and one warning says so."""
    for word, more in (("env:V", {}), ("env:H:V", {"H": "db", "V": value.replace("db:", "")})):
        asked = read(word, **({"V": value} | more))
        assert [str(target) for target in asked.targets] == ["tcp://db:1"]
        told = f"untilup ignores {' and '.join(removed)} around the value of V; the application may not"
        assert asked.warnings == [told]


@pytest.mark.parametrize("value", ['"db:1', "db:1'", "\"db:1'", '"db:1","db:2"', "''db:1''"])
def test_other_quotes_are_refused(value: str) -> None:
    """Quotes that do not match, or that are not the only ones, are refused."""
    assert "of V has quotes that are no pair around it" in message_of("env:V", V=value)


@pytest.mark.parametrize("value", [" ", "\n", "''", '" "', "\ufeff"])
def test_a_value_of_nothing_else_counts_as_empty(value: str) -> None:
    """A variable with nothing but blanks or quotes counts as empty, and is left out if-set."""
    assert "not set, or empty: V" in message_of("env:V", V=value)
    asked = read("env:V#if-set", V=value)
    assert (asked.targets, asked.left_out) == ([], ["env:V is left out: V is not set, or empty"])


def test_long_surroundings_are_removed_at_once() -> None:
    """The time for it grows with the length, not with the square of it."""
    assert surroundings.strip(" \n" * 100_000 + "db:1" + "\t" * 100_000)[0] == "db:1"


UNFINISHED = [
    *("redis://r/0 # local", "redis://r/0\t#hunter2", "#hunter2", "# x\nredis://r"),
    *("${HOST}:1", "$(HOST):1", "$URL", "${PORT:-hunter2}", "redis://:${PASSWORD}@r"),
    *("db:${PORT}", "db:1,$(HOST):1", '["${A}"]'),
]


@pytest.mark.parametrize("value", UNFINISHED)
def test_comments_and_unexpanded_variables(value: str) -> None:
    """They are refused with the cure, also in a pair, and name the variable."""
    for word, environ in (("env:V", {}), ("env:V:1", {}), ("env:H:V", {"H": "db"})):
        message = message_of(word, **({"V": value} | environ))
        assert "the value (not shown) of V has " in message
        assert "remove the comment" in message or "write env:NAME or env:HOST:PORT" in message
        assert SECRET not in message


@pytest.mark.parametrize("value", ["redis://:pa$$w@r", "redis://:a${@r", "redis://:a$(1)b@r"])
def test_a_dollar_sign_in_a_password(value: str) -> None:
    """A '$' that begins no name of a variable may be a part of a password."""
    assert names("env:V", V=value) == ["redis://r:6379"]


PAIRS = [
    ("env:H:P", {"H": "db:1", "P": "2"}, "tcp://db:1", "H has a port, which is used instead of P"),
    ("env:H:2", {"H": "[::1]:1"}, "tcp://[::1]:1", "H has a port, which is used instead of 2"),
    ("env:H:P", {"H": "db:1", "P": "1"}, "tcp://db:1", ""),
    ("env:H:P", {"H": "db:1"}, "tcp://db:1", ""),
    ("env:H:P#default-port=3", {"H": "db"}, "tcp://db:3", ""),
    ("env:H:P#default-port=3", {"H": "db", "P": "2"}, "tcp://db:2", ""),
    ("env:H:P", {"H": "db", "P": "tcp://10.0.0.1:2/"}, "tcp://db:2", ""),
    ("env:H:P", {"P": "tcp://10.0.0.1:2"}, "tcp://10.0.0.1:2", "H is not set; the address in P is used"),
    ("env:H:P#scheme=redis", {"H": "tcp://r:1", "P": "1"}, "redis://r:1", ""),
    ("env:H:P", {"H": "http://u:p@es/x?y", "P": "2"}, "http://es:2/x", ""),
    ("env:H:P", {"H": "postgres://a,b:5/x", "P": "2"}, "postgres://a:2,b:5/x", "H has a port, which is used instead of P"),
    ("env:H:P", {"H": "exec", "P": "2"}, "tcp://exec:2", ""),
    ("env:H#scheme=postgres", {"H": "u:p#w@db/app"}, "postgres://db:5432/app", ""),
    ("env:H#scheme=http", {"H": "es#status=204"}, "http://es:80", ""),
    ("env:H#scheme=unix", {"H": "/run/a%b.sock"}, "unix:///run/a%b.sock", ""),
    ("env:H#scheme=redis", {"H": "unix:///run/r%20s"}, "redis://localhost:6379", ""),
    ("env:H:3306", {"H": "/run/mysqld/mysqld.sock"}, "unix:///run/mysqld/mysqld.sock", ""),
    ("env:H#scheme=postgres", {"H": "/run/.s.PGSQL.5433"}, "postgres://%2Frun:5433", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "environ", "shown", "warning"), PAIRS, ids=[f"{row[0]} {row[1]}" for row in PAIRS]
)
def test_a_value_is_completed(word: str, environ: dict[str, str], shown: str, warning: str) -> None:
    """A host is completed by a port and by a scheme; what it has of its own wins, and a warning says so."""
    asked = read(word, **environ)
    assert [str(target) for target in asked.targets] == [shown]
    assert asked.warnings == ([warning] if warning else [])


NO_PAIRS = [
    ("env:H:P", {"H": "db"}, "not set, or empty: P; add default-port="),
    ("env:H:P", {"P": "1"}, "not set, or empty: H"),
    ("env:H:P", {}, "not set, or empty: H and P"),
    ("env:H:P", {"H": "db", "P": "udp://10.0.0.1:1"}, "the value (not shown) of P is not a port from 1 to 65535"),
    ("env:H:P", {"H": "db", "P": "tcp://hunter2"}, "the value (not shown) of P is not a port from 1 to 65535"),
    ("env:H:P", {"H": "db/hunter2", "P": "1"}, "of H is more than a host and a port; write a URL, or add its scheme"),
    ("env:H:P", {"H": "u:hunter2@db", "P": "1"}, "of H is more than a host and a port; write a URL, or add its scheme"),
    ("env:H:P", {"H": "/run/hunter2", "P": "1"}, "of H is a path; add the scheme"),
    ("env:H#scheme=nats", {"H": "/run/hunter2"}, "of H is a path, and nats:// has no sockets"),
    ("env:H#scheme=http", {"H": "redis://hunter2"}, "of H has another scheme than scheme=http"),
    ("env:H#scheme=https", {"H": "http://hunter2"}, "of H has another scheme than scheme=https"),
    ("env:H#scheme=redis", {"H": "jdbc:postgresql://hunter2/x"}, ""),
    ("env:H", {"H": "hunter2"}, "of H has no port; write env:HOST:PORT or env:HOST:5432, or add scheme= or default-port="),
    ("env:H#any", {"H": "redis://a http://b/hunter2"}, "has targets of different schemes, of which 'any' cannot choose"),
    ("env:H", {"H": ","}, "of H has no target"),
    ("env:H", {"H": "a:1/hunter2"}, "HOST:PORT has no path"),
    ("env:H", {"H": "a:1,b/hunter2"}, "has a part that is no target"),
    ("env:H", {"H": '["a:1",2]'}, "is no JSON array of texts"),
    ("env:H", {"H": "[" * 60_000 + "]" * 60_000}, "is no JSON array of texts"),
    ("env:H", {"H": '["exec:hunter2"]'}, "must not be an env: or exec: target"),
    ("env:H", {"H": "PLAINTEXT://:9092"}, "the host is missing"),
    ("env:H", {"H": "FOO://hunter2:9092"}, "the scheme of its value is unknown"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "environ", "problem"),
    NO_PAIRS,
    ids=[f"{row[0]} {str(row[1])[:60]}" for row in NO_PAIRS],
)
def test_what_cannot_be_completed(word: str, environ: dict[str, str], problem: str) -> None:
    """Any other value is a usage error, which names the variable, and shows nothing of the value."""
    message = message_of(word, **environ)
    assert message.startswith(f"target '{word.partition('#')[0]}': ")
    assert problem in message
    assert SECRET not in message


def test_if_set_and_the_host_variable() -> None:
    """Of a pair the host variable decides whether the target is left out."""
    assert read("env:H:P#if-set", P="1").left_out == ["env:H:P is left out: H is not set, or empty"]
    assert read("env:H:P#if-set", P="tcp://10.0.0.1:1").targets == []
    assert "not set, or empty: P" in message_of("env:H:P#if-set", H="db")
    assert names("env:H:P#if-set", H="db", P="1") == ["tcp://db:1"]


@pytest.mark.parametrize(
    "option", ["timeot=5s", "timeout=x", "optional&optional", "scheme=tcp&ca=/x"]
)
def test_options_of_a_target_that_is_left_out(option: str) -> None:
    """An option that no target has is refused, although the target is left out."""
    assert read("env:V#if-set&ca=/x&status=204").left_out
    assert message_of(f"env:V#if-set&{option}").startswith("target 'env:V': ")


def test_if_set_among_other_targets() -> None:
    """Only the target whose variable is not set is left out, from a list, too."""
    asked = argv.parse(["env:A#if-set,b:2", "env:A#if-set", "c:3"], {})
    assert [str(target) for target in asked.targets] == ["tcp://b:2", "tcp://c:3"]
    assert asked.left_out == ["env:A is left out: A is not set, or empty"]
    assert argv.parse([], {"UNTILUP_TARGETS": "env:A#if-set"}).targets == []


def test_a_file_has_the_value(tmp_path: Path) -> None:
    """If NAME is not set, the file of NAME_FILE has the value, without one final newline."""
    file = tmp_path / "secret"
    for content, warned in (("db:1", 0), ("db:1\n", 0), ("db:1\r\n", 0), ("db:1\n\n", 1)):
        file.write_bytes(content.encode())
        asked = read("env:V", V_FILE=str(file))
        assert [str(target) for target in asked.targets] == ["tcp://db:1"]
        assert len(asked.warnings) == warned
    assert names("env:V", V="other:2", V_FILE=str(file)) == ["tcp://other:2"]
    assert names("env:V", V_FILE=str(file), V="") == ["tcp://db:1"]
    file.write_text("")
    assert read("env:V#if-set", V_FILE=str(file)).left_out
    file.write_bytes(b"a" * value_files.MAX_SIZE)
    assert "has no port" in message_of("env:V", V_FILE=str(file))
    assert "cannot be read" in message_of("env:V#if-set", V_FILE=str(tmp_path / "absent"))


def test_a_file_system_that_hangs_does_not_outlast_the_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file that is not read within --timeout is a usage error then."""
    answered = threading.Event()
    monkeypatch.setattr(value_files, "MAX_READ_TIME", PATIENCE)
    monkeypatch.setattr(value_files, "_content", lambda _: b"db:1" if answered.wait() else b"")
    try:
        with pytest.raises(UsageError, match=r"^target 'env:V': the file of V_FILE"):
            argv.parse(["-t", "100ms", "env:V,b:2"], {"V_FILE": "/run/secrets/v"})
    finally:
        answered.set()


# --- a model of what values mean, for the property below ---
HOSTS = st.from_regex(r"[a-z]{1,6}[0-9]", fullmatch=True) | st.sampled_from(["[::1]", "10.1.2.3"])
PORTS = st.integers(1, 65_535)
DEFAULTS = {"postgres": 5432, "redis": 6379, "kafka": 9092, "http": 80}
SURROUNDINGS = st.sampled_from(["{}", "{}\n", " {}", "\ufeff{}\r\n", "'{}'", '"{} "'])


@st.composite
def members(draw: st.DrawFn) -> tuple[str, str, int]:
    """Return a member of a list: its text, its host, and its port or 0."""
    host, port = draw(HOSTS), draw(PORTS | st.just(0))
    return (f"{host}:{port}" if port else host), host, port


@scaled(4)
@given(
    st.lists(members(), min_size=1, max_size=4, unique_by=lambda member: member[1:]),
    st.sampled_from(["", *DEFAULTS]),
    PORTS | st.none(),
    st.sampled_from(["pair", "number", "default", "none"]),
    st.sampled_from(["", "#any", "#all"]),
    st.sampled_from([",", ";", " ", "json"]),
    SURROUNDINGS,
    st.sampled_from(["bare", "url", "listener"]),
)
def test_compositions(  # noqa: PLR0913, PLR0917 - what is composed
    parts: list[tuple[str, str, int]],
    scheme: str,
    port: int | None,
    way: str,
    which: str,
    separator: str,
    around: str,
    form: str,
) -> None:
    """Values in any form, list, pair and surrounding, with any options, are what the model says."""
    if form != "bare":
        scheme = scheme or "redis"
    if form == "listener":
        assume(scheme == "kafka" and way == "none")
    user = f"joe:{SECRET}@" if scheme in {"postgres", "redis"} else ""
    beginning = {"bare": "", "url": f"{scheme}://{user}", "listener": "PLAINTEXT://"}[form]
    texts = [f"{beginning}{text}" for text, _, _ in parts]
    value = f'["{chr(34).join([texts[0], *(f",{chr(34)}{text}" for text in texts[1:])])}"]'
    if separator != "json":
        value = separator.join(texts)
    value = around.format(value)
    assume(not (around[0] == '"' and separator == "json"))
    fallback = port if way != "none" and port else 0
    word = {"pair": "env:H:P", "number": f"env:H:{port or ''}".rstrip(":")}.get(way, "env:H")
    options = [f"#default-port={port}"] if way == "default" and port else []
    options += [f"#scheme={scheme}"] if form == "bare" and scheme else []
    environ = {"H": value, "P": str(port or "")}
    expected = [
        (scheme or "tcp", host.strip("[]"), own or fallback or DEFAULTS.get(scheme, 0))
        for _, host, own in parts
    ]
    found: list[Target] | str
    try:
        found = argv.parse([word + "".join(options) + which], environ).targets
    except UsageError as error:
        found = str(error)
    if isinstance(found, str):
        # Nothing tells a port, or the two ports are the same host's.
        same = len(set(expected)) < len(expected)
        no_port = way == "pair" and not port
        assert same or no_port or any(where[2] == 0 for where in expected), found
        assert not any(host in found for _, host, _ in parts if host[0].isalpha())
        assert SECRET not in found
        return
    assert not any(SECRET in repr(target) for target in found)
    is_any = which == "#any" or (which != "#all" and bool(scheme))
    if is_any and len(set(expected)) > 1:
        (target,) = found
        assert [(target.scheme, *where) for where in target.hosts] == expected
    else:
        assert [(each.scheme, each.host, each.port) for each in found] == [*dict.fromkeys(expected)]
