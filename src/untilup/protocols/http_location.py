"""Where an HTTP redirect leads: the Location field (RFC 9110 section 10.2.2), resolved by RFC 3986."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
# All that RFC 3986 allows in a URL, and the percent sign: what else is there is encoded, as browsers do.
_KEPT = "!#$%&'()*+,/:;=?@[]~"


def resolve(base: str, location: bytes) -> tuple[str, str, int, str]:
    """Return scheme, host, port and path of *location*, which may be relative to the URL *base*.

    A user and a fragment are dropped. Raise ValueError for anything but an address of ``http://`` or
    ``https://``.
    """
    parts = urlsplit(urljoin(base, quote(location, _KEPT)))
    host = parts.hostname
    if parts.scheme not in DEFAULT_PORTS or not host or "%" in host:
        raise ValueError(location)
    port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    if not port:
        raise ValueError(location)
    query = f"?{parts.query}" if parts.query else ""
    return parts.scheme, host, port, f"{parts.path or '/'}{query}"
