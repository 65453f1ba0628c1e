"""Speak TLS with a local server, as a watcher does, and print what came of it.

The arguments are the server's port and name, the file with the trusted CA, and, for a client that has
them, its certificate and the password of its key.
"""

import _socket
import _thread
import sys

SIZE = 16384
# As untilup has it for its watchers.
STACK_SIZE = 1024 * 1024


def speak(port: str, name: str, ca: str, *own: str) -> str:
    """Shake hands, say something, and return the version and the answer."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=ca)
    if own:
        context.load_cert_chain(own[0], password="".join(own[1:]) or None)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_hostname=name)
    client = _socket.socket()
    client.connect(("127.0.0.1", int(port)))
    output, answer = 0, b""
    while not answer:
        try:
            connection.do_handshake()
            output = output or connection.write(b"hello")
            answer = connection.read(SIZE)
        except ssl.SSLWantReadError:
            client.sendall(outgoing.read())
            incoming.write(client.recv(SIZE))
    certificate = connection.getpeercert()
    assert certificate
    assert certificate["subjectAltName"] == (("DNS", name),)
    return f"{connection.version()} {answer.decode()}"


def tell() -> None:
    """Put the result, or the exception, where it is waited for."""
    try:
        told.append(speak(*sys.argv[2:]))
    except OSError as error:
        parts = [getattr(error, name, None) for name in ("reason", "verify_code", "verify_message")]
        told.append(" ".join(str(part) for part in [type(error).__name__, *parts]))
    finally:
        done.release()


told: list[str] = []
done = _thread.allocate_lock()
done.acquire()
_thread.stack_size(STACK_SIZE)
_thread.start_new_thread(tell, ())
done.acquire()
print(*told)  # noqa: T201 - the answer
