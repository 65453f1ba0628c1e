"""smtp:// - up when the mail server greets with 220."""

from __future__ import annotations

from untilup.net.exchange import read_until
from untilup.protocols import smtp
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# RFC 8314 section 7.3: here TLS begins at once. Mailers use it on this port, whatever the scheme.
SUBMISSIONS = 465


def _is_encrypted(target: Target) -> bool:
    return target.port == SUBMISSIONS


SYNTAX = TargetSyntax(
    "smtp://mail",
    "smtp://user:password@mail:587",
    port=25,
    allows_raw_password=True,
    encrypted=_is_encrypted,
)


def ask(target: Target, stream: Stream) -> None:
    """Return when the server has greeted. User and password are never sent."""
    stream.attempt.enter("listening")
    read_until(target, stream, "SMTP", smtp.is_serving)
    stream.send(smtp.QUIT)
