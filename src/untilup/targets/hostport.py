"""The host and the port of a target: which texts name one."""

from __future__ import annotations

import _socket as socket  # the classes that the socket module adds on top cost 4 ms of import

from untilup import display

MAX_PORT = 65_535
LONGEST_PORT = len(str(MAX_PORT))
# RFC 1035 section 2.3.4: octets in a label and in a name.
LONGEST_LABEL = 63
LONGEST_NAME = 253
# RFC 4291 section 2.5.6: fe80::/10.
LINK_LOCAL, LINK_LOCAL_MASK = 0xFE80, 0xFFC0
# RFC 6874 section 2: how a zone begins in a URL.
ENCODED_PERCENT = "25"
DOTTED_QUAD = 4
HEXADECIMAL = frozenset("0123456789abcdefABCDEF:.")


def split_host_port(text: str) -> tuple[str, str | None]:
    """Split ``host:port`` or ``[address]:port``; the port is None where there is none.

    Raise ValueError, with what is wrong in words, where the host is none.
    """
    if "$" in text:
        raise ValueError(
            "it has a '$', and variables are not replaced here: give env:NAME or env:HOST:PORT"
        )
    if text.startswith("["):
        host, bracket, port = text[1:].rpartition("]")
        if not bracket or port[:1] not in ("", ":") or not is_ipv6(host):
            raise ValueError("not an IPv6 address in brackets")
        return _with_its_zone(host), port[1:] if port else None
    host, colon, port = text.rpartition(":")
    if ":" in host:
        if "::" in text and HEXADECIMAL.issuperset(text.partition("%")[0]):
            raise ValueError("an IPv6 address stands in brackets: [::1]:5432")
        raise ValueError("it has more than one ':'")
    if not colon:
        host = text
    if problem := hostname_error(host):
        raise ValueError(problem)
    return host, port if colon else None


def _with_its_zone(host: str) -> str:
    """Return the IPv6 address *host*; raise ValueError if it means nothing without a zone."""
    number, percent, zone = host.partition("%")
    if zone.startswith(ENCODED_PERCENT) and zone != ENCODED_PERCENT:
        zone = zone.removeprefix(ENCODED_PERCENT)
    if not percent:
        first = int.from_bytes(socket.inet_pton(socket.AF_INET6, number)[:2], "big")
        if first & LINK_LOCAL_MASK == LINK_LOCAL:
            raise ValueError(
                "a link-local address needs its zone, the network interface: [fe80::1%eth0]:5432"
            )
    return f"{number}{percent}{zone}"


def join_host_port(host: str, port: int) -> str:
    """Return ``host:port`` as it is shown in a URL, where a host may be a path, too."""
    if host.startswith("/"):
        shown = display.path(host)
        safe = "".join(
            char if char.isalnum() or char in "-_." else _encoded(char) for char in shown
        )
        return f"{safe}:{port}" if port else safe
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if port else name


def _encoded(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


def is_port(text: str) -> bool:
    """Tell whether *text* is a number from 1 to 65535, in ASCII digits."""
    return is_number(text) and len(text) <= LONGEST_PORT and 1 <= int(text) <= MAX_PORT


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


def hostname_error(host: str) -> str:
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
    if _is_a_broken_quad(labels):
        return "the host is four numbers, and no IPv4 address"
    return ""


def _is_a_broken_quad(labels: list[str]) -> bool:
    """Tell whether *labels* are four numbers, as of an IPv4 address, and no resolver takes them."""
    if len(labels) != DOTTED_QUAD or not all(is_number(label) for label in labels):
        return False
    try:
        socket.inet_aton(".".join(labels))
    except OSError:
        return True
    return False
