"""clickhouse:// - up when the server answers the hello of its native protocol, even if it denies access; on its HTTP port, when /ping is answered."""

from __future__ import annotations

from untilup.net import http_question
from untilup.net.exchange import request
from untilup.protocols import clickhouse, http_answer
from untilup.targets import tls_options
from untilup.targets.query import FALSE, TRUE, apply_driver_tls, option_values
from untilup.targets.syntax import TargetSyntax
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# The ports of ClickHouse's documentation, "Network ports", without and with TLS.
NATIVE, HTTP = (9000, 9440), (8123, 8443)


def _is_http(target: Target) -> bool:
    return bool(target.options.get("http")) or target.port in HTTP


def _is_encrypted(target: Target) -> bool:
    query = option_values(target)
    asks = any(query.get(name, "").lower() in TRUE for name in ("secure", "ssl"))
    by_port = target.port == HTTP[1] or query.get("protocol", "").lower() == "https"
    return tls_options.is_asked(target) or asks or by_port


def _default_port(target: Target) -> int:
    ports = HTTP if target.options.get("http") else NATIVE
    return ports[_is_encrypted(target)]


SYNTAX = TargetSyntax(
    "clickhouse://ch",
    "clickhouse://user:password@one,two:9440/app?secure=true",
    "clickhouse://ch:8123#http",
    port=NATIVE[0],
    multi_host=True,
    allows_raw_password=True,
    encrypted=_is_encrypted,
    port_of=_default_port,
    options={
        "http": (FLAG, "ask the HTTP interface, as on the ports 8123 and 8443"),
        **tls_options.IF_ASKED,
    },
)
# The options of clickhouse-driver, clickhouse-connect, clickhouse-go and ClickHouse's JDBC driver.
FILES = {
    "ca_certs": "ca",
    "ca_cert": "ca",
    "sslrootcert": "ca",
    "certfile": "cert",
    "keyfile": "key",
}
TLS_RELAXATIONS = {
    "verify": (FALSE, "insecure"),
    "skip_verify": (TRUE, "insecure"),
    "sslmode": (("none",), "insecure"),
}


def normalize(target: Target) -> Target:
    """Return *target* with the options that drivers read from its query."""
    tls_options.validate_if_encrypted(target, "'tls'", encrypted=_is_encrypted(target))
    return apply_driver_tls(target, FILES, TLS_RELAXATIONS)


def ask(target: Target, stream: Stream) -> None:
    """Return when the server has answered. User and password of the target are never sent."""
    if _is_http(target):
        response = http_question.get(target, stream, "/ping")
        if response.status != 200:  # noqa: PLR2004 - OK
            raise http_answer.unexpected(response, "ClickHouse")
        if response.body != clickhouse.PONG:
            raise http_answer.other_content(response, "ClickHouse")
        return
    hello = clickhouse.hello_request()
    answer = request(target, stream, hello, clickhouse.parse_answer, "ClickHouse")
    clickhouse.raise_unless_serving(answer)
