"""The request to a web server, byte by byte, and the options of a target."""

from __future__ import annotations

import pytest

from untilup import __version__
from untilup.checks import http
from untilup.cli.targets import parse_target
from untilup.errors import UsageError
from untilup.net import tls
from untilup.targets import http_options
from untilup.targets.target import Target

ALWAYS = {
    "Host": "api",
    "User-Agent": f"untilup/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
SECRETS = ("geheim", "s3cret", "dG9rZW4", "pa%20ss")


def target(word: str) -> Target:
    return parse_target(word, 0.005, {})


def asked(word: str) -> tuple[str, dict[str, str]]:
    """Return the request line of the target *word*, and its fields, which must not repeat."""
    head, end, body = http.request_for(target(word)).decode("latin-1").partition("\r\n\r\n")
    assert (end, body) == ("\r\n\r\n", "")
    first, *lines = head.split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines)
    assert len(fields) == len(lines)
    return first, fields


def test_the_whole_request() -> None:
    """The request has the path and the query as they are given, and the host of the target."""
    assert http.request_for(target("http://api:8080/a%20b?x=1&y=/#status=204")) == (
        b"GET /a%20b?x=1&y=/ HTTP/1.1\r\n"
        b"Host: api:8080\r\n"
        + f"User-Agent: untilup/{__version__}\r\n".encode()
        + b"Accept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("word", "first", "fields"),
    [
        ("http://api", "GET / HTTP/1.1", {}),
        ("http://api:80", "GET / HTTP/1.1", {}),
        ("https://api:443", "GET / HTTP/1.1", {}),
        ("http://api?x=1", "GET /?x=1 HTTP/1.1", {}),
        ("http://api//x", "GET //x HTTP/1.1", {}),
        ("http://api:443", "GET / HTTP/1.1", {"Host": "api:443"}),
        ("http://[::1]/", "GET / HTTP/1.1", {"Host": "[::1]"}),
        ("http://[fe80::1%eth0]:81/", "GET / HTTP/1.1", {"Host": "[fe80::1]:81"}),
        ("http://b\u00fccher/", "GET / HTTP/1.1", {"Host": "xn--bcher-kva"}),
        ("http://10.0.0.5:81#host=api", "GET / HTTP/1.1", {"Host": "api"}),
        ("http://db#host=api:8080", "GET / HTTP/1.1", {"Host": "api:8080"}),
        ("http://api#unix=/run/api.sock", "GET / HTTP/1.1", {}),
        ("http://api#method=HEAD", "HEAD / HTTP/1.1", {}),
        ("http://api#method=POST", "POST / HTTP/1.1", {"Content-Length": "0"}),
        ("http://api#header=X-Key:%20a%20b%09", "GET / HTTP/1.1", {"X-Key": "a b"}),
        ("http://api#header=A:1&header=B:2", "GET / HTTP/1.1", {"A": "1", "B": "2"}),
        ("http://api#header=X:", "GET / HTTP/1.1", {"X": ""}),
        ("http://api#header=X:%C3%A4:%FF", "GET / HTTP/1.1", {"X": "\u00c3\u00a4:\u00ff"}),
        ("http://joe@api", "GET / HTTP/1.1", {"Authorization": "Basic am9lOg=="}),
        ("http://joe:a%3Ab@api", "GET / HTTP/1.1", {"Authorization": "Basic am9lOmE6Yg=="}),
        ("http://joe:%FF@api", "GET / HTTP/1.1", {"Authorization": "Basic am9lOv8="}),
        ("http://@api", "GET / HTTP/1.1", {}),
    ],
)
def test_request(word: str, first: str, fields: dict[str, str]) -> None:
    """Each part of a target, and each option, is in its place in the request."""
    assert asked(word) == (first, ALWAYS | fields)


@pytest.mark.parametrize("name", ["host", "User-AGENT", "accept", "connection", "Authorization"])
def test_a_given_field_replaces_the_default(name: str) -> None:
    """A given field replaces the default field."""
    _, fields = asked(f"http://joe:geheim@api#header={name}:mine")
    assert fields[name] == "mine"
    assert [field.lower() for field in fields].count(name.lower()) == 1


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("204", (range(204, 205),)),
        ("200,204-299", (range(200, 201), range(204, 300))),
        ("100-599", (range(100, 600),)),
    ],
)
def test_status(text: str, ranges: tuple[range, ...]) -> None:
    """Status codes are given one by one, and in ranges."""
    assert http_options.accepted_statuses(target(f"http://api#status={text}")) == ranges
    assert http_options.accepted_statuses(target("http://api")) == (range(200, 400),)


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("http://api#status=", "'status': '' is not accepted; write codes from 100 to 599"),
        ("http://api#status=6xx", "'6xx' is not accepted"),
        ("http://api#status=99", "'99' is not accepted"),
        ("http://api#status=0200", "'0200' is not accepted"),
        ("http://api#status=600", "'600' is not accepted"),
        ("http://api#status=299-200", "'299-200' is not accepted"),
        ("http://api#status=200,", "'200,' is not accepted"),
        ("http://api#method=", "'method': '' is not accepted"),
        ("http://api#method=GE%20T", "option 'method': (not shown) is not accepted"),
        ("http://api#method=GET&method=HEAD", "'method' is given twice"),
        ("http://api#host=", "'host': '' is not accepted"),
        ("http://api#host=a%0D%0Ab", "is not accepted; write a host, or host:port"),
        ("http://api#host=a:0", "'a:0' is not accepted"),
        ("http://api#contains=", "'contains': '' is not accepted"),
        ("http://api#contains=x&method=HEAD", "'contains' needs a body"),
        ("http://api#unix=run/api.sock", "'run/api.sock' is not accepted; write an absolute path"),
        ("http://api#unix=/" + "x" * 107, "a socket's path has at most 107 bytes"),
        ("http://api#insecure", "unknown option 'insecure' after '#'"),
        ("http://api#ca=/x", "unknown option 'ca'"),
        ("http://api/a b", "the path has characters that a URL cannot have"),
        ("https://api#key=/x", "'key' needs 'cert', which is missing"),
        ("https://api#insecure&ca=/x", "'insecure' and 'ca' cannot be combined"),
        ("https://api#unix=/x", "unknown option 'unix'"),
        ("https://api#cert=x.pem", "'x.pem' is not accepted; write an absolute path"),
        ("tls://api#key=/x", "'key' needs 'cert', which is missing"),
        ("tls://api#insecure&ca=/x", "'insecure' and 'ca' cannot be combined"),
        ("tls://api#servername=a:1", "'a:1' is not accepted"),
        ("tls://api#status=200", "unknown option 'status'"),
        ("tls://api/x", "has neither user nor path"),
    ],
)
def test_what_makes_no_sense_is_refused(word: str, words: str) -> None:
    """An option without meaning, alone or beside another, is a usage error that says so."""
    with pytest.raises(UsageError) as caught:
        target(word)
    assert words in str(caught.value)


def test_what_is_switched_off_does_not_clash() -> None:
    """An option that is given as false counts as not given."""
    assert target("https://api#insecure=no&ca=/x").options["ca"] == "/x"


@pytest.mark.parametrize(
    "word",
    [
        "http://api#header=X-Key:geheim%0D%0AHost:evil",
        "http://api#header=X-Key:geheim%00",
        "http://api#header=X-Key:geheim%7F",
        "http://api#header=geheim",
        "http://api#header=ge heim:s3cret",
        "http://api#header=:geheim",
        "http://api#header=X-Key:%geheim",
        "http://api#header=X-Key:a&geheim",
        "http://joe:pa%20ss%@api",
        "http://joe:geheim@api#status=s3cret",
        "http://api?token=geheim#status=0",
        "http://api/%?token=geheim#status=0",
        "https://api?token=geheim#key=/x",
    ],
)
def test_a_refusal_shows_no_secret(word: str) -> None:
    """A malformed target is refused without its header's value, its password or its query."""
    with pytest.raises(UsageError) as caught:
        target(word)
    assert not [secret for secret in SECRETS if secret in str(caught.value)]
    assert caught.value.__suppress_context__


def test_a_target_shows_no_secret() -> None:
    """A target is called by its scheme, host, port and path."""
    shown = target("https://joe:geheim@api/health?token=s3cret#header=X-Key:dG9rZW4")
    assert str(shown) == "https://api:443/health"
    assert repr(shown) == "<Target https://api:443/health>"


@pytest.mark.parametrize(
    ("word", "has"),
    [
        ("http://api/x", False),
        ("http://api#method=HEAD", False),
        ("http://joe@api", True),
        ("http://api?key=x", True),
        ("http://api#header=Cookie:x", True),
        ("https://api#cert=/x", True),
    ],
)
def test_credentials(word: str, has: bool) -> None:  # noqa: FBT001 - a row of the table
    """A user, a header, a query and a client certificate count as credentials."""
    assert http_options.has_credentials(target(word)) is has


@pytest.mark.parametrize(
    ("host", "name"),
    [("Api.", "Api"), ("fe80::1%eth0", "fe80::1"), ("b\u00fccher.de", "xn--bcher-kva.de")],
)
def test_the_name_that_a_certificate_must_have(host: str, name: str) -> None:
    """A certificate names a host in ASCII, without a dot at its end, and an address without a zone."""
    assert tls.server_hostname(host) == name
