"""http:// - up when a GET request is answered with a status in 200-399; redirects are followed only with redirects=."""

from __future__ import annotations

from time import monotonic

from untilup.display import printable
from untilup.errors import ALIVE, NeverReady, answered
from untilup.net.wrong_protocol import wrong_protocol
from untilup.protocols import http_request
from untilup.protocols.framing import WrongProtocol
from untilup.protocols.http_response import MAX_BODY, ResponseParser
from untilup.targets import hostport, http_options, path
from untilup.targets.http_options import accepted_statuses, has_credentials
from untilup.targets.syntax import TargetSyntax
from untilup.values import format_ranges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.targets.target import Target

SYNTAX = TargetSyntax(
    "http://api:8080/health",
    "http://api/health#status=204&header=X-Api-Key:secret",
    "http://localhost/health#unix=/run/api.sock",
    port=80,
    path=True,
    path_params=True,
    userinfo=True,
    options={**http_options.HTTP_OPTIONS, **path.UNIX_OPTION},
)

_PATH = "Check the path, and the host (host=)."
_NOT_FOLLOWED = (
    "redirects are not followed, or no more of them",
    "Wait for the target of the redirect instead, or follow it (redirects=1).",
)
_LOG = "Look at the server's log."
_CREDENTIALS = "Give credentials (http://user:password@host, header=) or another path. If any answer is enough, use status=200-499."
_CHECK_CREDENTIALS = "the server rejects the credentials, or does not know them yet"
_NO_BACKEND = "a proxy answers, but its backend does not"
# What a status means, and a hint. The others need no explanation.
_MEANINGS = {
    400: ("", "Check whether the server requires https://, a client certificate (cert=), or another host (host=)."),
    401: (_CHECK_CREDENTIALS, "Check the user and password, or header=."),
    403: ("", "Check whether the server requires credentials, another path, or a client certificate (cert=)."),
    404: ("", _PATH),
    405: ("", "Use another method=."),
    407: (_CHECK_CREDENTIALS, "Check the credentials in header=."),
    429: ("the server limits the rate of requests", "Raise --delay."),
    500: ("", _LOG),
    502: (_NO_BACKEND, _LOG),
    503: ("the server, or the backend of a proxy, cannot serve now", _LOG),
    504: (_NO_BACKEND, _LOG),
}  # fmt: skip
DEFAULT_PORTS = {"http": 80, "https": 443}
REDIRECTS = range(300, 400)
# Those that lead to the answer (RFC 9110 section 15.4).
FOLLOWED = (301, 302, 303, 307, 308)
UNAUTHORIZED = (401, 407)


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that contradict each other, and for a long socket path."""
    http_options.validate(target)
    path.validate_socket_option(target)


def ask(target: Target, stream: Stream) -> None:
    """Return when the response to a request is as the options of *target* require.

    Raise NotReady if another attempt may get another response, NeverReady if none will.
    """
    began = monotonic()
    if not target.options.get("redirects"):
        _ask_once(target, stream)
        return
    from untilup.net import redirects

    if redirect := _ask_once(target, stream):
        redirects.follow(stream.attempt, redirect, _ask_once, began)


def _ask_once(target: Target, stream: Stream) -> tuple[int, bytes] | None:
    """Make one request; return the status and the location of a redirect that has to be followed."""
    options = target.options
    text = options.get("contains", "").encode("utf-8", "surrogateescape")
    needs_all = "lacks" in options or "json" in options
    response = ResponseParser(wanted=bool(text) or needs_all)
    show = not has_credentials(target)
    began = monotonic()
    stream.send(request_for(target))
    try:
        while not response.status:
            _receive(stream, response)
        phrase = _quoted(response.phrase) if show else ""
        stream.attempt.observe("answer", monotonic() - began, str(response.status), phrase)
        locations = response.field_values(b"location")
        if options.get("redirects") and locations and response.status in FOLLOWED:
            return response.status, locations[0]
        _judge(target, response.status, phrase)
        if "response-header" in options or text or needs_all:
            _judge_answer(target, stream, response, text)
    except WrongProtocol as error:
        raise wrong_protocol(target, error.received, "HTTP", error.problem, show=show) from None
    return None


def _judge_answer(target: Target, stream: Stream, response: ResponseParser, text: bytes) -> None:
    """Raise NotReady if the head or the body is not as the options of *target* require."""
    from untilup.protocols import http_expectations

    options = target.options
    show = not has_credentials(target)
    lacks, values = options.get("lacks", ()), options.get("json", ())
    fields = options.get("response-header", ())
    searched = bool(text or lacks or values)
    http_expectations.judge_head(response, fields, searched=searched, show=show)
    if text:
        _find(text, stream, response)
    if lacks or values:
        while not response.ended:
            _receive(stream, response)
        http_expectations.judge_body(response, lacks, values, show=show)


def request_for(target: Target) -> bytes:
    """Return the bytes of the request that *target* describes."""
    options = target.options
    if "host" in options:
        host = hostport.to_ascii(options["host"])
    else:
        host = http_request.encode_host(target.host, target.port, DEFAULT_PORTS[target.scheme])
    return http_request.encode_request(
        options.get("method", "POST" if "body" in options else "GET"),
        target.path,
        host,
        user=target.user,
        fields=options.get("header", ()),
        body=options.get("body", "").encode("utf-8", "surrogateescape"),
        content_type=options.get("content-type", ""),
    )


def _receive(stream: Stream, response: ResponseParser) -> None:
    """Receive more of the response; raise NotReady if the server has closed and it is incomplete."""
    received = stream.receive()
    response.feed(received)
    if not (received or response.ended):
        raise stream.closed_early()


def _find(text: bytes, stream: Stream, response: ResponseParser) -> None:
    """Return when the body has *text*; raise NotReady if it ends without."""
    searched = 0
    while (at := response.body.find(text, searched)) < 0 and not response.ended:
        searched = max(0, len(response.body) - len(text) + 1)
        _receive(stream, response)
    if at < 0:
        where = f"the first {MAX_BODY // 1024} KiB of its body" if response.cut else "its body"
        raise answered(
            "missing-text",
            f"HTTP {response.status}, but {where} does not contain the text of contains=",
            "Check what the server returns for this path. The text is case-sensitive.",
        )


def _judge(target: Target, status: int, phrase: str) -> None:
    """Raise NotReady or NeverReady for a *status* that does not count as up."""
    ranges = accepted_statuses(target)
    if any(status in each for each in ranges):
        return
    answer = f"HTTP {status} {phrase}".rstrip()
    if status in UNAUTHORIZED and not has_credentials(target):
        raise NeverReady(
            "unauthorized",
            f"{answer}: the server requires credentials, and the target has none",
            _CREDENTIALS,
            evidence=ALIVE,
        )
    meaning, hint = _MEANINGS.get(status, ("", ""))
    if status in REDIRECTS:
        meaning, hint = _NOT_FOLLOWED
    detail = f"{answer}; expected {format_ranges(ranges)}"
    raise answered("status", f"{detail}: {meaning}" if meaning else detail, hint)


def _quoted(phrase: bytes) -> str:
    """Return the first line of *phrase* as it can be shown."""
    return printable(phrase.partition(b"\n")[0].strip().decode("utf-8", "replace"))
