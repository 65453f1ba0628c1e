"""Lists as particular applications write them: JSON, Kafka's listeners, StackExchange.Redis."""

from __future__ import annotations

from untilup import checks, display
from untilup.errors import InvalidTarget
from untilup.targets import hostport, url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.cli.variables.reference import Reference

KAFKA = "kafka"
# What Kafka's security protocols, which are names of listeners, too, have in them: SASL_PLAINTEXT, SASL_SSL.
_TLS = "SSL"
_PROTOCOLS = ("PLAINTEXT", _TLS)
# Names of listeners in the files of Confluent, Bitnami, Strimzi and others, that have no protocol in them.
_LISTENERS = (
    *("INTERNAL", "EXTERNAL", "INSIDE", "OUTSIDE", "CLIENT", "BROKER", "INTERBROKER"),
    *("CONTROLLER", "REPLICATION", "DOCKER", "HOST", "LOCALHOST", "LISTENER"),
)
_UPPER_CASE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
# The keys of ConfigurationOptions, in lower case.
_STACK_EXCHANGE = frozenset(
    (
        *("abortconnect", "allowadmin", "asynctimeout", "channelprefix", "configchannel"),
        *("checkcertificaterevocation", "configcheckseconds", "connectretry", "connecttimeout"),
        *("defaultdatabase", "heartbeatconsistencychecks", "heartbeatinterval", "highintegrity"),
        *("keepalive", "name", "password", "preserveasyncorder", "proxy", "resolvedns"),
        *("responsetimeout", "servicename", "setlib", "ssl", "sslhost", "sslprotocols"),
        *("synctimeout", "tiebreaker", "tunnel", "user", "version", "writebuffer"),
    )
)
_REDIS = ("", "redis", "rediss", "valkey", "valkeys")
# The ports of StackExchange.Redis: of sentinels, and with ssl=True.
_SENTINEL, _TLS_PORT = 26379, 6380


def json_array(text: str) -> list[str] | None:
    """Return the members of *text* if it is an array of JSON; raise InvalidTarget if it should be one."""
    if not (text.startswith("[") and text.endswith("]")) or hostport.is_ipv6(
        text[1 : text.index("]")]
    ):
        return None
    import json

    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        members = None
    if not (members and all(isinstance(each, str) and each.strip() for each in members)):
        raise InvalidTarget(
            f'{display.HIDDEN_VALUE} is no JSON array of texts; write ["http://a:9200", "http://b:9200"]'
        )
    return [each.strip() for each in members]


def kafka_listeners(pieces: list[str], asked: Reference) -> list[str] | None:
    """Return a URL for each of *pieces*, ``PLAINTEXT://a:9092``, that is a listener; None if one is none.

    A name with SSL in it means TLS. Other names than Kafka's own are read if another of the list is one of
    these, if they are usual, or if kafka:// is *asked* for.
    """
    members = [piece.partition("://") for piece in pieces]
    if not all(
        separator and name and _UPPER_CASE.issuperset(name) for name, separator, _ in members
    ):
        return None
    names = [name for name, _, _ in members]
    if asked.scheme not in {"", KAFKA} or any(checks.syntax_of(name.lower()) for name in names):
        return None
    is_own = any(protocol in name for protocol in _PROTOCOLS for name in names)
    is_usual = len(names) > 1 and not {*_LISTENERS}.isdisjoint(names)
    if not (asked.scheme or is_own or is_usual):
        return None
    return [
        f"{KAFKA}://{where}#tls" if _TLS in name else f"{KAFKA}://{where}"
        for name, _, where in members
    ]


def stack_exchange(text: str, asked: Reference) -> list[str] | None:
    """Return a URL for each host in *text*, ``host:6379,password=x,ssl=True``; None if it is no such text.

    https://stackexchange.github.io/StackExchange.Redis/Configuration: hosts, then options. A text has no
    comma in a password.
    """
    if "=" not in text or asked.scheme not in _REDIS:
        return None
    pieces = [piece.strip() for piece in text.split(",")]
    first = next((at for at, piece in enumerate(pieces) if "=" in piece), len(pieces))
    options: dict[str, str] = {}
    for piece in pieces[first:]:
        key, _, value = piece.partition("=")
        if piece:
            options[key.strip().lower()] = value.strip()
    hosts = [piece for piece in pieces[:first] if piece]
    is_one = hosts and options and _STACK_EXCHANGE.issuperset(options)
    if not is_one or any(_is_no_host(host) for host in hosts):
        return None
    encrypted = options.get("ssl", "").lower() == "true"
    master = options.get("servicename", "")
    port = _SENTINEL if master else _TLS_PORT if encrypted else 0
    # The certificate is for the name in sslHost, not for the host's.
    query = "/?ssl_check_hostname=false" if encrypted and "sslhost" in options else ""
    scheme = "rediss" if encrypted else "redis"
    each = [f"{host}:{port}" if port and not _has_port(host) else host for host in hosts]
    fragment = f"#sentinel={master}" if master else ""
    return [f"{scheme}://{where}{query}{fragment}" for where in each]


def without_chroot(text: str, asked: Reference) -> str:
    """Return *text* without the path that ZooKeeper's clients have after a list: ``a:2181,b:2181/chroot``."""
    before, comma, last = text.rpartition(",")
    host, slash, _ = last.partition("/")
    is_bare = {*"/@?#;=["}.isdisjoint(before) and {*"@?#;=]"}.isdisjoint(last)
    if not (comma and slash and is_bare) or asked.scheme not in {"", "tcp", "zookeeper"}:
        return text
    pieces = [piece.strip() for piece in (*before.split(","), host)]
    has_ports = all(hostport.is_port(piece.rpartition(":")[2]) for piece in pieces)
    return ",".join(pieces) if has_ports else text


def _is_no_host(text: str) -> bool:
    try:
        _, port = hostport.split_host_port(text)
    except ValueError:
        return True
    return port is not None and not hostport.is_port(port)


def _has_port(text: str) -> bool:
    return hostport.split_host_port(text)[1] is not None


def url_for_each_host(text: str) -> list[str] | None:
    """Return a URL for each host of the URL *text*, if it has several and its scheme accepts one.

    ``amqp://user:password@one,two/vhost``, as clients with failover have it. None if it could also be
    several targets: nothing follows the hosts.
    """
    scheme, _, rest = text.partition("://")
    syntax = checks.syntax_of(scheme.lower().partition("+")[0])
    if not syntax or not syntax.host or syntax.multi_host or text.count("://") > 1:
        return None
    user, rest = url.split_userinfo(rest, syntax)
    where, slash, path = rest.partition("/")
    hosts = where.split(",")
    if not (slash and len(hosts) > 1) or any(_is_no_host(host) for host in hosts):
        return None
    before = "" if user is None else f"{user}@"
    return [f"{scheme}://{before}{host}/{path}" for host in hosts]
