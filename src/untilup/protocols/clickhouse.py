"""The hello of ClickHouse's native protocol, and the parser of the answer.

The source is the code of the server (src/Core/Protocol.h, src/Server/TCPHandler.cpp) and of
clickhouse-driver. Numbers and lengths are in groups of 7 bits, the lowest first.
"""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import answered
from untilup.protocols.framing import WrongProtocol, too_long

TYPE_CHECKING = False
if TYPE_CHECKING:
    # The code and the text of an exception; 0 and the name of the server if there is none.
    Answer = tuple[int, str]

# Both sides begin with the type of the packet.
HELLO, EXCEPTION = 0, 2
CLIENT = "untilup"
# Revisions add fields at the end. No server of any version expects more after the hello of this one.
REVISION = 54032
# A new server has this user, without a password.
USER = "default"
# What the HTTP interface answers to /ping.
PONG = b"Ok.\n"

# A server calls itself ClickHouse, or as a fork is called.
MAX_NAME = 256
# An exception has a text of some hundred bytes.
MAX_TEXT = 64 * 1024
CODE = 4
CONTINUES = 0x80
# The bytes of a number below 2 ** 63, in groups of 7 bits.
MAX_NUMBER_SIZE = 9
# In a hello: the version (two numbers), and the revision.
NUMBERS = 3

# Of a server that serves other users, databases or clients (src/Common/ErrorCodes.cpp): UNKNOWN_DATABASE,
# UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, IP_ADDRESS_NOT_ALLOWED, DATABASE_ACCESS_DENIED,
# ACCESS_DENIED, AUTHENTICATION_FAILED, USER_EXPIRED.
SERVES = (81, 192, 193, 194, 195, 291, 497, 516, 720)
_TOO_MANY = 202


def hello_request() -> bytes:
    """Return the first packet of a client: its name and version, the database, the user and no password."""
    version = bytes([1, 0]) + _number(REVISION)
    return bytes([HELLO]) + _text(CLIENT) + version + _text("") + _text(USER) + _text("")


def parse_answer(received: bytes) -> Answer | None:
    """Return what the server's first packet says; None if more has to come.

    Raise WrongProtocol if it is no such packet.
    """
    if received and received[0] not in {HELLO, EXCEPTION}:
        raise WrongProtocol
    try:
        return _hello(received) if received[0] == HELLO else _exception(received)
    except IndexError:
        return None


def raise_unless_serving(answer: Answer) -> None:
    """Raise NotReady for an exception that does not show that the server serves."""
    code, text = answer
    if not code or code in SERVES:
        return
    detail = f"the server answers with error {code}: {printable(text)}"
    if code == _TOO_MANY:
        raise answered("too-many-clients", detail)
    raise answered("server-error", detail)


def _hello(received: bytes) -> Answer:
    """Return the server's name; raise IndexError if the packet is incomplete."""
    name, at = _read_text(received, 1, MAX_NAME)
    if not (name and name.isascii() and name.isprintable()):
        raise WrongProtocol
    for _ in range(NUMBERS):  # newer fields may follow
        _, at = _read_number(received, at)
    return 0, name


def _exception(received: bytes) -> Answer:
    """Return the code and the text; raise IndexError if they are incomplete."""
    at = 1 + CODE
    code = int.from_bytes(received[1:at], "little", signed=True)
    name, at = _read_text(received, at, MAX_NAME)  # DB::Exception
    if code <= 0 or "Exception" not in name:
        raise WrongProtocol
    text, _ = _read_text(received, at, MAX_TEXT)
    return code, text.removeprefix(f"{name}: ")


def _read_text(received: bytes, at: int, limit: int) -> tuple[str, int]:
    """Return the text that begins at the offset *at*, and the offset after it."""
    length, at = _read_number(received, at)
    if length > limit:
        if limit == MAX_NAME:
            raise WrongProtocol
        raise too_long()
    if len(received) < at + length:
        raise IndexError
    return received[at : at + length].decode("utf-8", "replace"), at + length


def _read_number(received: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at the offset *at*, and the offset after it."""
    number = 0
    for index in range(MAX_NUMBER_SIZE):
        byte = received[at + index]
        number += byte % CONTINUES << 7 * index
        if byte < CONTINUES:
            return number, at + index + 1
    raise WrongProtocol


def _number(number: int) -> bytes:
    encoded = b""
    while number >= CONTINUES:
        encoded += bytes([number % CONTINUES + CONTINUES])
        number //= CONTINUES
    return encoded + bytes([number])


def _text(text: str) -> bytes:
    return _number(len(text)) + text.encode()
