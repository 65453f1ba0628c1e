"""A target's own options, and the parts of a URL (docs/design.md, Targets)."""

from __future__ import annotations

import contextlib
import sys
import types
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.cli.targets import parse_target
from untilup.errors import InvalidTarget, UsageError
from untilup.percent import unquote
from untilup.targets.fragment import parse_options
from untilup.targets.syntax import TargetSyntax
from untilup.targets.target import Target
from untilup.values import DURATION, FLAG, PATH, TEXT, ValueType

HEADER = ValueType(
    "NAME:VALUE", "Name:value", lambda text: text[text.index(":") + 1 :], many=True, secret=True
)
CHOICES = {
    "contains": (TEXT, "what the answer has"),
    "insecure": (FLAG, "trust any certificate"),
    "ca": (PATH, "the trusted CA"),
    "header": (HEADER, "sent along"),
    "pause": (DURATION, "between them"),
}
FORMS = {
    "web": TargetSyntax("web://host/path", port=80, path=True, userinfo=True, options=CHOICES),
    "name": TargetSyntax("name://host", port=None),
    "disk": TargetSyntax("disk:///path", host=False, options=CHOICES),
}
ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.fixture(autouse=True)
def forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a check of each form, which is never called."""
    for scheme, form in FORMS.items():
        module = types.ModuleType(scheme)
        setattr(module, "SYNTAX", form)  # noqa: B010 - mypy knows that modules have none
        monkeypatch.setitem(sys.modules, f"untilup.checks.{scheme}", module)


def target_of(word: str) -> Target:
    return parse_target(word, 0.25, {})


def message_of(word: str, environ: dict[str, str] | None = None) -> str:
    """Return why *word* is refused."""
    with pytest.raises(UsageError) as caught:
        parse_target(word, 0.25, environ or {})
    return str(caught.value)


READ = [
    ("contains=a", {"contains": "a"}),
    ("contains=a+b", {"contains": "a+b"}),
    ("contains=a%20b%26c%23%3d", {"contains": "a b&c#="}),
    ("contains=a=b", {"contains": "a=b"}),
    ("contains=b%C3%BCcher", {"contains": "b\u00fccher"}),
    ("contains=%ff", {"contains": "\udcff"}),
    ("insecure", {"insecure": True}),
    ("insecure=0", {"insecure": False}),
    ("insecure&ca=/a%20b&pause=5s", {"insecure": True, "ca": "/a b", "pause": 5.0}),
    ("insecure#ca=/a%23b#pause=5s", {"insecure": True, "ca": "/a#b", "pause": 5.0}),
    ("insecure#ca=/a&pause=5s", {"insecure": True, "ca": "/a", "pause": 5.0}),
    ("header=A:1&insecure&header=B:2", {"header": ["1", "2"], "insecure": True}),
]


@pytest.mark.parametrize(("fragment", "options"), READ, ids=[fragment for fragment, _ in READ])
def test_options_are_read(fragment: str, options: dict[str, object]) -> None:
    """Options are separated by '&' or '#', percent-decoded, and '+' is a plus sign; a flag needs no value."""
    assert parse_options(fragment, CHOICES) == options


REFUSED = [
    (
        "",
        "there is no option after '#' or '&'; it may be contains, insecure, ca, header, pause",
        "",
    ),
    (
        "sure=a",
        "unknown option {} after '#'; it may be contains, insecure, ca, header, pause",
        "sure",
    ),
    ("Contains=a", "unknown option {} after '#'; it may be contains, ", "Contains"),
    ("contains=a&", "there is no option after '#' or '&'; it may be ", ""),
    ("contains=a#", "there is no option after '#' or '&'; it may be ", ""),
    ("contains=a#b", "unknown option {} after '#'; it may be ", "b"),
    ("contains=a&insecure#b#c", "unknown option {} after '#'; it may be ", "b"),
    ("contains", "option 'contains': {} is not accepted; write some text", ""),
    ("contains=", "option 'contains': {} is not accepted; write some text", ""),
    ("ca=a/b", "option 'ca': {} is not accepted; write an absolute path", "a/b"),
    ("ca=/a%00b", "option 'ca': {} is not accepted; write an absolute path", "/a\0b"),
    ("insecure=maybe", "option 'insecure': {} is not accepted; write 1, true,", "maybe"),
    ("insecure=", "option 'insecure': {} is not accepted; write 1, true,", ""),
    ("contains=a&contains=b", "option 'contains' is given twice", ""),
    ("contains=100%", "a '%' must be followed by two hexadecimal digits", ""),
    ("contains=%+1", "a '%' must be followed by two hexadecimal digits", ""),
]


@pytest.mark.parametrize(
    ("fragment", "problem", "piece"), REFUSED, ids=[fragment for fragment, *_ in REFUSED]
)
def test_bad_options_are_refused(fragment: str, problem: str, piece: str) -> None:
    """What is no option, has a bad value, or is given twice is reported, with the piece that is wrong."""
    with pytest.raises(InvalidTarget) as caught:
        parse_options(fragment, CHOICES)
    assert caught.value.problem.startswith(problem)
    assert caught.value.piece == piece


@pytest.mark.parametrize(
    "fragment",
    [
        "header=hunter2",
        "header=A:x&hunter2",
        "header=A:x&hunter2=1",
        "hunter2&header=A:x",
        "header=A:%hunter2",
        "header=A:x#hunter2",
        "header=A:x#hunter2=1",
    ],
)
def test_a_secret_is_not_quoted(fragment: str) -> None:
    """No piece is quoted of an option that may be secret, nor of what comes apart beside one."""
    message = message_of(f"web://api/#{fragment}")
    assert message.startswith("target 'web://api/': ")
    assert "hunter2" not in message


@given(ANY_TEXT)
def test_any_fragment_is_read_or_refused(fragment: str) -> None:
    """Whatever stands behind the '#', it is options or a clean error."""
    with contextlib.suppress(InvalidTarget):
        assert set(parse_options(fragment, CHOICES)) <= set(CHOICES)


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_quoted_is_decoded(text: str) -> None:
    """Percent-encoding, by any library, is undone."""
    assert unquote(quote(text)) == text
    assert unquote(quote(text, safe="")) == text


WELL_FORMED = [
    ("web://api", "web://api:80", "", ""),
    ("web://api:8080", "web://api:8080", "", ""),
    ("web://[::1]", "web://[::1]:80", "", ""),
    ("WEB://[::1]:8080/", "web://[::1]:8080/", "/", ""),
    ("web://api/health?token=hunter2", "web://api:80/health", "/health?token=hunter2", ""),
    ("web://api?token=hunter2", "web://api:80", "?token=hunter2", ""),
    ("web://u:hunter2@api/x", "web://api:80/x", "/x", "u:hunter2"),
    ("web://u:a@hunter2@api/x", "web://api:80/x", "/x", "u:a@hunter2"),
    ("web://api/@b", "web://api:80/...", "/@b", ""),
    ("web://api/%20:", "web://api:80/%20:", "/%20:", ""),
    ("name://db", "name://db", "", ""),
    ("disk:///a%20b/c%3F", "disk:///a b/c?", "/a b/c?", ""),
]


@pytest.mark.parametrize(
    ("word", "printed", "path", "user"), WELL_FORMED, ids=[word for word, *_ in WELL_FORMED]
)
def test_parts_of_a_url(word: str, printed: str, path: str, user: str) -> None:
    """A URL has the parts that its scheme allows; it prints without user and query."""
    target = target_of(word)
    assert (str(target), target.path, target.user) == (printed, path, user)
    assert target_of(f"{word}#optional") != target


ILL_FORMED = [
    ("web://", "the host is missing"),
    ("web:///path", "the host is missing"),
    ("web://api:0/", "the port '0' is not a number from 1 to 65535"),
    ("web://api:/", "the port is missing after the ':'"),
    ("web://api/a b", "the path has characters that a URL cannot have; write them as %XX"),
    ("web://api/b\u00fccher", "the path has characters that a URL cannot have; write them as %XX"),
    ("web://api/\r\nX: y", "the path has characters that a URL cannot have; write them as %XX"),
    ("name://db:53", "a name:// target has no port"),
    ("name://db/x", "a name:// target has neither user nor path"),
    ("disk://a", "an absolute path, and so by a third '/'; write 'disk:///a'"),
    ("disk://", "an absolute path, and so by a third '/'; write 'disk:///'"),
    ("disk:///a?b", "a path has no query; write a '?' in it as %3F"),
    (
        "disk:///100%",
        "a '%' must be followed by two hexadecimal digits; write %25 for a percent sign",
    ),
]


@pytest.mark.parametrize(
    ("word", "problem"), ILL_FORMED, ids=[repr(word) for word, _ in ILL_FORMED]
)
def test_ill_formed_urls(word: str, problem: str) -> None:
    """A URL with parts that its scheme does not have, or bad ones, is refused."""
    assert problem in message_of(word)


def test_what_every_target_knows() -> None:
    """Each target may have a time, a settling, and an exemption of its own."""
    plain, own = target_of("db:1"), target_of("db:1#timeout=5s&settle=0&optional")
    assert (plain.timeout, plain.settle, plain.optional) == (0, 0.25, False)
    assert (own.timeout, own.settle, own.optional) == (5, 0, True)
    assert own.options == {}
    assert plain != own


def test_options_come_with_the_variable_and_with_its_name() -> None:
    """What stands behind env:NAME# is added to what the variable has."""
    url = "web://u:hunter2@api/x#insecure"
    target = parse_target("env:URL#optional&ca=/x", 0, {"URL": url})
    assert (target.optional, target.options) == (True, {"insecure": True, "ca": "/x"})
    assert parse_target("env:H:80#timeout=5s", 0, {"H": "db"}).timeout == 5
    assert "given twice" in message_of("env:URL#insecure", {"URL": url})
    assert "hunter2" not in message_of("env:URL#insecure", {"URL": url})
