"""mqtt:// - ready when the broker answers a CONNECT, be it by a refusal of this client."""

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
    path=True,
    userinfo=True,
    multi_host=True,
    allows_raw_password=True,
)

# Section 3.1.3.1: what every broker takes, of letters and digits.
LONGEST_ID = 23
# It stands in the broker's log.
OURS = "untilup"


def ask(target: Target, stream: Stream) -> None:
    """Ask to be let in, and return when the broker's answer is that of one that serves.

    Under a new id each time: a broker throws out the client that has the same.
    """
    question = mqtt.connect_packet(OURS + os.urandom((LONGEST_ID - len(OURS)) // 2).hex())
    answer = request(target, stream, question, mqtt.connack_code, "MQTT")
    mqtt.raise_unless_serving(answer)
    if answer == mqtt.ACCEPTED:
        stream.send(mqtt.DISCONNECT)
