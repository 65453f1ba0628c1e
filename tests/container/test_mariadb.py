"""A real MariaDB during its first start, which is two starts, and its count of failed connections."""

from __future__ import annotations

import pytest

from tests.container.clients import (
    LONGEST_START,
    Clients,
    executed,
    forget_the_start,
    kill,
    run,
)
from tests.container.containers import STARTS, Container, Containers
from tests.container.products import binary_only
from tests.support.eventually import Eventually
from tests.support.images import Images
from tests.support.untilup_process import LONG

pytestmark = [pytest.mark.container, pytest.mark.timeout(120 + 40 * STARTS)]

TARGET = "mysql+pymysql://app:geheim@db/app"
AS_USER = ("mariadb", "--host=db", "--user=app", "--password=geheim", "--skip-ssl", "app")
AS_ADMIN = ("mariadb", "--user=root", "--skip-column-names")
VARIABLES = {
    "MARIADB_USER": "app",
    "MARIADB_PASSWORD": "geheim",
    "MARIADB_DATABASE": "app",
    "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": "1",
}
UP = "mysql://db:3306/app says: the server is "


@pytest.fixture(scope="module", autouse=True)
def images_made(images: Images) -> None:
    """Have the images, outside of the time that a test may take."""
    images.get("mariadb")
    images.get("clients")


@pytest.fixture
def clients(containers: Containers, distribution: str) -> Clients:
    return Clients(containers, distribution)


@pytest.fixture
def late(containers: Containers) -> Container:
    """Start a server that has no data yet, once it is told to."""
    return containers.server("mariadb", name="db", env=VARIABLES)


@pytest.fixture
def db(late: Container, clients: Clients) -> Container:
    """Start a server, and wait until its real one serves."""
    late.go()
    clients.wait_for(TARGET)
    return late


def sql(db: Container, text: str) -> str:
    return run(db, *AS_ADMIN, "--execute", text).strip()


@pytest.mark.repeated
def test_a_client_gets_in_at_the_first_moment(
    clients: Clients, late: Container, eventually: Eventually
) -> None:
    """Refused, while the temporary server makes the user too, then up: and that user is let in."""
    for turn in range(STARTS):
        if turn:
            run(late, "sh", "-c", "rm -rf /var/lib/mysql/*")
            forget_the_start(late)
            kill(late)
        eventually(clients.has_answer(TARGET, "connection refused"))
        waiting = clients.start("-v", TARGET, "--", *AS_USER, "-e", "SELECT 6 * 7")
        late.go()
        # The temporary server, which has no user yet, or no database.
        eventually(lambda: executed(late, ["mariadb-admin", "--user=root", "ping"])[0] == 0)
        status, printed = waiting.ended(LONGEST_START)
        assert status == 0, printed
        assert "42" in printed.splitlines()
        attempts = [line for line in printed.splitlines() if "is not up (attempt" in line]
        assert attempts
        assert all("connection refused" in line for line in attempts)
        assert UP in printed
        assert "geheim" not in printed


@binary_only
def test_looks_are_not_counted(clients: Clients, db: Container) -> None:
    """An attempt is a refused login: it does not block the host, as a bare connection would."""
    sql(
        db,
        "SET GLOBAL max_connect_errors = 1; SET GLOBAL log_warnings = 2; FLUSH HOSTS; FLUSH STATUS",
    )
    before = db.output()
    for _ in range(5):
        assert UP in clients.check_once(TARGET)
    printed = db.output().removeprefix(before)
    assert printed.count("Access denied for user 'untilup'@") == 5
    assert "Aborted connection" not in printed
    assert sql(db, "SHOW GLOBAL STATUS LIKE 'Aborted_connects_preauth'").endswith("\t0")
    assert clients.command(*AS_USER, "-e", "SELECT 6 * 7").ended() == (0, "6 * 7\n42\n")
    assert clients.run("-t", LONG, "db:3306", "db:3306#settle=0")[0] == 0
    blocked = clients.check_once(TARGET)
    assert "host-blocked" in blocked
    assert "is blocked because of" in blocked
    assert "FLUSH HOSTS" in blocked
    sql(db, "FLUSH HOSTS")
    assert UP in clients.check_once(TARGET)


@binary_only
def test_it_is_full(
    containers: Containers, clients: Clients, db: Container, eventually: Eventually
) -> None:
    """A server whose places are all taken, the administrator's too, is not up, and says so."""
    # Clients that have not logged in yet have their places for longer than the test takes.
    sql(db, "SET GLOBAL max_connections = 10; SET GLOBAL connect_timeout = 3600")
    containers.occupant("db", 3306, 10 + 1)
    eventually(clients.has_answer(TARGET, "Too many connections (1040)"))


@binary_only
def test_who_may_not_come_from_here(clients: Clients, db: Container) -> None:
    """A server without a user for this host says so at once, and is not ready for it."""
    sql(
        db,
        "RENAME USER app@'%' TO app@'192.0.2.1'; DELETE FROM mysql.global_priv WHERE Host NOT IN ('localhost', '192.0.2.1'); FLUSH PRIVILEGES",
    )
    found = clients.check_once(TARGET)
    assert "host-refused" in found
    assert "is not allowed to connect" in found


@binary_only
def test_its_stop(clients: Clients, db: Container) -> None:
    """Once it has stopped, it is down."""
    down = clients.start("--down", TARGET, "--", "echo", "it is down")
    run(db, *AS_ADMIN, "--execute", "SHUTDOWN")
    status, printed = down.ended()
    assert (status, "it is down\n" in printed) == (0, True)
