"""Encodes the request of http:// and https:// targets (RFC 9110, RFC 9112)."""

from __future__ import annotations

from untilup.percent import unquote
from untilup.targets.hostport import to_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Without a body these methods send a length of 0, or some servers wait for one (RFC 9110 section
# 8.6).
WITH_BODY = ("PATCH", "POST", "PUT")


def encode_request(  # noqa: PLR0913 - one parameter for each part of a request
    method: str,
    path: str,
    host: str,
    *,
    user: str,
    fields: Iterable[tuple[str, str]],
    body: bytes = b"",
    content_type: str = "",
) -> bytes:
    """Return the bytes of a request; *fields* replace the default fields of the same names.

    *user* is ``name:password``, percent-encoded, or empty.
    """
    from untilup import __version__

    defaults = {
        "Host": host,
        "User-Agent": f"untilup/{__version__}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if body or method in WITH_BODY:
        defaults["Content-Length"] = str(len(body))
    if content_type:
        defaults["Content-Type"] = content_type
    if user:
        defaults["Authorization"] = _basic(user)
    given = [*fields]
    replaced = {name.lower() for name, _ in given}
    kept = [(name, value) for name, value in defaults.items() if name.lower() not in replaced]
    path = path if path.startswith("/") else f"/{path}"
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in kept + given)]
    head = "".join(f"{line}\r\n" for line in [*lines, ""])
    return head.encode("utf-8", "surrogateescape") + body


def encode_host(host: str, port: int, default_port: int) -> str:
    """Return the value of the Host field: in ASCII, an IPv6 address in brackets without its zone."""
    # A zone has a meaning on this machine only (RFC 9110 section 7.2).
    host = host.partition("%")[0]
    host = f"[{host}]" if ":" in host else to_ascii(host)
    return host if port == default_port else f"{host}:{port}"


def _basic(user: str) -> str:
    """Return the credentials of basic authentication (RFC 7617); a missing password is empty."""
    from binascii import b2a_base64

    name, _, password = user.partition(":")
    credentials = f"{unquote(name)}:{unquote(password)}".encode("utf-8", "surrogateescape")
    return f"Basic {b2a_base64(credentials, newline=False).decode()}"
