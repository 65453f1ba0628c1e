"""The options of http:// and https:// targets."""

from __future__ import annotations

from untilup import display
from untilup.errors import InvalidTarget
from untilup.percent import unquote
from untilup.targets import hostport
from untilup.values import TEXT, ValueType, ranges_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target
    from untilup.values import OptionTypes

# RFC 9110 section 15.
STATUSES = range(100, 600)
ANY_SUCCESS = (range(200, 400),)
# The last answer, if redirects are followed.
FINAL_SUCCESS = (range(200, 300),)
ANY_STATUS = (range(100, 1000),)
# The limit of browsers (the Fetch standard, HTTP-redirect fetch).
MAX_REDIRECTS = 20
# RFC 9110 section 5.6.2.
TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _token(text: str) -> str:
    if not text or not TOKEN.issuperset(text):
        raise ValueError(text)
    return text


def _field(text: str) -> tuple[str, str]:
    """Split ``Name:value``. A value with a line end could add fields, or another request."""
    name, colon, value = text.partition(":")
    if not colon or any((char < " " and char != "\t") or char == "\x7f" for char in value):
        raise ValueError(text)
    return _token(name), value.strip(" \t")


def _host(text: str) -> str:
    """Check that *text* is a host, perhaps with a port."""
    _, port = hostport.split_host_port(text)
    if port is not None and not hostport.is_port(port):
        raise ValueError(text)
    return text


_codes = ranges_of(STATUSES, classes=True)


def _statuses(text: str) -> tuple[range, ...]:
    return ANY_STATUS if text.lower() == "any" else _codes(text)


def _redirects(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_REDIRECTS))):
        raise ValueError(text)
    if int(text) > MAX_REDIRECTS:
        raise ValueError(text)
    return int(text)


def _json(text: str) -> tuple[tuple[str, ...], str]:
    """Split ``status.0.ready=true`` into its path and its value."""
    path, equals, value = text.partition("=")
    names = tuple(path.split("."))
    if not equals or not all(names):
        raise ValueError(text)
    return names, value


def _media_type(text: str) -> str:
    return _field(f"x:{_some(text)}")[1]


def _some(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


TEXTS = ValueType("TEXT", "some text", _some, many=True)
HOST = ValueType("HOST", "a host, or host:port", _host)
HTTP_OPTIONS: OptionTypes = {
    "status": (
        ValueType(
            "CODES",
            "codes from 100 to 599 and ranges of them (200,204-299 or 2xx), or any",
            _statuses,
        ),
        "the status codes that count as up, instead of 200-399: `200,204-299`, `2xx`, `any`",
    ),
    "method": (
        ValueType("METHOD", "a method: GET, HEAD, OPTIONS", _token),
        "send a request with this method, instead of GET or, with `body=`, POST",
    ),
    "header": (
        ValueType("NAME:VALUE", "Name:value, in one line", _field, many=True, secret=True),
        "send this header field too, or instead of the default; may be given several times",
    ),
    "body": (ValueType("TEXT", "some text", _some, secret=True), "send this body"),
    "content-type": (
        ValueType("TYPE", "a media type: application/json", _media_type),
        "the media type of `body=`",
    ),
    "redirects": (
        ValueType("NUMBER", f"a number from 0 to {MAX_REDIRECTS}", _redirects),
        "follow at most this many redirects; the last answer decides, and 200-299 counts as up",
    ),
    "response-header": (
        ValueType("NAME:VALUE", "Name:value, in one line", _field, many=True),
        "the answer must have this header field; may be given several times",
    ),
    "contains": (TEXT, "the body must contain this text, in its first MiB"),
    "lacks": (
        TEXTS,
        "the body must not contain this text, in its first MiB; may be given several times",
    ),
    "json": (
        ValueType(
            "PATH=VALUE",
            "names and indexes joined by dots, '=' and a value: status.0.ready=true",
            _json,
            many=True,
        ),
        "the body must be JSON with this value at this path: `status.0.ready=true`; may be given several times",
    ),
    "host": (
        HOST,
        "send this host in the `Host` field; with TLS the certificate must be for it, too",
    ),
}


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that contradict each other, and for a user that cannot be sent."""
    for name in ("contains", "lacks", "json"):
        if name in target.options and target.options.get("method") == "HEAD":
            raise InvalidTarget(f"'{name}' needs a body, and the answer to method=HEAD has none")
    if "content-type" in target.options and "body" not in target.options:
        raise InvalidTarget("'content-type' needs 'body', which is missing")
    try:
        unquote(target.user)
    except InvalidTarget:
        raise InvalidTarget(
            "the user or the password has a '%' that two hexadecimal digits do not follow; write %25"
        ) from None


def accepted_statuses(target: Target) -> tuple[range, ...]:
    """Return the status codes that count as up, as ranges."""
    default = FINAL_SUCCESS if "redirects" in target.options else ANY_SUCCESS
    ranges: tuple[range, ...] = target.options.get("status", default)
    return ranges


def has_credentials(target: Target) -> bool:
    """Tell whether *target* may send credentials: in the user, a header, the body, the path or a certificate."""
    in_path = "?" in target.path or display.hides(target.path)
    is_sent = not {"header", "body", "cert"}.isdisjoint(target.options)
    return bool(target.user) or in_path or is_sent
