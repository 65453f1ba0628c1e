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
    """Start the web server, late, with a certificate that no known CA has signed."""
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
    eventually(lambda: waiting.output().count("connection refused") == 2)
    web.go()
    eventually(lambda: "HTTP 503 Service Temporarily Unavailable" in waiting.output())
    # A redirect counts as success, and is not followed.
    eventually(lambda: "http://web:80/ is up after" in waiting.output())
    assert "running echo" not in waiting.output()
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
    eventually(lambda: waiting.output().count("connection refused") == 2)
    web.go()
    eventually(lambda: waiting.output().count("is from a CA that is not known here") == 2)
    assert "running echo" not in waiting.output()
    run(web, "cp", REAL, SERVER)
    run(web, "nginx", "-s", "reload")
    done = waiting.ended()
    assert (done.returncode, done.stdout) == (0, "ran\n")


def test_a_web_server_that_wants_a_client_certificate(
    containers: Containers, web: Container, authority: Authority
) -> None:
    """A web server may accept all clients, and answer 400 to those without a certificate; with one it serves."""
    run(web, "cp", REAL, SERVER)
    web.go()
    files = {"/ca.pem": authority.file, "/client.pem": authority.issue("client.example")}
    target = "https://web:8443/#ca=/ca.pem"
    shown = containers.untilup("-t", LONG, f"{target}&cert=/client.pem", files=files).ended()
    assert shown.returncode == 0
    hidden = containers.untilup("--once", target, files=files).ended()
    assert hidden.returncode == 124
    assert "HTTP 400" in hidden.stderr


def test_no_ca_store_is_said_in_words(containers: Containers, web: Container) -> None:
    """If untilup's own image has no CA certificates, it says so, and verifies none the less."""
    web.go()
    store = "/etc/ssl/certs/ca-certificates.crt"
    missing = containers.untilup("-t", LONG, "https://web/", env={"SSL_CERT_FILE": "/none.pem"})
    done = missing.ended()
    assert done.returncode == 125
    assert "SSL_CERT_FILE=/none.pem: no such file" in done.stderr
    assert store not in done.stderr


def test_what_it_answers(containers: Containers, web: Container, authority: Authority) -> None:
    """What a real server answers decides: its header, its JSON, after a redirect, and in a dialog with and without TLS."""
    run(web, "cp", REAL, SERVER)
    web.go()
    request = r"send=GET /state HTTP/1.0\r\n\r\n&expect=200 OK&expect=ready"
    done = containers.untilup(
        *(
            "-t",
            LONG,
            "http://web/state#json=parts.0.ready=true&lacks=DOWN&response-header=x-state:ready",
        ),
        *("http://web/moved#redirects=1&contains=ready", f"tcp://web:80#{request}"),
        *(f"tls://web:443#ca=/ca.pem&{request}", "--", "echo", "ran"),
        files={"/ca.pem": authority.file},
    ).ended()
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
