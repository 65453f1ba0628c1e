"""OpenSSL in the executable: what it can do, what it makes of chance, and what it does not read."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.binary import probe
from tests.binary.certificates import NAME, PASSWORD, Authority, encrypted, signed_by_itself
from tests.binary.probe import Probe
from tests.support import tcp_servers

HELLO = b"hello"
# The first message of a client, whose bytes 11 to 43 are chosen at random (RFC 8446, 4.1.2 and 5.1).
FIRST_MESSAGE = """
import ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
try:
    context.wrap_bio(incoming, outgoing, server_hostname="db.test").do_handshake()
except ssl.SSLWantReadError:
    print(outgoing.read()[11:43].hex())
"""
PATHS = """
import ssl
paths = ssl.get_default_verify_paths()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
print(paths.openssl_cafile, paths.openssl_capath, paths.cafile)
"""
FORKED = """
import os, ssl
ssl.RAND_bytes(16)
inside, outside = os.pipe()
if os.fork() == 0:
    os.write(outside, ssl.RAND_bytes(16).hex().encode())
    os._exit(0)
print(ssl.RAND_bytes(16).hex(), os.read(inside, 32).decode())
"""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return a CA that no client trusts."""
    return Authority(tmp_path)


@contextmanager
def echoing(chain: Path, clients: Path | None = None, version: str = "TLSv1_3") -> Iterator[str]:
    """Run a server of TLS in one version, which asks for certificates of *clients*; yield its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    if clients:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED

    def echo(client: socket.socket) -> None:
        with context.wrap_socket(client.dup(), server_side=True) as connection:
            connection.sendall(connection.recv(len(HELLO)))
            connection.recv(1)

    with tcp_servers.serving(echo) as port:
        yield str(port)


@pytest.fixture
def speak(interpreter: Probe) -> Callable[..., str]:
    """Return what speaks TLS inside of the executable with a server at a port, and how that ends."""

    def run(port: str, ca: Path, *own: Path | str, name: str = NAME) -> str:
        done = interpreter.run(probe.text("tls.py"), port, name, *map(str, (ca, *own)))
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.strip()

    return run


Speak = Callable[..., str]


@pytest.mark.parametrize("kind", ["RSA", "ECDSA"])
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_it_shakes_hands(speak: Speak, authority: Authority, kind: str, version: str) -> None:
    """With a server whose certificate is good it speaks TLS 1.2 and 1.3."""
    with echoing(authority.issue(NAME, kind), version=version) as port:
        assert speak(port, authority.file) == f"{version.replace('_', '.')} hello"


def test_a_certificate_that_has_signed_itself(speak: Speak, tmp_path: Path) -> None:
    """A certificate of Ed25519 that is trusted is good."""
    chain = signed_by_itself(tmp_path / "server.pem")
    with echoing(chain) as port:
        assert speak(port, chain) == "TLSv1.3 hello"


def test_certificates_that_are_not_good(speak: Speak, authority: Authority, tmp_path: Path) -> None:
    """What is wrong with a certificate is told by number, and in words."""
    other_authority = signed_by_itself(tmp_path / "stranger.pem")
    with echoing(other_authority) as port:
        told = speak(port, authority.file)
    failed = "SSLCertVerificationError CERTIFICATE_VERIFY_FAILED"
    assert told == f"{failed} 18 self-signed certificate"
    with echoing(authority.issue(NAME)) as port:
        assert speak(port, other_authority) == f"{failed} 20 unable to get local issuer certificate"
        mismatch = "Hostname mismatch, certificate is not valid for 'other.test'."
        assert speak(port, authority.file, name="other.test") == f"{failed} 62 {mismatch}"
    with echoing(authority.issue(NAME, days=-1)) as port:
        assert speak(port, authority.file) == f"{failed} 10 certificate has expired"


def test_a_server_without_tls(speak: Speak, authority: Authority) -> None:
    """A server that does not speak TLS has a reason code."""
    with tcp_servers.serving(lambda client: client.sendall(b"220 welcome\r\n")) as port:
        assert speak(str(port), authority.file) == "SSLError WRONG_VERSION_NUMBER None None"


def test_a_server_of_old(speak: Speak, authority: Authority) -> None:
    """TLS before 1.2 is refused, for a reason."""
    # An alert of the level "fatal": protocol_version (RFC 5246, 7.2).
    alert = bytes.fromhex("15 0301 0002 02 46")
    with tcp_servers.serving(lambda client: client.sendall(alert)) as port:
        assert speak(str(port), authority.file) == "SSLError TLSV1_ALERT_PROTOCOL_VERSION None None"


# --- certificates of its own ----------------------------------------------------------------------


def test_a_client_certificate(speak: Speak, authority: Authority) -> None:
    """Where a server asks for a certificate it shows its own; that there is none is told by name."""
    chain, own = authority.issue(NAME), authority.issue("client.test", "ECDSA")
    with echoing(chain, authority.file) as port:
        assert speak(port, authority.file, own) == "TLSv1.3 hello"
        told = speak(port, authority.file)
    assert told == "SSLError TLSV13_ALERT_CERTIFICATE_REQUIRED None None"


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
def test_an_encrypted_key(speak: Speak, authority: Authority, form: str) -> None:
    """An encrypted key is read by its password, and without one, or by another, it is an error."""
    plain = authority.issue("client.test")
    own = encrypted(plain, form)
    with echoing(authority.issue(NAME), authority.file) as port:
        assert speak(port, authority.file, own, PASSWORD) == "TLSv1.3 hello"
        for password in ([], ["another"]):
            assert "SSLError" in speak(port, authority.file, own, *password)


# --- chance, and the machine ----------------------------------------------------------------------


def test_each_start_has_its_own_chance(interpreter: Probe) -> None:
    """What a client chooses at random differs from one start to the next, and after a fork."""
    chosen = [interpreter.ask(FIRST_MESSAGE)[0] for _ in range(3)]
    assert len(chosen[0]) == 2 * 32
    assert len({*chosen}) == 3
    parent, child = interpreter.ask(FORKED)
    assert parent != child


def test_only_two_variables_are_read(interpreter: Probe, tmp_path: Path) -> None:
    """No configuration is read, wherever the environment says it is; only where authorities are."""
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("openssl_conf = [\n")
    names = ("OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "SSL_CERT_FILE", "SSL_CERT_DIR")
    told = interpreter.ask(PATHS, env=dict.fromkeys(names, str(nonsense)))
    # Debian's, and that of Alpine and many others; no configuration that would refuse TLS 1.2.
    assert told == ["/etc/ssl/cert.pem", "/etc/ssl/certs", str(nonsense)]
