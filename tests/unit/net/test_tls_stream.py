"""TLS: what its failures mean, which CAs this side trusts, and which certificate it sends."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from tests.support.certificates import Authority
from tests.support.untilup_process import PATIENCE
from untilup.cli.targets import parse_target
from untilup.errors import ALIVE, INCONCLUSIVE, NeverReady, NotReady, ResourceLimitReached
from untilup.net import tls_context
from untilup.net.stream import SocketStream
from untilup.net.tls import start_tls
from untilup.net.tls_stream import tls_failure
from untilup.targets.attempt import Attempt

ALERTS = [
    # OpenSSL's name, a certificate was shown, NeverReady or NotReady, the reason, words
    (
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        False,
        NeverReady,
        "client-certificate",
        "requires a client",
    ),
    ("SSLV3_ALERT_BAD_CERTIFICATE", False, NeverReady, "client-certificate", "requires a client"),
    ("SSLV3_ALERT_BAD_CERTIFICATE", True, NotReady, "client-certificate", "refuses the client"),
    ("SSLV3_ALERT_CERTIFICATE_EXPIRED", True, NeverReady, "client-certificate", "has expired"),
    ("SSLV3_ALERT_CERTIFICATE_REVOKED", True, NeverReady, "client-certificate", "was revoked"),
    ("TLSV1_ALERT_UNKNOWN_CA", True, NotReady, "client-certificate", "does not know its CA"),
    ("TLSV1_ALERT_ACCESS_DENIED", True, NotReady, "client-certificate", "refuses the client"),
    ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", True, NotReady, "client-certificate", "refuses"),
    ("SSLV3_ALERT_HANDSHAKE_FAILURE", True, NotReady, "tls", "refuses the TLS handshake"),
    (
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        False,
        NotReady,
        "tls",
        "require a client certificate (cert=)",
    ),
    ("TLSV1_ALERT_INTERNAL_ERROR", False, NotReady, "tls", "no certificate yet"),
    ("TLSV1_ALERT_PROTOCOL_VERSION", False, NotReady, "tls", "Enable TLS 1.2 or 1.3"),
    ("TLSV1_UNRECOGNIZED_NAME", False, NotReady, "tls", "servername="),
    ("TLSV1_ALERT_UNRECOGNIZED_NAME", False, NotReady, "tls", "servername="),
    ("DH_KEY_TOO_SMALL", False, NotReady, "tls", "the TLS handshake failed (dh key too small)"),
    (None, False, NotReady, "tls", "the TLS handshake failed (no reason given)"),
]


@pytest.mark.parametrize(("name", "shown", "kind", "reason", "words"), ALERTS)
def test_alert(name: str | None, shown: bool, kind: type, reason: str, words: str) -> None:  # noqa: FBT001 - a row of the table
    """What the server alerts of is over for good where only a person can cure it."""
    error = ssl.SSLError(1, "as OpenSSL says it")
    error.reason = name  # type: ignore[assignment] # it may be None
    told = tls_failure(error, shows_certificate=shown)
    assert (type(told), told.reason) == (kind, reason)
    assert words in f"{told.detail} {told.hint}"


CERTIFICATES = [
    (9, NotReady, "certificate", "is not valid yet"),
    (10, NeverReady, "certificate-expired", "has expired (the clock of this machine: 20"),
    (18, NotReady, "certificate", "is self-signed"),
    (19, NotReady, "certificate", "not trusted here"),
    (20, NotReady, "certificate", "not known here"),
    (21, NotReady, "certificate", "is not from a CA that is known"),
    (62, NotReady, "certificate", "other host names"),
    (64, NotReady, "certificate", "other addresses"),
    (66, NotReady, "certificate", "does not verify: EE certificate key too weak"),
]


@pytest.mark.parametrize(("code", "kind", "reason", "words"), CERTIFICATES)
def test_certificate(code: int, kind: type, reason: str, words: str) -> None:
    """A certificate that does not verify may be a placeholder; one that has expired was the real one."""
    error = ssl.SSLCertVerificationError(1, "as OpenSSL says it")
    error.verify_code = code
    error.verify_message = "EE certificate key too weak"
    told = tls_failure(error, shows_certificate=False)
    assert (type(told), told.reason) == (kind, reason)
    assert words in told.detail


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no context from before, and nothing in the environment."""
    monkeypatch.setattr(tls_context, "_cache", {})
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


def trusts(fragment: str = "settle=0") -> ssl.SSLContext:
    return tls_context.client_context(parse_target(f"https://api#{fragment}", 0, {}), "http/1.1")


def never(fragment: str = "settle=0") -> NeverReady:
    with pytest.raises(NeverReady) as caught:
        trusts(fragment)
    return caught.value


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a directory instead of a machine that has no CA certificates."""
    file, directory = f"{tmp_path}/cert.pem", f"{tmp_path}/certs"
    nowhere = ssl.DefaultVerifyPaths("", "", "SSL_CERT_FILE", file, "SSL_CERT_DIR", directory)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
    monkeypatch.setattr(
        tls_context, "CA_BUNDLE_PATHS", (f"{tmp_path}/first.crt", f"{tmp_path}/second.crt")
    )
    return tmp_path


def test_no_ca_store(bare: Path) -> None:
    """If there are no CA certificates nothing is trusted, and the ways out are named."""
    (bare / "certs").mkdir()
    (bare / "certs" / "README").touch()
    (bare / "first.crt").touch()
    told = never()
    assert told.reason == "no-ca-store"
    assert "ca= or SSL_CERT_FILE" in told.hint


@pytest.mark.parametrize("place", ["cert.pem", "first.crt", "second.crt"])
def test_bundles_are_found(bare: Path, authority: Authority, place: str) -> None:
    """OpenSSL's own bundle is trusted, or else the first of those that systems have."""
    (bare / place).write_bytes(authority.file.read_bytes())
    assert trusts().cert_store_stats()["x509_ca"] == 1
    assert trusts().verify_mode == ssl.CERT_REQUIRED
    assert trusts().check_hostname


def test_directories_are_found(
    bare: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory of certificates is trusted where they are named as OpenSSL looks for them."""
    for name in ("certs", "others"):
        (bare / name).mkdir()
        (bare / name / "5ed36f99.0").write_bytes(authority.file.read_bytes())
    trusts()
    monkeypatch.setattr(tls_context, "_cache", {})
    monkeypatch.setenv("SSL_CERT_DIR", f"{bare}/none:{bare}/others")
    trusts()
    monkeypatch.setattr(tls_context, "_cache", {})
    monkeypatch.setenv("SSL_CERT_DIR", f"{bare}/none")
    assert f"SSL_CERT_DIR={bare}/none: it has no certificates" in never().detail


def test_the_environment_names_the_bundle(
    bare: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE takes the place of the bundle, and has to be one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    assert trusts().cert_store_stats()["x509_ca"] == 1
    monkeypatch.setattr(tls_context, "_cache", {})
    monkeypatch.setenv("SSL_CERT_FILE", f"{bare}/none")
    told = never()
    assert (told.reason, told.evidence) == ("unusable-file", INCONCLUSIVE)
    assert told.detail == f"SSL_CERT_FILE={bare}/none: no such file or directory (ENOENT)"


@pytest.mark.usefixtures("bare")
def test_insecure_needs_no_store() -> None:
    """With insecure no CA is needed."""
    assert trusts("insecure").verify_mode == ssl.CERT_NONE


def test_a_context_is_made_once(authority: Authority) -> None:
    """Targets that ask for the same share what was read for them."""
    assert trusts(f"ca={authority.file}") is trusts(f"ca={authority.file}&status=200")
    assert trusts(f"ca={authority.file}") is not trusts(
        f"ca={authority.file}&insecure=no&cert={authority.issue()}"
    )


def test_own_files(authority: Authority, tmp_path: Path) -> None:
    """A file of one's own that is no good is named, with what is wrong with it."""
    good, other = authority.issue(), authority.issue()
    empty = tmp_path / "empty.pem"
    empty.touch()
    ends = {
        f"ca={tmp_path}/none": f"ca={tmp_path}/none: no such file",
        f"ca={tmp_path}": f"ca={tmp_path}: is a directory",
        f"ca={empty}": f"ca={empty}: it has no certificate or key in PEM format",
        f"insecure&cert={tmp_path}/none": f"cert={tmp_path}/none: no such file",
        f"insecure&cert={authority.file}": f"cert={authority.file}: it has no certificate",
        f"insecure&cert={good}&key={tmp_path}/none": f"key={tmp_path}/none: no such file",
        f"insecure&cert={good}&key={empty}": f"key={empty} and cert={good}: it has no certificate",
        f"insecure&cert={good}&key={other}": f"key={other} and cert={good}: the key is not that",
    }
    for fragment, words in ends.items():
        told = never(fragment)
        assert told.detail.startswith(words)
        assert (told.reason, told.evidence) == ("unusable-file", INCONCLUSIVE)


def test_an_encrypted_key_is_refused(authority: Authority, tmp_path: Path) -> None:
    """An encrypted key is an error that says so: untilup asks for no password."""
    good = authority.issue()
    key = serialization.load_pem_private_key(good.read_bytes(), None)
    encrypted = tmp_path / "encrypted.pem"
    encrypted.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"geheim"),
        )
    )
    told = never(f"insecure&cert={good}&key={encrypted}")
    assert told.detail == f"key={encrypted}: the key is encrypted"


@pytest.mark.usefixtures("bare")
def test_limits_are_not_the_files_fault(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Running out of descriptors ends the wait, and is not taken for a missing file."""

    def no_more(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("builtins.open", no_more)
    with pytest.raises(ResourceLimitReached, match="ulimit -n"):
        trusts(f"ca={authority.file}")
    monkeypatch.setattr(os, "listdir", no_more)
    with pytest.raises(ResourceLimitReached, match="ulimit -n"):
        trusts()


def test_ssl_is_imported_by_whom_it_serves() -> None:
    """Without a TLS target OpenSSL is not loaded, however many other targets there are."""
    script = """
import sys
from untilup.cli.targets import parse_target
for word in ("https://api#insecure", "tls://api", "http://api#header=A:b"):
    assert parse_target(word, 0, {}).scheme
from untilup.checks import http, https, tls
from untilup.targets.attempt import Attempt
print("ssl" in sys.modules or "_ssl" in sys.modules or "http.client" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stdout == "False\n"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    here.setblocking(False)  # noqa: FBT003 - the socket's own signature
    with here, there:
        yield here, there


def test_what_is_no_tls_is_quoted(ends: tuple[socket.socket, socket.socket]) -> None:
    """A server that answers otherwise than by TLS is shown, escaped and cut."""
    here, there = ends
    there.sendall(b"HTTP/1.1 400 Bad\x1b[2J Request\r\nServer: x\r\n\r\n")
    attempt = Attempt(parse_target("tls://api#insecure", 0.0, {}), PATIENCE)
    conversation = SocketStream(attempt, here, monotonic() + PATIENCE)
    with pytest.raises(NotReady) as caught:
        start_tls(conversation, "api")
    assert (caught.value.reason, caught.value.evidence) == ("not-tls", ALIVE)
    assert caught.value.detail.endswith("HTTP/1.1 400 Bad\\x1b[2J Request")


# How a server's hello begins: a record, a message in it, TLS 1.2 (RFC 8446 section 4.1.3).
HELLO = bytes.fromhex("160303005a020000560303")


class Pieces:
    """In a conversation's place: a server that says these pieces and closes."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = [piece for piece in pieces if piece]
        self.received = 0

    def send(self, question: bytes) -> None:
        assert question

    def receive(self, _until: float | None = None) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def close(self) -> None:
        self.pieces.clear()


@given(st.lists(st.binary(max_size=99) | st.just(HELLO), min_size=1, max_size=5))
def test_any_bytes_give_an_answer(pieces: list[bytes]) -> None:
    """Whatever a server says in a handshake, in whatever pieces, is reported in words; and no bug of ours."""
    server: Any = Pieces(pieces)
    server.attempt = Attempt(parse_target("tls://api#insecure", 0.0, {}), PATIENCE)
    told: NotReady | NeverReady | None = None
    try:
        start_tls(server, "api")
    except (NotReady, NeverReady) as failure:
        told = failure
    assert told
    assert str(told).isprintable()
    assert told.reason in {"closed", "not-tls", "tls", "client-certificate"}
