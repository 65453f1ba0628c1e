"""The application of the Compose examples: it needs PostgreSQL and Redis right at its start.

It speaks both protocols by hand, so that the example needs only Python. Yours has drivers.
"""

import os
import socket
from io import BufferedRWPair
from urllib.parse import urlsplit

PROTOCOL_3_0 = (3 << 16).to_bytes(4, "big")
# Seconds.
TIMEOUT = 10


def main() -> None:
    """Talk to both, and say so."""
    database = urlsplit(os.environ.get("DATABASE_URL", "postgres://db"))
    host, port = database.hostname or "", database.port or 5432
    print("PostgreSQL says:", asked_of_postgres(host, port, b"show server_version").split()[0])
    print("Redis says:", pong_of_redis("cache"))


def asked_of_postgres(host: str, port: int, query: bytes) -> str:
    """Return the one value that *query* gives to a user who needs no password."""
    with socket.create_connection((host, port), TIMEOUT) as connection:
        stream = connection.makefile("rwb")
        send(stream, PROTOCOL_3_0 + b"user\0postgres\0\0")
        read_until(b"Z", stream)
        send(stream, query + b"\0", kind=b"Q")
        # A row of one column: the number of columns, the length of the value, the value.
        return read_until(b"D", stream)[6:].decode()


def send(stream: BufferedRWPair, body: bytes, kind: bytes = b"") -> None:
    """Send a message: its kind, but for the first of all, its length and its body."""
    stream.write(kind + (len(body) + 4).to_bytes(4, "big") + body)
    stream.flush()


def read_until(kind: bytes, stream: BufferedRWPair) -> bytes:
    """Return the body of the next message of that *kind*; raise RuntimeError for an error."""
    while True:
        head = stream.read(5)
        if not head:
            raise RuntimeError("closed")
        body = stream.read(int.from_bytes(head[1:], "big") - 4)
        if head[:1] == kind:
            return body
        if head[:1] == b"E":
            raise RuntimeError(body.decode(errors="replace").replace("\0", " "))


def pong_of_redis(host: str) -> str:
    """Return what the server answers to a PING."""
    with socket.create_connection((host, 6379), TIMEOUT) as connection:
        connection.sendall(b"PING\r\n")
        answer = connection.makefile().readline().strip()
    if answer != "+PONG":
        raise RuntimeError(answer or "closed")
    return answer.removeprefix("+")


if __name__ == "__main__":
    main()
