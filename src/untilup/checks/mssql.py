"""mssql:// - up when SQL Server answers PRELOGIN, and a login without a password, even with a refusal.

Tested with documented bytes, not with a server.
"""

from __future__ import annotations

from untilup import checks
from untilup.net import stream as streams
from untilup.net import tls
from untilup.net.exchange import request
from untilup.protocols import tds, tds_errors
from untilup.targets import tls_options
from untilup.targets.syntax import TargetSyntax
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from untilup.net.stream import Stream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

    T = TypeVar("T")

# Registered with IANA.
SYNTAX = TargetSyntax(
    "mssql://db",
    "mssql+pyodbc://user:password@db:1433/app",
    "mssql://db#tls&ca=/run/secrets/ca.pem",
    port=1433,
    multi_host=True,
    allows_raw_password=True,
    encrypted=tls_options.is_asked,
    options=tls_options.IF_ASKED
    | {"tls": (FLAG, "use TLS from the first byte (TDS 8.0, Encrypt=Strict), and verify")},
)
validate = tls_options.validate_if_asked
# The user that logs in, as the server logs it. Not the target's user: a wrong password could lock
# that account.
USER = "untilup"
# The name of TDS 8.0 in TLS ([MS-TDS] section 2.1).
ALPN = "tds/8.0"
# An option that the target of a second connection has, after a server that requires encryption.
ENCRYPT = "encrypt"


def connect(attempt: Attempt) -> Stream:
    """Return a stream, over TLS from the first byte if the target says so."""
    target = attempt.target
    if not tls_options.is_asked(target):
        return streams.connect(attempt)
    return tls.connect(attempt, tls.server_hostname(target.host), ALPN)


def ask(target: Target, stream: Stream) -> None:
    """Return when the server has answered a login of a user that does not exist.

    The client says that it cannot encrypt. A server that requires encryption is asked again, in a
    second connection: the certificate is not verified then, because no secret is sent.
    """
    encrypts = target.options.get(ENCRYPT, False)
    question = tds.prelogin(tds.ON if encrypts else tds.NOT_SUPPORTED)
    encryption = _answer(target, stream, question, tds.encryption_in)
    if tls_options.is_asked(target) or encryption == tds.NOT_SUPPORTED:
        _log_in(target, stream)
    elif not encrypts:
        options = {**target.options, ENCRYPT: True, "insecure": True}
        checks.check_part(stream.attempt, target.replace(options=options))
    else:
        from untilup.net import tds_handshake

        _log_in(target, tds_handshake.start_tls(stream))


def _log_in(target: Target, stream: Stream) -> None:
    number, class_, text = _answer(target, stream, tds.login(USER), tds.error_in)
    if number and not tds_errors.is_serving(number, class_):
        raise tds_errors.failure(number, text)


def _answer(target: Target, stream: Stream, question: bytes, read: Callable[[bytes], T]) -> T:
    """Send *question*; return what *read* makes of the body of the answer."""

    def parse(received: bytes) -> T | None:
        message = tds.parse_message(received)
        return None if message is None else read(message[0])

    return request(target, stream, question, parse, "SQL Server")
