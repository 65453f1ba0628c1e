"""The TLS handshake of TDS 7: each side's records are in PRELOGIN packets ([MS-TDS] 2.2.6.5).

After the handshake it is the other way around: the packets are in the TLS records.
"""

from __future__ import annotations

from untilup.net import tls
from untilup.protocols import tds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.net.tls_stream import TLSStream
    from untilup.targets.attempt import Attempt


def start_tls(plain: Stream) -> TLSStream:
    """Return a TLS stream over *plain*, after both sides have agreed on it; raise as tls.start_tls() does."""
    packets = PacketStream(plain)
    encrypted = tls.start_tls(packets, tls.server_hostname(plain.attempt.target.host))
    packets.is_over = True
    return encrypted


class PacketStream:
    """The stream *plain* with a PRELOGIN packet around everything, until the handshake *is_over*."""

    def __init__(self, plain: Stream) -> None:
        self.is_over = False
        self._plain = plain
        self._received = b""

    @property
    def attempt(self) -> Attempt:
        """The attempt that the stream is a part of."""
        return self._plain.attempt

    @property
    def answer_size(self) -> int:
        """The number of bytes that have come since the last *send*."""
        return self._plain.answer_size

    @answer_size.setter
    def answer_size(self, size: int) -> None:
        self._plain.answer_size = size

    def send(self, data: bytes) -> None:
        """Send *data*; see SocketStream.send."""
        self._plain.send(data if self.is_over else tds.packet(tds.PRELOGIN, data))

    def receive(self, until: float | None = None) -> bytes:
        """Return what the next packet holds, or nothing if the server has closed; see SocketStream.receive."""
        while not self.is_over:
            if packet := tds.parse_handshake(self._received):
                data, self._received = packet
                return data
            piece = self._plain.receive(until)
            if not piece:
                return b""
            self._received += piece
        data, self._received = self._received, b""
        return data or self._plain.receive(until)

    def close(self) -> None:
        """Close *plain*."""
        self._plain.close()
