"""http:// - ready when a GET is answered by a status in 200-399; redirects are not followed."""

from __future__ import annotations

from time import monotonic

from untilup.display import printable
from untilup.errors import ALIVE, NeverReady, answered
from untilup.net import stream
from untilup.net.wrong_protocol import wrong_protocol
from untilup.protocols import http_request
from untilup.protocols.framing import WrongProtocol
from untilup.protocols.http_request import accepted_statuses, encode_request, has_credentials
from untilup.protocols.http_response import MOST_BODY, ResponseParser
from untilup.targets import path
from untilup.targets.syntax import TargetSyntax
from untilup.values import format_ranges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

SYNTAX = TargetSyntax(
    "http://api:8080/health",
    "http://api/health#status=204&header=X-Api-Key:secret",
    "http://localhost/health#unix=/run/api.sock",
    port=80,
    path=True,
    path_params=True,
    userinfo=True,
    options={**http_request.HTTP_OPTIONS, **path.UNIX_OPTION},
)

_PATH = "is this the right path, and the right host (host=)?"
_ITS_LOG = "what does the server's log say?"
_CREDENTIALS = "give credentials (http://user:password@host, header=) or another path; if it is enough that the server answers, say status=200-499"
# What a status tells a client that waits, and what to do about it. The rest speaks for itself.
_MEANINGS = {
    400: ("it does not understand what it is asked", "does it want https://, a client certificate (cert=), or another host (host=)?"),
    401: ("it does not accept the credentials, or does not know them yet", "are user and password, or header=, those of the server?"),
    403: ("it is there, and does not let this client in", "does it want credentials, another path, or a client certificate (cert=)?"),
    404: ("it is there, and has no such path, or not yet", _PATH),
    405: ("it does not know this method for this path", "ask by another method="),
    407: ("it does not accept the credentials, or does not know them yet", "are the credentials in header= those of the server?"),
    429: ("it is asked too often", "raise --delay"),
    500: ("it is there, and fails", _ITS_LOG),
    502: ("a proxy answers, and who is behind it does not, or not yet", _ITS_LOG),
    503: ("it is there, and not, or not yet, able to serve", _ITS_LOG),
    504: ("a proxy answers, and who is behind it does not, or not yet", _ITS_LOG),
}  # fmt: skip
REDIRECTS = range(300, 400)
UNAUTHORIZED = (401, 407)


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that make no sense together, and for a socket that cannot be."""
    http_request.validate(target)
    path.validate_socket_option(target)


def check(attempt: Attempt) -> None:
    """Return when the server answers as the target asks for."""
    conversation = stream.connect(attempt, attempt.target.options.get("unix", ""))
    try:
        ask(attempt.target, conversation)
    finally:
        conversation.close()


def ask(target: Target, talk: Stream) -> None:
    """Ask, and return when the answer says that *target* is ready.

    Raise NotReady where another answer may come, NeverReady where none will.
    """
    text = target.options.get("contains", "").encode("utf-8", "surrogateescape")
    response = ResponseParser(wanted=bool(text))
    began = monotonic()
    talk.send(encode_request(target))
    try:
        while not response.status:
            _hear(talk, response)
        phrase = "" if has_credentials(target) else _quoted(response.phrase)
        talk.attempt.observe("answer", monotonic() - began, str(response.status), phrase)
        _judge(target, response.status, phrase)
        if text:
            _find(text, talk, response)
    except WrongProtocol as error:
        show = not has_credentials(target)
        raise wrong_protocol(target, error.said, "HTTP", error.problem, show=show) from None


def _hear(talk: Stream, response: ResponseParser) -> None:
    """Take in more of the response; raise NotReady where there is no more, and it is not whole."""
    said = talk.receive()
    response.feed(said)
    if not (said or response.ended):
        raise talk.hung_up()


def _find(text: bytes, talk: Stream, response: ResponseParser) -> None:
    """Return when *text* has come in the body."""
    searched = 0
    while (at := response.body.find(text, searched)) < 0 and not response.ended:
        searched = max(0, len(response.body) - len(text) + 1)
        _hear(talk, response)
    if at < 0:
        where = f"the first {MOST_BODY // 1024} KiB of its body" if response.cut else "its body"
        raise answered(
            "missing-text",
            f"answered {response.status}, and {where} does not have the text that contains= asks for",
            "what does the server say at this path now? Upper and lower case differ",
        )


def _judge(target: Target, status: int, phrase: str) -> None:
    """Raise what a status means that is not waited for."""
    ranges = accepted_statuses(target)
    if any(status in each for each in ranges):
        return
    answer = f"answered {status} {phrase}".rstrip()
    if status in UNAUTHORIZED and not has_credentials(target):
        raise NeverReady(
            "unauthorized",
            f"{answer}: it wants credentials, and the target has none",
            _CREDENTIALS,
            evidence=ALIVE,
        )
    meaning, hint = _MEANINGS.get(status, ("", ""))
    if status in REDIRECTS:
        meaning, hint = "redirects are not followed", "wait for where it leads to instead"
    detail = f"{answer}, and {format_ranges(ranges)} is waited for"
    raise answered("status", f"{detail}: {meaning}" if meaning else detail, hint)


def _quoted(said: bytes) -> str:
    """Return the first line of what the server *said*, which may repeat what it was asked."""
    return printable(said.partition(b"\n")[0].strip().decode("utf-8", "replace"))
