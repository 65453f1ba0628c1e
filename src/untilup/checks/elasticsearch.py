"""elasticsearch:// - up when the cluster's status is yellow or green, or if it requires credentials and the target has none.

Tested with documented answers, not with Elasticsearch.
"""

from __future__ import annotations

from time import monotonic

from untilup.net import http_question
from untilup.protocols import elasticsearch
from untilup.targets import http_options, http_service, tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

SYNTAX = http_service.syntax(
    "elasticsearch://search",
    "elasticsearch://user:password@one,two,three",
    "elasticsearch://search#tls&ca=/run/secrets/ca.pem&header=Authorization:ApiKey VnVhQ2ZHY0JDZGJr",
    port=9200,
    options={"header": http_options.HTTP_OPTIONS["header"]},
)
# A server that holds a question answers it this many seconds before the attempt ends.
MARGIN = 0.5
# In seconds. A question that is held for less costs more than one that is answered at once.
SHORTEST = 1.0
_IS_STARTING = "elasticsearch is starting"


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that make no sense together, and for a user that cannot be sent."""
    tls_options.validate_if_asked(target)
    http_options.validate(target)


def ask(target: Target, stream: Stream) -> None:
    """Return when the cluster can be used, as far as the credentials of *target* can tell.

    After a first answer that it cannot, the server holds the next question until the status changes.
    """
    attempt = stream.attempt
    held = _seconds_to_hold(attempt)
    path = elasticsearch.path(held)
    fields = target.options.get("header", ())
    began = monotonic()
    response = http_question.get(target, stream, path, user=target.user, fields=fields)
    remark = elasticsearch.judge(response, has_credentials=bool(target.user or fields))
    if remark is None:
        attempt.memory[_IS_STARTING] = True
        # A server that has held the question was asked once in that time.
        raise elasticsearch.not_usable(cheap=bool(held) and monotonic() - began >= SHORTEST)
    attempt.note(remark)


def _seconds_to_hold(attempt: Attempt) -> float:
    """Return for how many seconds the server may hold the question; 0 if it must answer at once."""
    if _IS_STARTING not in attempt.memory:
        return 0.0
    left = attempt.left(attempt.began + attempt.timeout) - MARGIN
    return left if left >= SHORTEST else 0.0
