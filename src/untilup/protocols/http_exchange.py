"""One request, and what the response to it means: what http:// and https:// have in common."""

from __future__ import annotations

from time import monotonic

from untilup.display import printable
from untilup.errors import ANSWERS, NeverReady, NotReady
from untilup.protocols.http_request import has_credentials, request, wanted
from untilup.protocols.http_response import MOST_BODY, NotHttp, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Talk
    from untilup.protocols.http_request import Range
    from untilup.targets.target import Target

_PATH = "is this the right path, and the right host (host=)?"
_ITS_LOG = "what does the server's log say?"
_CREDENTIALS = "give credentials (http://user:password@host, header=) or another path; if it is enough that the server answers, say status=200-499"
# What a status tells somebody who waits, and what to do about it. The rest speaks for itself.
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
TLS_ALERT = b"\x15\x03"


def exchange(target: Target, talk: Talk) -> None:
    """Ask, and return when the answer says that *target* is ready.

    Raise NotReady where another answer may come, NeverReady where none will.
    """
    text = target.options.get("contains", "").encode("utf-8", "surrogateescape")
    response = Response(wanted=bool(text))
    began = monotonic()
    talk.send(request(target))
    try:
        while not response.status:
            _hear(talk, response)
        phrase = "" if has_credentials(target) else _quoted(response.phrase)
        target.saw("answer", monotonic() - began, str(response.status), phrase)
        _judge(target, response.status, phrase)
        if text:
            _find(text, talk, response)
    except NotHttp as error:
        raise _not_http(target, error) from None


def _hear(talk: Talk, response: Response) -> None:
    """Take in more of the response; raise NotReady where there is no more, and it is not whole."""
    said = talk.receive()
    response.feed(said)
    if not (said or response.ended):
        raise talk.hung_up()


def _find(text: bytes, talk: Talk, response: Response) -> None:
    """Return when *text* has come in the body."""
    searched = 0
    while (at := response.body.find(text, searched)) < 0 and not response.ended:
        searched = max(0, len(response.body) - len(text) + 1)
        _hear(talk, response)
    if at < 0:
        where = f"the first {MOST_BODY // 1024} KiB of its body" if response.cut else "its body"
        raise NotReady(
            "missing-text",
            f"answered {response.status}, and {where} does not have the text that contains= asks for",
            "what does the server say at this path now? Upper and lower case differ",
            free=False,
            says=ANSWERS,
        )


def _judge(target: Target, status: int, phrase: str) -> None:
    """Raise what a status means that is not waited for."""
    ranges = wanted(target)
    if any(low <= status <= high for low, high in ranges):
        return
    answered = f"answered {status} {phrase}".rstrip()
    if status in UNAUTHORIZED and not has_credentials(target):
        raise NeverReady(
            "unauthorized",
            f"{answered}: it wants credentials, and the target has none",
            _CREDENTIALS,
            answers=True,
        )
    meaning, hint = _MEANINGS.get(status, ("", ""))
    if status in REDIRECTS:
        meaning, hint = "redirects are not followed", "wait for where it leads to instead"
    detail = f"{answered}, and {_spoken(ranges)} is waited for"
    raise NotReady(
        "status", f"{detail}: {meaning}" if meaning else detail, hint, free=False, says=ANSWERS
    )


def _spoken(ranges: tuple[Range, ...]) -> str:
    return ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in ranges)


def _not_http(target: Target, error: NotHttp) -> NotReady:
    hint = "does this port speak HTTP/1.1 (and not HTTP/2 alone, as gRPC does)?"
    if error.said.startswith(TLS_ALERT):
        problem, hint = "this is TLS", "is it https://?"
    elif error.problem or has_credentials(target):
        problem = error.problem or "(not shown: it might repeat a secret of the target)"
    else:
        problem = _quoted(error.said)
    detail = f"answered, but not as HTTP does: {problem}"
    return NotReady("not-http", detail, hint, free=False, says=ANSWERS)


def _quoted(said: bytes) -> str:
    """Return the first line of what the server *said*, which may repeat what it was asked."""
    return printable(said.partition(b"\n")[0].strip().decode("utf-8", "replace"))
