"""A Message as one JSON object. Apart, because the json module costs as much as an attempt."""

from __future__ import annotations

import json
import time

from untilup import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.report.messages import Message

# It changes if a key, an event or a meaning changes so that programs which read the lines must change.
SCHEMA = 1


def encode(message: Message, elapsed: float) -> str:
    """Return *message* as docs/log.schema.json describes it: null where a key does not apply."""
    now = time.time()
    return json.dumps(
        {
            "schema": SCHEMA,
            # RFC 3339, in UTC.
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03}Z",
            "level": message.level,
            "event": message.event,
            "message": message.message,
            "target": message.target,
            "state": message.state or None,
            "reason": message.reason or None,
            "detail": message.detail or None,
            "hint": message.hint or None,
            "attempts": message.attempts or None,
            "account": [entry.as_json() for entry in message.account] or None,
            "elapsed_s": round(elapsed, 3),
            "version": __version__,
        }
    )
