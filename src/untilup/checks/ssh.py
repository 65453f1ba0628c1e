"""ssh:// - up when the server sends the identification of SSH 2."""

from __future__ import annotations

from untilup.errors import NotReady
from untilup.net.exchange import read_parsed
from untilup.net.wrong_protocol import wrong_protocol
from untilup.protocols import ssh
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# Registered with IANA. OpenSSH takes each connection without a login for a penalty of a second, and blocks
# a host that has 15 of them (PerSourcePenalties): with an attempt a second there is never more than one.
SYNTAX = TargetSyntax(
    "ssh://bastion", "ssh://git@git.example:2222", port=22, allows_raw_password=True, interval=1.0
)


def ask(target: Target, stream: Stream) -> None:
    """Return when the server has sent its identification. Nothing is sent to it."""
    stream.attempt.enter("listening")
    text = b""

    def parse(received: bytes) -> str | None:
        nonlocal text
        text = received
        return ssh.identification(received)

    try:
        found, _ = read_parsed(target, stream, "SSH", parse)
    except NotReady as failure:
        # Text may precede the identification, so what is no SSH is known only by its end.
        if text and failure.reason in {"silent", "closed"}:
            raise wrong_protocol(target, text, "SSH") from None
        raise
    stream.attempt.output = [f"the server is {found}"]
