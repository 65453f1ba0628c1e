"""A real web server, nginx, through its start and its reload (as the Debian package, or the official image)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.container.containers import Container, Containers
from tests.support.certificates import Authority
from tests.support.eventually import Eventually
from tests.support.images import Images
from tests.support.untilup_process import LONG

pytestmark = pytest.mark.container

CONFIGURATION = Path(__file__).with_name("web.conf")
SERVER = "/etc/nginx/server.pem"
REAL = "/etc/nginx/real.pem"


@pytest.fixture(scope="module", autouse=True)
def server_made(images: Images) -> None:
    """Have its image, outside of the time that a test may take."""
    images.get("nginx")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def web(containers: Containers, authority: Authority, tmp_path: Path) -> Container:
    """Start the web server, late, with a certificate that it got from nobody known."""
    files = {
        "/etc/nginx/conf.d/default.conf": CONFIGURATION,
        "/etc/nginx/ca.pem": authority.file,
        SERVER: Authority(tmp_path, "placeholder").issue("web"),
        REAL: authority.issue("web"),
    }
    return containers.server("nginx", name="web", files=files)


def run(container: Container, *words: str) -> None:
    assert container.exec(list(words)).exit_code == 0


def test_a_web_server_that_starts_late(
    containers: Containers, web: Container, eventually: Eventually
) -> None:
    """It refuses, then answers that it cannot serve yet, then serves; all that is seen in its order."""
    waiting = containers.untilup(
        "http://web/health#contains=well", "http://web/", "--", "echo", "ran"
    )
    eventually(lambda: waiting.said().count("connection refused") == 2)
    web.go()
    eventually(lambda: "answered 503 Service Temporarily Unavailable" in waiting.said())
    # A redirect is success, and nobody looks where it leads.
    eventually(lambda: "http://web:80/ is up after" in waiting.said())
    assert "running echo" not in waiting.said()
    run(web, "touch", "/tmp/ready")
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")


def test_a_placeholder_until_the_real_certificate_is_there(
    containers: Containers, web: Container, authority: Authority, eventually: Eventually
) -> None:
    """A server that starts with a certificate of its own is waited for until it is reloaded with the real one."""
    waiting = containers.untilup(
        *("https://web/#ca=/ca.pem", "tls://web#ca=/ca.pem", "--", "echo", "ran"),
        files={"/ca.pem": authority.file},
    )
    eventually(lambda: waiting.said().count("connection refused") == 2)
    web.go()
    eventually(lambda: waiting.said().count("leads to a CA that is not known here") == 2)
    assert "running echo" not in waiting.said()
    run(web, "cp", REAL, SERVER)
    run(web, "nginx", "-s", "reload")
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")


def test_a_web_server_that_wants_a_client_certificate(
    containers: Containers, web: Container, authority: Authority
) -> None:
    """A web server may let everybody in and then answer 400 to whoever has shown no certificate; with one it serves."""
    run(web, "cp", REAL, SERVER)
    web.go()
    files = {"/ca.pem": authority.file, "/client.pem": authority.issue("client.example")}
    target = "https://web:8443/#ca=/ca.pem"
    shown = containers.untilup("-t", LONG, f"{target}&cert=/client.pem", files=files).ended()
    assert shown.returncode == 0
    hidden = containers.untilup("--once", target, files=files).ended()
    assert hidden.returncode == 124
    assert "answered 400" in hidden.stderr


def test_no_ca_store_is_said_in_words(containers: Containers, web: Container) -> None:
    """Where untilup's own image has no CA certificates, it says so, and verifies none the less."""
    web.go()
    store = "/etc/ssl/certs/ca-certificates.crt"
    missing = containers.untilup("-t", LONG, "https://web/", env={"SSL_CERT_FILE": "/none.pem"})
    done = missing.ended()
    assert done.returncode == 125
    assert "SSL_CERT_FILE=/none.pem: no such file" in done.stderr
    assert store not in done.stderr
