"""Users, passwords and drivers in the URLs that applications have (docs/design.md, Targets)."""

from __future__ import annotations

import itertools
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.cli.targets import parse_target
from untilup.errors import UsageError
from untilup.targets.syntax import TargetSyntax
from untilup.targets.target import Target

STORE = types.ModuleType("untilup.checks.store")
vars(STORE)["SYNTAX"] = TargetSyntax(
    port=6543, path=True, userinfo=True, allows_raw_password=True, accepts_driver=True
)


@pytest.fixture(autouse=True)
def _there_is_such_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, STORE.__name__, STORE)


def read(word: str) -> Target:
    return parse_target(word, 0.0, {})


@pytest.mark.parametrize(
    "word",
    ["store://db/app", "store+fast://db/app", "STORE+a_1.b-c://db/app", "Store://db:6543/app"],
)
def test_a_driver_changes_nothing(word: str) -> None:
    """With the driver that SQLAlchemy puts behind the scheme a target is the same, and prints so."""
    assert read(word) == read("store://db/app")
    assert str(read(word)) == "store://db:6543/app"


@pytest.mark.parametrize(
    ("word", "scheme"),
    [
        ("tcp+fast://db:1", "tcp+fast"),
        ("store+://db", "store+"),
        ("+fast://db", "+fast"),
        ("other+fast://db", "other+fast"),
        ("http+srv://db", "http+srv"),
    ],
)
def test_a_driver_where_there_are_none(word: str, scheme: str) -> None:
    """A check without drivers has none, and an empty one is none."""
    with pytest.raises(UsageError, match="unknown scheme") as caught:
        read(word)
    assert f"unknown scheme '{scheme}'" in str(caught.value)


UNDERSTOOD = [
    ("joe@db/app", "joe"),
    ("joe:geheim@db/app", "joe:geheim"),
    (":geheim@db/app", ":geheim"),
    ("joe:ge@heim@db/app", "joe:ge@heim"),
    ("joe:ge%heim@db/app", "joe:ge%heim"),
    ("joe:ge/heim@db/app", "joe:ge/heim"),
    ("joe:ge?heim@db/app", "joe:ge?heim"),
    ("joe:ge#heim@db/app", "joe:ge#heim"),
    ("joe:/geheim@db/app", "joe:/geheim"),
    (":#geheim@db/app", ":#geheim"),
    ("joe:70000/geheim@db/app", "joe:70000/geheim"),
    ("joe:ge,heim/@db/app", "joe:ge,heim/"),
    ("joe:a#b/c?d@e@db/app", "joe:a#b/c?d@e"),
    ("joe:://@db/app", "joe:://"),
]


@pytest.mark.parametrize(("authority", "user"), UNDERSTOOD, ids=[row[0] for row in UNDERSTOOD])
def test_a_password_as_it_is(authority: str, user: str) -> None:
    """A password may have any characters, where there is one way only to read the target."""
    for tail in ("", "?x=1", "#optional", "?x=1#optional"):
        target = read(f"store://{authority}{tail}")
        assert (target.user, target.host, target.port) == (user, "db", 6543)
        assert str(target) == "store://db:6543/app"
        assert target.optional == tail.endswith("optional")


AMBIGUOUS = [
    "joe:12/geheim@db/app",
    "joe:12?geheim@db/app",
    "joe:12#geheim@db/app",
    "joe/geheim@db/app",
    "db,joe:12/geheim@db/app",
    "[::1]:12/geheim@db/app",
    "joe:x@geheim/y@db/app",
    "joe:x@geheim?y@db/app",
    "joe:x@geheim#y@db/app",
    "db:5432/app?user=geheim@corp",
    "db/app#timeout=geheim@corp",
]


@pytest.mark.parametrize("authority", AMBIGUOUS)
def test_what_can_be_read_in_two_ways(authority: str) -> None:
    """A host that may be a piece of a password is refused, and not shown."""
    for word, environ in (
        (f"store://{authority}", {}),
        ("env:URL", {"URL": f"store://{authority}"}),
    ):
        with pytest.raises(UsageError, match="write an '@' after the host as %40") as caught:
            parse_target(word, 0.0, environ)
        assert "geheim" not in str(caught.value)
        assert "joe" not in str(caught.value)


def test_others_are_read_by_the_rfc() -> None:
    """If no application has such a target in a variable, an at sign in a path is one of its characters."""
    target = read("http://joe:x@medium.example/user?to=a@b")
    assert (target.user, target.host, target.path) == ("joe:x", "medium.example", "/user?to=a@b")
    assert read("http://medium.example:80/@user").user == ""


@pytest.mark.parametrize(
    "authority",
    [
        "joe:12/geheim@db/x",
        "joe:12?geheim@db",
        "joe:a@geheim/@db/x",
        "joe:@geheim/b@db",
        "to/geheim@db",
    ],
)
def test_a_path_that_may_be_a_password_is_refused(authority: str) -> None:
    """Of a web server's target a path is refused that may be the rest of a password, and not shown."""
    with pytest.raises(UsageError, match="write an '@' after the host as %40") as caught:
        read(f"http://{authority}")
    assert "geheim" not in str(caught.value)


PIECES = st.lists(
    st.sampled_from([*"@/?#:%,[]&=+", "12", "::1", "://", "env:", "exec:", "a", "\0", "\udcff"]),
    max_size=9,
)


@given(PIECES, PIECES)
def test_no_password_shows(before: list[str], after: list[str]) -> None:
    """Whatever a password is made of, nothing of it is shown, be the target understood or refused."""
    password = "".join(itertools.chain(before, ["geheim"], after))
    try:
        shown = f"{read(f'store://joe:{password}@db/app')!r}"
    except UsageError as error:
        shown = str(error)
    else:
        assert shown == "<Target store://db:6543/app>"
    assert "geheim" not in shown
