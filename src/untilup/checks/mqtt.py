"""mqtt:// - up when the broker answers CONNECT, even with a refusal."""

from __future__ import annotations

import os

from untilup.net.exchange import request
from untilup.protocols import mqtt
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

# Registered with IANA.
SYNTAX = TargetSyntax(
    "mqtt://broker",
    "mqtt://user:password@broker:1883",
    port=1883,
    multi_host=True,
    allows_raw_password=True,
)

# Section 3.1.3.1: every broker accepts this many letters and digits.
MAX_ID = 23
# The beginning of the client id, which the broker logs.
PREFIX = "untilup"


def ask(target: Target, stream: Stream) -> None:
    """Return when the broker answers CONNECT, and serves.

    The client id is random: a broker disconnects another client with the same id.
    """
    packet = mqtt.connect_packet(PREFIX + os.urandom((MAX_ID - len(PREFIX)) // 2).hex())
    answer = request(target, stream, packet, mqtt.connack_code, "MQTT")
    mqtt.raise_unless_serving(answer)
    if answer == mqtt.ACCEPTED:
        stream.send(mqtt.DISCONNECT)
