"""Where a redirect leads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untilup.protocols.http_location import resolve

BASE = "http://api:8080/a/b?c=d"


@pytest.mark.parametrize(
    ("location", "where"),
    [
        (b"/x", ("http", "api", 8080, "/x")),
        (b"x", ("http", "api", 8080, "/a/x")),
        (b"../x?y=1#z", ("http", "api", 8080, "/x?y=1")),
        (b"?e", ("http", "api", 8080, "/a/b?e")),
        (b"", ("http", "api", 8080, "/a/b?c=d")),
        (b"//other/x", ("http", "other", 80, "/x")),
        (b"https://API", ("https", "api", 443, "/")),
        (b"HTTP://joe:x@[::1]:99/%41", ("http", "::1", 99, "/%41")),
        ("/\u00e4 b".encode(), ("http", "api", 8080, "/%C3%A4%20b")),
        (b"/a\rb", ("http", "api", 8080, "/a%0Db")),
    ],
)
def test_where(location: bytes, where: tuple[str, str, int, str]) -> None:
    """A location is absolute or relative; its user and its fragment are dropped."""
    assert resolve(BASE, location) == where


@pytest.mark.parametrize(
    "location",
    [
        *(
            b"ftp://other/",
            b"javascript:x",
            b"https://",
            b"https:///x",
            b"http://a:99999/",
            b"http://a:x/",
        ),
        *(b"http://a:0/", b"http://[::1/", b"http://a b/", "http://\u00e4/".encode(), b"unix:/x"),
    ],
)
def test_nowhere(location: bytes) -> None:
    """Anything but an address of http:// or https:// leads nowhere."""
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the caller's
        resolve(BASE, location)


@given(st.binary(max_size=20) | st.text(alphabet="htps:/@[]?#.%0a", max_size=20).map(str.encode))
def test_any_bytes(location: bytes) -> None:
    """Any bytes lead somewhere, or nowhere; what is sent has no line end."""
    try:
        _, host, port, path = resolve(BASE, location)
    except ValueError:
        return
    assert host
    assert 0 < port < 2**16
    assert path.isascii()
    assert path.isprintable()
    assert " " not in path
