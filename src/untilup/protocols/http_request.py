"""The request of http:// and https://: what may be asked for in a target, and the bytes that ask it."""

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
# Without a body they say so, or some servers wait for one (RFC 9110 section 8.6).
WITH_BODY = ("PATCH", "POST", "PUT")
DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 9110 section 5.6.2.
TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _token(text: str) -> str:
    if not text or not TOKEN.issuperset(text):
        raise ValueError(text)
    return text


def _field(text: str) -> tuple[str, str]:
    """Split ``Name:value``; who could end the line could add fields, or another request."""
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


HOST = ValueType("HOST", "a host, or host:port", _host)
HTTP_OPTIONS: OptionTypes = {
    "status": (
        ValueType(
            "CODES", "codes from 100 to 599 and ranges of them: 200,204-299", ranges_of(STATUSES)
        ),
        "the status codes that count as up, instead of 200-399: `200,204-299`",
    ),
    "method": (
        ValueType("METHOD", "a method: GET, HEAD, OPTIONS", _token),
        "ask by this method instead of GET",
    ),
    "header": (
        ValueType("NAME:VALUE", "Name:value, in one line", _field, many=True, secret=True),
        "send this header field too, or instead of the default; may be given several times",
    ),
    "contains": (TEXT, "the body has this text, in its first MiB"),
    "host": (HOST, "ask for this host (header `Host`; with TLS its certificate, too)"),
}


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that make no sense together, and for what cannot be sent."""
    if "contains" in target.options and target.options.get("method") == "HEAD":
        raise InvalidTarget("'contains' needs a body, and the answer to method=HEAD has none")
    try:
        unquote(target.user)
    except InvalidTarget:
        raise InvalidTarget(
            "the user or the password has a '%' that no two digits follow"
        ) from None


def accepted_statuses(target: Target) -> tuple[range, ...]:
    """Return the status codes that count as up, in ranges."""
    ranges: tuple[range, ...] = target.options.get("status", ANY_SUCCESS)
    return ranges


def has_credentials(target: Target) -> bool:
    """Tell whether *target* has what may tell the server who asks: any header, query or key might."""
    given = ("header", "cert")
    tells = "?" in target.path or display.hides(target.path)
    return bool(target.user) or tells or any(name in target.options for name in given)


def host_asked_for(target: Target) -> str:
    """Return the host as the request names it: in ASCII, in brackets where it is an IPv6 address."""
    given: str = target.options.get("host", "")
    if given:
        return _ascii(given)
    host = target.host.partition("%")[0]  # a zone is this machine's own business (RFC 9110 7.2)
    host = f"[{host}]" if ":" in host else _ascii(host)
    return host if target.port == DEFAULT_PORTS[target.scheme] else f"{host}:{target.port}"


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")


def encode_request(target: Target) -> bytes:
    """Return the bytes by which *target* is asked."""
    from untilup import __version__

    method: str = target.options.get("method", "GET")
    fields = {
        "Host": host_asked_for(target),
        "User-Agent": f"untilup/{__version__}",
        "Accept": "*/*",
        "Connection": "close",
    }
    if method in WITH_BODY:
        fields["Content-Length"] = "0"
    if target.user:
        fields["Authorization"] = _basic(target.user)
    given: list[tuple[str, str]] = target.options.get("header", [])
    replaced = {name.lower() for name, _ in given}
    lines = [f"{method} {_path(target)} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items() if name.lower() not in replaced]
    lines += [f"{name}: {value}" for name, value in given]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("utf-8", "surrogateescape")


def _path(target: Target) -> str:
    return target.path if target.path.startswith("/") else f"/{target.path}"


def _basic(user: str) -> str:
    """Return what proves who asks (RFC 7617); a user alone has an empty password."""
    from binascii import b2a_base64

    name, _, password = user.partition(":")
    proof = f"{unquote(name)}:{unquote(password)}".encode("utf-8", "surrogateescape")
    return f"Basic {b2a_base64(proof, newline=False).decode()}"
