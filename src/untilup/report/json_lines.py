"""A line of the report as one JSON object. Apart, because the json module costs as much as an attempt."""

from __future__ import annotations

import json
import time

from untilup import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.report.messages import Message


def encode(line: Message, elapsed: float) -> str:
    """Return *line* as JSON with the same keys every time, null where there is nothing to say."""
    now = time.time()
    return json.dumps(
        {
            # RFC 3339, in UTC.
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03}Z",
            "event": line.event,
            "target": line.target,
            "state": line.state or None,
            "reason": line.reason or None,
            "detail": line.detail,
            "elapsed_s": round(elapsed, 3),
            "attempts": line.attempts or None,
            "version": __version__,
        }
    )
