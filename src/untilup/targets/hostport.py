"""Parse the host and the port of a target."""

from __future__ import annotations

import _socket as socket  # the classes that the socket module adds on top cost 4 ms of import

from untilup import display

MAX_PORT = 65_535
MAX_PORT_DIGITS = len(str(MAX_PORT))
# RFC 1035 section 2.3.4: octets in a label and in a name.
MAX_LABEL = 63
MAX_NAME = 253
# RFC 4291 section 2.5.6: fe80::/10.
LINK_LOCAL, LINK_LOCAL_MASK = 0xFE80, 0xFFC0
# RFC 6874 section 2: how a zone begins in a URL.
ENCODED_PERCENT = "25"
DOTTED_QUAD = 4
# strip() leaves nothing of a text that has no other characters.
OF_NAMES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
UNEXPANDED = "it has a '$', and no variable is replaced here (Kubernetes leaves $(NAME) if NAME is not set); write env:NAME or env:HOST:PORT"
HEXADECIMAL = frozenset("0123456789abcdefABCDEF:.")


def split_host_port(text: str) -> tuple[str, str | None]:
    """Split ``host:port`` or ``[address]:port``; the port is None if there is none.

    Raise ValueError, which says what is wrong with the host.
    """
    if "$" in text:
        raise ValueError(UNEXPANDED)
    if text.startswith("["):
        host, bracket, port = text[1:].rpartition("]")
        if not bracket or port[:1] not in ("", ":") or not is_ipv6(host):
            raise ValueError("the host is not an IPv6 address in brackets")
        return _with_its_zone(host), port[1:] if port else None
    host, colon, port = text.rpartition(":")
    if ":" in host:
        if "::" in text and HEXADECIMAL.issuperset(text.partition("%")[0]):
            raise ValueError("an IPv6 address needs brackets: [::1]:5432")
        raise ValueError("it has more than one ':'")
    if not colon:
        host = text
    if problem := hostname_error(host):
        raise ValueError(problem)
    return host, port if colon else None


def plain_host_port(text: str) -> tuple[str, int] | None:
    """Split ``name:5432``, as most targets are spelled; return None for every other spelling."""
    host, _, port = text.rpartition(":")
    if host.strip(OF_NAMES) or not is_port(port) or hostname_error(host):
        return None
    return host, int(port)


def _with_its_zone(host: str) -> str:
    """Return the IPv6 address *host*; raise ValueError if it is link-local and has no zone."""
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
    """Return ``host:port`` as it is shown in a URL; a host may be a path, too."""
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
    return is_number(text) and len(text) <= MAX_PORT_DIGITS and 1 <= int(text) <= MAX_PORT


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


def to_ascii(host: str) -> str:
    """Return *host* as the DNS has it; raise UnicodeError if it cannot have it."""
    return host if host.isascii() else host.encode("idna").decode("ascii")


def hostname_error(host: str) -> str:
    """Return what is wrong with the name *host*, or nothing.

    Checked here because a resolver's answer to such a name is no help: glibc says "unknown", the
    idna codec raises UnicodeError.
    """
    if not host:
        return "the host is missing"
    try:
        name = to_ascii(host)
    except UnicodeError:
        return "the host is not a name that the DNS can hold"
    if name.strip(OF_NAMES) or not host.isprintable():
        return "the host has a character that no host name can have"
    labels = name.removesuffix(".").split(".")
    if len(name) > MAX_NAME or not all(labels) or max(map(len, labels)) > MAX_LABEL:
        return f"the host has an empty label, a label of over {MAX_LABEL} characters, or over {MAX_NAME} characters in total"
    if _is_a_broken_quad(labels):
        return "the host is four numbers, but not an IPv4 address"
    return ""


def _is_a_broken_quad(labels: list[str]) -> bool:
    """Tell whether *labels* are four numbers, as of an IPv4 address, but no resolver accepts them."""
    if len(labels) != DOTTED_QUAD or not is_number("".join(labels)):
        return False
    try:
        socket.inet_aton(".".join(labels))
    except OSError:
        return True
    return False
