"""Where Oracle's drivers connect to: EZConnect strings and connect descriptors.

``db:1521/FREEPDB1``, ``//db/FREEPDB1``, ``db:1521:FREE`` with a SID, ``tcps://db:2484/FREEPDB1``, and
``(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=FREEPDB1)))``.
"""

from __future__ import annotations

from untilup.errors import InvalidTarget
from untilup.targets import hostport

PORT = "1521"
ENCRYPTED = "tcps"
_ENCODE = "write '?' in a password as %3F, and '@' in a query as %40"
_FORMS = "it must be HOST:PORT/SERVICE or HOST:PORT:SID"
_ELSEWHERE = "is found elsewhere; write oracle://HOST/SERVICE"


def is_descriptor(text: str) -> bool:
    """Tell whether *text* is a connect descriptor."""
    return text.lstrip().lower().startswith(("(description=", "(description ="))


def of_jdbc(rest: str) -> str:
    """Return ``hosts/service#options`` of what follows ``jdbc:oracle:``, a user and a password perhaps."""
    before, at, where = rest.rpartition("@")
    if before.startswith("//") and "?" in before:
        raise InvalidTarget(_ENCODE)
    if not at:
        # R2DBC has a URL like others. JDBC has a user and a password before the '@'.
        if not rest.startswith("//"):
            raise InvalidTarget(f"its server {_ELSEWHERE}")
        where = rest
    return of_descriptor(where) if "(" in where else _of_ezconnect(where)


def _of_ezconnect(where: str) -> str:
    protocol, is_url, after = where.partition("//")
    where = after if is_url else where
    address, slash, name = where.partition("?")[0].partition("/")
    # The kind of server and the instance may follow the service.
    name = name.partition(":")[0].partition("/")[0]
    hosts: list[str] = []
    options: list[str] = []
    port = PORT
    # Hosts without a port have that of the next host that has one (Oracle's "Easy Connect Plus").
    for each in reversed(address.split(",")):
        bracket = each.rfind("]") + 1
        rest, *more = each[bracket:].split(":")
        port = more.pop(0) if more and hostport.is_number(more[0]) else port
        hosts.insert(0, f"{each[:bracket]}{rest}:{port}")
        if len(more) > (not slash):
            raise InvalidTarget(_FORMS)
        if more:
            name, options = more[0], ["sid"]
    if not (is_url or slash or ":" in address):
        raise InvalidTarget(f"the server of a name of tnsnames.ora {_ELSEWHERE}")
    if protocol.lower().startswith(ENCRYPTED):
        options.append("tls")
    return _rest(hosts, name, options)


def of_descriptor(text: str) -> str:
    """Return ``hosts/service#options`` of a descriptor; raise InvalidTarget if it has no host."""
    # The parts of an address may be in any order. CONNECT_DATA may have the host of the client.
    address: dict[str, str] = {}
    addresses = [address]
    name = ""
    options: list[str] = []
    for piece in "".join(text.split()).split("("):
        key, _, value = piece.partition("=")
        key, value = key.lower(), value.partition(")")[0]
        if key in {"address", "connect_data"}:
            address = {}
            addresses += [address] * (key == "address")
        elif key in {"host", "port"}:
            address[key] = value
        elif key == "service_name" or (key == "sid" and not name):
            name = value
            options = [each for each in options if each != "sid"] + ["sid"] * (key == "sid")
        elif key == "protocol" and value.lower() == ENCRYPTED and "tls" not in options:
            options.append("tls")
    hosts = [_host_and_port(each) for each in addresses if each.get("host")]
    if not hosts:
        raise InvalidTarget(f"its server {_ELSEWHERE}")
    return _rest(hosts, name, options)


def _host_and_port(address: dict[str, str]) -> str:
    host, port = address["host"], address.get("port", "")
    shown = f"[{host}]" if hostport.is_ipv6(host) else host
    return f"{shown}:{port}" if port else shown


def _rest(hosts: list[str], name: str, options: list[str]) -> str:
    fragment = f"#{'&'.join(options)}" if options else ""
    return f"{','.join(hosts)}/{name}{fragment}"
