"""https:// and tls:// against real TLS servers, whose certificates are right or wrong in one way."""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path

import pytest

from tests.support import tcp_servers
from tests.support.certificates import Authority, serving
from tests.support.http_server import (
    NEVER,
    UP,
    WAITED_FOR,
    answering,
    over_tls,
    until_closed,
    verdict,
)
from tests.support.untilup_process import Program


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return a CA that no client trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture(params=["https", "tls"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def check_once(
    untilup: Program, scheme: str, context: ssl.SSLContext, options: str
) -> tuple[int, str]:
    """Return what comes of a server that speaks TLS, and what was said of it."""
    behave = answering(200) if scheme == "https" else until_closed
    with tcp_servers.serving(over_tls(context, behave)) as port:
        return verdict(untilup, f"{scheme}://127.0.0.1:{port}#{options}")


def test_a_certificate_that_verifies(untilup: Program, scheme: str, authority: Authority) -> None:
    """A server is up whose certificate is of a CA that is trusted, in time and for the host."""
    context = serving(authority.issue())
    assert check_once(untilup, scheme, context, f"ca={authority.file}")[0] == UP


def test_a_certificate_that_does_not_verify(
    untilup: Program, scheme: str, authority: Authority, other_authority: Authority
) -> None:
    """What may be a placeholder, or too early, is waited for; what has expired is not."""
    trusted = f"ca={authority.file}"
    for file, status, words in (
        (other_authority.issue(), WAITED_FOR, "is from a CA that is not known here"),
        (authority.issue("other.example"), WAITED_FOR, "is for other "),
        (authority.issue("127.0.0.2"), WAITED_FOR, "is for other addresses"),
        (authority.early(), WAITED_FOR, "is not valid yet"),
        (authority.expired(), NEVER, "has expired (the clock of this machine:"),
    ):
        told = check_once(untilup, scheme, serving(file), trusted)
        assert told[0] == status, told
        assert words in told[1]
        assert check_once(untilup, scheme, serving(file), "insecure")[0] == UP


def test_a_certificate_that_is_signed_by_itself(
    untilup: Program, scheme: str, tmp_path: Path, authority: Authority
) -> None:
    """A self-signed certificate is waited for to be replaced, unless it is itself trusted."""
    file = self_signed(tmp_path)
    status, output = check_once(untilup, scheme, serving(file), f"ca={authority.file}")
    assert (status, "is self-signed" in output) == (WAITED_FOR, True)
    assert check_once(untilup, scheme, serving(file), f"ca={file}")[0] == UP


def self_signed(directory: Path) -> Path:
    """Return a file with a certificate for loopback that its own key has signed, and that key."""
    import datetime as dt
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "placeholder")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address(tcp_servers.LOOPBACK))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = directory / "self-signed.pem"
    file.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_client_certificates(
    untilup: Program,
    scheme: str,
    authority: Authority,
    other_authority: Authority,
    version: ssl.TLSVersion,
) -> None:
    """A server that wants a client certificate is up with the right one; what it refuses is told apart."""
    context = serving(authority.issue(), clients_of=authority)
    context.maximum_version = version
    # Of TLS 1.3 the alert comes after the handshake, in the settle time or in place of an answer.
    trusted = f"ca={authority.file}&settle={'2s' if scheme == 'tls' else 0}"
    # In TLS 1.2 a missing certificate is refused as much else is: it cannot be told from that.
    without = NEVER if version == ssl.TLSVersion.TLSv1_3 else WAITED_FOR
    for shown, status, words in (
        (f"&cert={authority.issue('me.example')}", 0, "up"),
        ("", without, "requires a client certificate" if without == NEVER else "handshake failure"),
        (f"&cert={authority.expired()}", NEVER, "the client certificate (cert=) has expired"),
        (f"&cert={other_authority.issue('me.example')}", WAITED_FOR, "does not know its CA yet"),
    ):
        told = check_once(untilup, scheme, context, trusted + shown)
        assert told[0] == status, told
        assert words in told[1]


def test_proxy_variables_are_ignored(untilup: Program, authority: Authority) -> None:
    """The target itself is asked, whatever proxies the environment names."""
    proxy, web = answering(200), answering(200)
    context = serving(authority.issue())
    with tcp_servers.serving(proxy) as other, tcp_servers.serving(over_tls(context, web)) as port:
        names = ("https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY")
        env = dict.fromkeys(names, f"http://127.0.0.1:{other}")
        word = f"https://127.0.0.1:{port}#ca={authority.file}"
        assert untilup.run("--once", word, env=env).returncode == 0
    assert (len(web.asked), proxy.asked) == (1, [])


def test_the_certificates_host(untilup: Program, authority: Authority) -> None:
    """By host=, or servername=, the certificate is asked for and verified for another name."""
    asked: list[str | None] = []
    context = serving(authority.issue("api.example"))
    context.sni_callback = lambda _tls, name, _context: asked.append(name)
    for scheme, option in (("https", "host=api.example:8443"), ("tls", "servername=api.example")):
        assert check_once(untilup, scheme, context, f"ca={authority.file}&{option}")[0] == UP
    assert asked == ["api.example", "api.example"]


def test_what_is_no_tls(untilup: Program, scheme: str, up: int) -> None:
    """A server of another protocol, or of none, is not up, and is reported as what it is."""
    options = ("--once", "--attempt-timeout", "500ms")

    def plain(client: socket.socket) -> None:
        client.recv(9)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with tcp_servers.serving(plain) as port:
        done = untilup.run(*options, f"{scheme}://127.0.0.1:{port}#insecure")
    assert (done.returncode, "not as TLS: HTTP/1.1 400 Bad Request" in done.stderr) == (124, True)
    done = untilup.run(*options, f"{scheme}://127.0.0.1:{up}#insecure")
    assert (done.returncode, "no answer in " in done.stderr) == (124, True)

    def hang_up_late(client: socket.socket) -> None:
        client.recv(9)
        client.close()

    with tcp_servers.serving(hang_up_late) as port:
        done = untilup.run(*options, f"{scheme}://127.0.0.1:{port}#insecure")
    assert (done.returncode, "closed without an answer" in done.stderr) == (124, True)


def test_a_close_after_the_handshake(untilup: Program, authority: Authority) -> None:
    """A proxy that terminates TLS and has no backend closes the connection, and is not up."""
    context = serving(authority.issue())
    with tcp_servers.serving(over_tls(context, lambda _: None)) as port:
        word = f"tls://127.0.0.1:{port}#settle=2s&ca={authority.file}"
        done = untilup.run("--once", word)
        assert (done.returncode, "then the connection was closed" in done.stderr) == (124, True)
        assert untilup.run("--once", word.replace("2s", "0")).returncode == 0


def test_who_speaks_first_is_up(untilup: Program, authority: Authority) -> None:
    """A server that greets after the handshake is up, even if it closes the connection then."""
    context = serving(authority.issue())
    with tcp_servers.serving(over_tls(context, lambda tls: tls.sendall(b"220 hello\r\n"))) as port:
        word = f"tls://127.0.0.1:{port}#settle=2s&ca={authority.file}"
        assert untilup.run("--once", word).returncode == 0


def test_the_ca_store(untilup: Program, authority: Authority, tmp_path: Path) -> None:
    """SSL_CERT_FILE names the trusted CAs. If the file cannot be used, the error names it, and no CA is trusted."""
    with tcp_servers.serving(over_tls(serving(authority.issue()), until_closed)) as port:
        word = f"tls://127.0.0.1:{port}"
        trusted = {"SSL_CERT_FILE": str(authority.file)}
        assert verdict(untilup, word, trusted)[0] == UP
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            status, output = verdict(untilup, word, {name: f"{tmp_path}/none"})
            assert (status, f"{name}={tmp_path}/none: " in output) == (NEVER, True)


def test_once_shows_each_step(untilup: Program, authority: Authority) -> None:
    """The table of --once has the handshake and the answer, and of a failure what it means."""
    behave = over_tls(serving(authority.issue()), answering(200))
    with tcp_servers.serving(behave) as port:
        good = untilup.run("--once", f"https://127.0.0.1:{port}#ca={authority.file}")
        bad = untilup.run("--once", f"https://127.0.0.1:{port}#insecure&status=204")
    assert (good.returncode, bad.returncode) == (0, 124)
    assert re.search(r" TLS handshake +TLSv1\.3 .* certificate verified\n", good.stderr)
    assert re.search(r" answer +200 .* As It Says\n", good.stderr)
    assert re.search(r" TLS handshake +TLSv1\.3 .* certificate not verified\n", bad.stderr)
    assert re.search(r" status +.* HTTP 200 As It Says; expected 204\n", bad.stderr)


def test_own_files_are_read_before_the_server_is_there(
    untilup: Program, port: int, tmp_path: Path
) -> None:
    """A file that is not there ends the wait at once, and is named, whether the server is up or not."""
    for option in ("ca", "cert"):
        done = untilup.run(f"https://127.0.0.1:{port}#{option}={tmp_path}/none.pem")
        assert done.returncode == NEVER
        assert f"{option}={tmp_path}/none.pem: no such file" in done.stderr
