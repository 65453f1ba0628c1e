"""grpc:// - up when the gRPC health service answers SERVING, for the service of the path or for the whole server."""

from __future__ import annotations

from time import monotonic

from untilup.errors import InvalidTarget, NotReady, answered
from untilup.net.wrong_protocol import wrong_protocol
from untilup.percent import unquote
from untilup.protocols.framing import WrongProtocol
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.net.stream import Stream
    from untilup.protocols.grpc_call import Call
    from untilup.targets.target import Target

_CLOSED = "the server closed the connection before its answer was complete"
_LOG = "Look at the server's log."
# How long an attempt waits for a change. The next one may reach another server of the same name.
MAX_WATCH = 1.0
# In the memory of the attempts: whether the health service is watched after it was not SERVING.
_WATCHES = "watches"
SYNTAX = TargetSyntax("grpc://api:50051", "grpc://api:50051/shop.v1.Orders", path=True)


def validate(target: Target) -> None:
    """Raise InvalidTarget for a path that is not the name of a service."""
    if "?" in target.path or "/" in target.path[1:]:
        raise InvalidTarget(
            "the path is the name of one service, package included; write grpc://HOST:PORT/package.Service"
        )
    unquote(target.path)


def ask(target: Target, stream: Stream) -> None:
    """Return when the health service answers SERVING for the service of the path, or for the server."""
    service = unquote(target.path).removeprefix("/")
    ask_service(target, stream, service, encrypted=target.scheme == "grpcs")


def ask_service(target: Target, stream: Stream, service: str, *, encrypted: bool) -> None:
    """Return when the health service of the server answers SERVING for *service*.

    Raise NeverReady if there is no health service, and NotReady for any other answer.
    """
    # h2 takes longer to import than all the rest of a start.
    from untilup.protocols import grpc_call, grpc_health, http_request

    call = grpc_call.Call(
        "https" if encrypted else "http",
        http_request.encode_host(target.host, target.port, default_port=0),
        grpc_health.CHECK,
        grpc_health.encode_request(service),
    )
    began = monotonic()
    received = b""
    try:
        while not call.ended:
            if data := call.to_send():
                stream.send(data)
            piece = stream.receive()
            if not piece:
                raise answered("closed", _CLOSED, _LOG) if received else stream.closed_early()
            received = received or piece
            call.feed(piece)
        status, message = call.result()
        took = monotonic() - began
        stream.attempt.observe("answer", took, f"gRPC status {status}", "")
        try:
            grpc_health.judge(status, message, call.answer, service)
        except NotReady:
            if not _becomes_serving(stream, call, service):
                raise
    except WrongProtocol as error:
        raise wrong_protocol(target, error.received, "gRPC", error.problem) from None


def _becomes_serving(stream: Stream, call: Call, service: str) -> bool:
    """Tell whether *service* is SERVING within a second, as the method Watch of the health service reports.

    The first attempt is reported at once. A server without that method is not asked for it again.
    """
    from untilup.protocols import grpc_health

    memory = stream.attempt.memory
    is_first = _WATCHES not in memory
    if stream.attempt.exhaustive or is_first or not memory[_WATCHES]:
        memory.setdefault(_WATCHES, True)
        return False
    until = monotonic() + MAX_WATCH
    call.begin(grpc_health.WATCH, grpc_health.encode_request(service))
    try:
        while grpc_health.latest_state(call.answer) != grpc_health.SERVING:
            if call.ended:
                memory[_WATCHES] = call.result()[0] != grpc_health.UNIMPLEMENTED
                return False
            if monotonic() >= until:  # a server may send other frames all the time
                return False
            if data := call.to_send():
                stream.send(data)
            piece = stream.receive(until)
            if not piece:
                return False
            call.feed(piece)
    except (TimeoutError, NotReady, WrongProtocol):
        return False
    return True
