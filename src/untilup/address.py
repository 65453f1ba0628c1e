"""The host and the port of a target: which texts name one."""

from __future__ import annotations

import _socket as socket  # the classes that the socket module adds on top cost 4 ms of import

HIGHEST_PORT = 65_535
LONGEST_PORT = len(str(HIGHEST_PORT))
# RFC 1035 section 2.3.4: octets in a label and in a name.
LONGEST_LABEL = 63
LONGEST_NAME = 253


def split(text: str) -> tuple[str, str | None]:
    """Split ``host:port`` or ``[address]:port``; the port is None where there is none.

    Raise ValueError, with what is wrong in words, where the host is none.
    """
    if text.startswith("["):
        host, bracket, port = text[1:].rpartition("]")
        if not bracket or port[:1] not in ("", ":") or not is_ipv6(host):
            raise ValueError("not an IPv6 address in brackets")
        return host, port[1:] if port else None
    host, colon, port = text.rpartition(":")
    if ":" in host:
        raise ValueError("an IPv6 address stands in brackets: [::1]:5432")
    if not colon:
        host = text
    if problem := problem_of_name(host):
        raise ValueError(problem)
    return host, port if colon else None


def joined(host: str, port: int) -> str:
    """Return ``host:port`` as it stands in a URL, where a host may be a path, too."""
    if host.startswith("/"):
        safe = "".join(char if char.isalnum() or char in "-_." else _encoded(char) for char in host)
        return f"{safe}:{port}" if port else safe
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if port else name


def _encoded(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


def is_port(text: str) -> bool:
    """Tell whether *text* is a number from 1 to 65535, in ASCII digits."""
    return is_number(text) and len(text) <= LONGEST_PORT and 1 <= int(text) <= HIGHEST_PORT


def is_number(text: str) -> bool:
    """Tell whether *text* is all ASCII digits."""
    return text.isascii() and text.isdecimal()


def is_ipv6(host: str) -> bool:
    """Tell whether *host* is an IPv6 address, perhaps with a zone (``fe80::1%eth0``)."""
    address, percent, zone = host.partition("%")
    try:
        socket.inet_pton(socket.AF_INET6, address)
    except (OSError, ValueError):  # ValueError: a NUL byte, or not encodable
        return False
    return bool(zone) == bool(percent) and (not zone or (zone.isascii() and zone.isprintable()))


def problem_of_name(host: str) -> str:
    """Return what is wrong with a host *name*, or nothing.

    Looked at here because a resolver's answer to such a name is no help: glibc says "unknown", the
    idna codec raises UnicodeError.
    """
    if not host:
        return "the host is missing"
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return "the host is not a name that the DNS can hold"
    if not (host.isprintable() and all(char.isalnum() or char in "-_." for char in name)):
        return "the host has characters that no name has"
    labels = name.removesuffix(".").split(".")
    if len(name) > LONGEST_NAME or not all(0 < len(label) <= LONGEST_LABEL for label in labels):
        return f"the host has an empty part, one of over {LONGEST_LABEL} characters, or over {LONGEST_NAME} in all"
    return ""
