"""Names that applications have for servers (docs/targets.md, Names of applications)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.profiles import scaled
from untilup import checks
from untilup.cli import argv, schemes
from untilup.cli.applications import schemes as application_schemes
from untilup.cli.applications.schemes import (
    ANY_DRIVER,
    OF_A_CHECK,
    WITHOUT_A_CHECK,
    WITHOUT_A_SERVER,
    Scheme,
)
from untilup.errors import UsageError
from untilup.options import Settings

SECRET = "hunter2"
# The ports that the documents of the servers name.
PORTS = {
    "postgres": 5432,
    "mysql": 3306,
    "redis": 6379,
    "rediss": 6379,
    "valkey": 6379,
    "memcached": 11211,
    "amqp": 5672,
    "amqps": 5671,
    "kafka": 9092,
    "mssql": 1433,
    "oracle": 1521,
    "cassandra": 9042,
    "neo4j": 7687,
    "neo4j, tls": 7687,
    "neo4j, tls&insecure": 7687,
    "clickhouse": 9000,
    "clickhouse, tls": 9440,
    "clickhouse, http": 8123,
    "clickhouse, http&tls": 8443,
    "elasticsearch": 9200,
    "vault": 8200,
    "zookeeper": 2181,
    "smtp": 25,
    "smtps": 465,
    "ssh": 22,
}


def read(value: str, word: str = "env:V") -> Settings:
    """Return the settings for a variable V with that *value*."""
    return argv.parse([word], {"V": value})


def shown(value: str, word: str = "env:V") -> list[str]:
    """Return the names of the targets in a variable V with that *value*."""
    return [str(target) for target in read(value, word).targets]


def spellings(row: Scheme, rest: str) -> list[str]:
    """Return a URL with each name of *row*, before the same *rest*."""
    return [f"{name.replace(ANY_DRIVER, '+driver')}://{rest}" for name in row.names]


@pytest.mark.parametrize("row", OF_A_CHECK, ids=lambda row: row.names[0])
def test_a_name_of_a_server_that_has_a_check(row: Scheme) -> None:
    """A name of a framework is the scheme of the same server, with its default port or the name's own."""
    path = "/X" if row.check == "oracle" else ""  # its service, which is asked for
    for url in spellings(row, f"joe:{SECRET}@itshost:1234{path}"):
        expected = f"{row.check}://itshost:1234{path}"
        value = url.replace(f"joe:{SECRET}@", "") if row.check in {"tls", "kafka"} else url
        assert shown(value) == [expected]
        assert read(value).targets[0].note == ""
    if row.check != "tls":
        port = row.port or PORTS[f"{row.check}, {row.options}" if row.options else row.check]
        (name,) = shown(spellings(row, f"itshost{path}")[0])
        assert name == f"{row.check}://itshost:{port}{path}"


@pytest.mark.parametrize("row", WITHOUT_A_CHECK, ids=lambda row: row.names[0])
def test_a_name_of_a_server_that_has_no_check(row: Scheme) -> None:
    """A server without a check is waited for by its port, and its user and path are forgotten."""
    port = row.port or 1234
    for url in spellings(row, f"joe:{SECRET}@itshost:{port}/path?x=y"):
        value = url if "jdbc:" not in url else url.replace(f"joe:{SECRET}@", "")
        value = value.replace("jdbc:h2:", "jdbc:h2:tcp:").replace("hsqldb:", "hsqldb:hsql:")
        (target,) = read(f"{value}#timeout=5s").targets
        assert str(target) == f"tcp://itshost:{port}"
        assert (target.user, target.path, target.timeout) == ("", "", 5.0)
        assert target.note.startswith("untilup has no check for ")
        assert target.note.endswith("://, and waits for its port")


@pytest.mark.parametrize("row", WITHOUT_A_SERVER, ids=lambda row: row.names[0])
def test_a_name_of_what_has_no_server(row: Scheme) -> None:
    """What has no server is left out, with the reason, whatever the options after it."""
    for url in spellings(row, ""):
        for word in ("env:V", "env:V#timeout=5s", "env:V#sslmode=require"):
            settings = read(url, word)
            assert settings.targets == []
            (told,) = settings.left_out
            assert told.endswith(f":// of env:V is left out: {row.absent}")
            assert told.partition("://")[0].removeprefix("jdbc:") in [
                name.removeprefix("jdbc:") for name in row.names
            ]


def test_each_name_has_one_meaning() -> None:
    """No name is in two rows, but for those that have a server only if a host is named; none has a check."""
    counted = Counter(
        name for row in OF_A_CHECK + WITHOUT_A_CHECK + WITHOUT_A_SERVER for name in row.names
    )
    twice = {name for name, count in counted.items() if count > 1}
    assert twice == {"sqs", "jdbc:h2", "jdbc:hsqldb", "jdbc:derby"}
    assert not {*counted} & {*schemes.known()}
    assert not {*counted} & {*schemes.OTHER_NAMES}
    assert all(row.frameworks for row in OF_A_CHECK + WITHOUT_A_CHECK + WITHOUT_A_SERVER)
    assert all(checks.syntax_of(row.check) for row in OF_A_CHECK)


READ = [
    ("jdbc:postgresql:app", ["postgresql://localhost:5432/app"]),
    ("jdbc:postgresql:///app", ["postgresql://localhost:5432/app"]),
    ("JDBC:PostgreSQL://db/app", ["postgresql://db:5432/app"]),
    ("jdbc:postgresql://[::1]:5433/app", ["postgresql://[::1]:5433/app"]),
    ("jdbc:postgresql://db/app?user=u&password=p@s/s?w&rd#x", ["postgresql://db:5432/app"]),
    ("jdbc:pgsql://db/app", ["postgres://db:5432/app"]),
    ("jdbc:mysql://my/?user=root&password=12/3@x", ["mysql://my:3306/"]),
    ("r2dbc:postgresql:failover://a,b:5433/app", ["postgresql://a:5432,b:5433/app"]),
    ("r2dbc:h2:mem:///test", []),
    ("r2dbc:mssql://ms/x", ["mssql://ms:1433"]),
    ("jdbc:jtds:sqlserver://ms/x;instance=i", ["mssql://ms:1433/x"]),
    ("jdbc:sqlserver://ms\\inst:1434;databaseName=x", ["mssql://ms:1434"]),
    ("jdbc:sqlserver://;serverName=ms;portNumber=1434", ["mssql://ms:1434"]),
    ("jdbc:sqlserver://ms;password={a;b@c};encrypt=true", ["mssql://ms:1433"]),
    ("jdbc:oracle:thin:@ora:1521:SID", ["oracle://ora:1521/SID"]),
    ("jdbc:oracle:thin:@tcps://ora:2484/X", ["oracle://ora:2484/X"]),
    ("jdbc:oracle:thin:@//a:1521,b:1522/X", ["oracle://a:1521,b:1522/X"]),
    ("jdbc:oracle:thin:joe/p@ss@ora:1521/X", ["oracle://ora:1521/X"]),
    ("r2dbc:oracle://ora:1522/X", ["oracle://ora:1522/X"]),
    (
        "sqlserver://ms:1433;database=x;encrypt=strict;trustServerCertificate=true",
        ["mssql://ms:1433"],
    ),
    ("mssql+pymssql://sa:p@ms/x?charset=utf8", ["mssql://ms:1433/x"]),
    ("db+mssql+pymssql://sa:p@ms/x", ["mssql://ms:1433/x"]),
    ("oracle+cx_oracle://joe:p/w@ora/FREE", ["oracle://ora:1521/FREE"]),
    ("oracle+oracledb://joe:pw@ora:1522?service_name=a.b", ["oracle://ora:1522/a.b"]),
    (
        "(DESCRIPTION=(ADDRESS=(PROTOCOL=TCPS)(HOST=ora)(PORT=2484))(CONNECT_DATA=(SERVICE_NAME=X)))",
        ["oracle://ora:2484/X"],
    ),
    (
        "(DESCRIPTION=(ADDRESS=(PORT=1522)(HOST=a))(ADDRESS=(HOST=::1)(PORT=1523))(CONNECT_DATA=(SERVICE_NAME=X)(CID=(HOST=me))))",
        ["oracle://a:1522,[::1]:1523/X"],
    ),
    (
        "jdbc:oracle:thin:@a,[::1]:1522,b:1523,c/X",
        ["oracle://a:1522,[::1]:1522,b:1523,c:1521/X"],
    ),
    ("jdbc:cassandra://a--b--c:9043/keyspace?user=joe", ["cassandra://a:9042,b:9042,c:9043"]),
    ("scylla://a,b/keyspace", ["cassandra://a:9042,b:9042/keyspace"]),
    ("neo4j+s://joe:pw@graph/movies", ["neo4j://graph:7687/movies"]),
    ("bolt+ssc://graph:7688", ["neo4j://graph:7688"]),
    ("jdbc:neo4j+s://graph/movies?user=joe", ["neo4j://graph:7687"]),
    ("jdbc:neo4j:bolt://graph", ["bolt://graph:7687"]),
    ("redis+sentinel://:pw@one,two:26380/mymaster/0", ["redis://one:26379,two:26380/mymaster/0"]),
    ("jdbc:derby:memory:x;create=true", []),
    ("jdbc:tc:postgresql:16:///app", []),
    ("jdbc-secretsmanager:mysql://my:3306/app", ["mysql://my:3306/app"]),
    ("root:pw@unix(/run/mysqld.sock)/app", ["mysql://%2Frun%2Fmysqld.sock/app"]),
    ("ecto://joe:pw@db/app", ["postgres://db:5432/app"]),
    ("ecto://joe:pw@db:3306/app", ["mysql://db:3306/app"]),
    ("db+sqlite:///results.db", []),
    ("db+mysql+pymysql://joe:pw@my/app", ["mysql://my:3306/app"]),
    ("sqla+postgresql://joe:pw@db/app", ["postgresql://db:5432/app"]),
    ("cache+memory://", []),
    ("async+redis://cache", ["redis://cache:6379"]),
    ("redis:///0", ["redis://localhost:6379/0"]),
    ("redis:///run/redis.sock", ["redis://localhost:6379"]),
    ("http+unix://%2Frun%2Fdocker.sock/_ping", ["http://localhost:80/_ping"]),
    ("sqlite::memory:", []),
    ("sqlite3:db/production.sqlite3", []),
    ("file:/data/prod.db?connection_limit=1", []),
    ("file:///data/ready", ["file:///data/ready"]),
    ("sqs://key:secret@", []),
    ("sqs://key:secret@localstack:4566", ["tcp://localstack:4566"]),
    ("memory://localhost/", []),
    ("clickhouse://joe:p/w@a:9000,b:9000/app", ["clickhouse://a:9000,b:9000/app"]),
    ("clickhouse://ch/app?secure=true", ["clickhouse://ch:9440/app"]),
    ("clickhousedb://ch/app?secure=true", ["clickhouse://ch:8443/app"]),
    ("clickhouse+http://ch?protocol=https", ["clickhouse://ch:8443"]),
    ("jdbc:clickhouse://a,b:8124/app?ssl=true&password=x", ["clickhouse://a:8443,b:8124/app"]),
    ("jdbc:ch:https://ch/app?user=joe", ["clickhouse://ch:8443/app"]),
    ("jdbc:clickhouse:http://ch:8123/app", ["clickhouse://ch:8123/app"]),
    ("elasticsearch+https://joe:p/w@es:9243/index", ["elasticsearch://es:9243/index"]),
    ("opensearch+http://joe:pw@os", ["opensearch://os:9200"]),
    ("vault+https://vault", ["vault://vault:8200"]),
    ("temporal+tls://temporal", ["temporal://temporal:7233"]),
    ("mysql:///app?socketPath=/run/my.sock", ["mysql://%2Frun%2Fmy.sock/app"]),
    ("postgres:///app?host=/run/.s.PGSQL.5433", ["postgres://%2Frun:5433/app"]),
    ("r1:6379,serviceName=mymaster", ["redis://r1:6379"]),
    ("cache.example,serviceName=mymaster,ssl=True", ["rediss://cache.example:26379"]),
    ("sqlite:///x,redis://cache", ["redis://cache:6379"]),
    ("sqlite:///x,sqlite:///y", []),
]


@pytest.mark.parametrize(("value", "targets"), READ, ids=[value for value, _ in READ])
def test_a_value_is_read_as_its_driver_reads_it(value: str, targets: list[str]) -> None:
    """A driver's URL is where that driver connects to."""
    assert shown(value) == targets


REFUSED = [
    ("jdbc:mysql+srv://h/app", "the DNS has its hosts"),
    ("mongodb+srv://u:hunter2@h/app", "write the hosts: mongodb://one,two"),
    ("async+mongodb+srv://u:hunter2@h/app", "scheme of its value is unknown"),
    ("jdbc:sqlserver://ms;instanceName=i;password=hunter2", "write tcp://HOST:PORT"),
    ("jdbc:postgresql:///app?socketFactory=x&password=hunter2", "with a socketFactory"),
    (
        "jdbc:oracle:thin:scott/hunter2",
        "its server is found elsewhere; write oracle://HOST/SERVICE",
    ),
    ("r2dbc:oracle://h:1/X?password=a@b/hunter2", "write '?' in a password as %3F, and '@' in"),
    ("jdbc:oracle:thin:@h:1;password=x/hunter2", "it must be HOST:PORT/SERVICE or HOST:PORT:SID"),
    ("jdbc:oracle:oci:@", "a name of tnsnames.ora is found elsewhere; write oracle://HOST/SERVICE"),
    ("sqlserver://joe:12;hunter2=1@host", "needs its ';' written as %3B"),
    ("mssql+pyodbc://sa:hunter2@dsn", "the name of a data source"),
    ("oracle://joe:hunter2@alias", "the service is missing; write oracle://HOST/SERVICE"),
    ("oracle+oracledb://joe:hunter2@alias", "the name of a data source"),
    ("joe:hunter2@tcp(db:3306)", "USER:PASSWORD@tcp(HOST:PORT)/DATABASE"),
    ("clickhouse://joe:hunter2@", "the host is missing; write clickhouse://HOST:PORT"),
    ("tcp://db:5432?timeout=5s&hunter2=1", "neither user nor path"),
    ("unix:///run/x?hunter2", "a path has no query"),
    ("redis+socket://run/redis.sock", "the path of a socket must be absolute"),
    ("jdbc:nosuchdb://db/hunter2", "scheme of its value is unknown"),
    ("jdbc:postgresql://${DB_HOST:db}/app", "nothing has replaced it"),
    ("hunter2://h", "scheme of its value is unknown (the value is not shown); known schemes: "),
    (
        "htpp://hunter2",
        "is unknown (the value is not shown); did you mean http://? Known schemes: ",
    ),
    ("postgre://u:hunter2@h", "did you mean postgres://?"),
    ("postgress://u:hunter2@h", "did you mean postgres://?"),
    ("Reddis+hunter2://h", "did you mean redis://?"),
]


@pytest.mark.parametrize(("value", "problem"), REFUSED, ids=[value for value, _ in REFUSED])
def test_a_value_is_refused_with_the_cure(value: str, problem: str) -> None:
    """What does not say where it connects to is refused, and nothing of it is shown."""
    with pytest.raises(UsageError) as caught:
        read(value)
    assert problem in str(caught.value)
    assert SECRET not in str(caught.value)


OPTIONS = [
    ("jdbc:postgresql://db/app?ssl=true", "sslmode", "require"),
    ("jdbc:postgresql://db/app?ssl", "sslmode", "require"),
    ("jdbc:postgresql://db/app?sslmode=verify-full", "sslmode", "verify-full"),
    ("r2dbc:postgresql://db/app?sslMode=prefer", "sslmode", "prefer"),
    ("r2dbcs:postgresql://db/app", "sslmode", "require"),
    ("postgres://db/app?sslmode=no-verify", "sslmode", "require"),
    ("redis+ssl://cache?verifyPeer=NONE", "insecure", True),
    ("rediss://cache?skip_verify=true", "insecure", True),
    ("cache:1,ssl=True,sslHost=other", "any-name", True),
    ("amqps://mq/v?verify=verify_none", "insecure", True),
    ("amqps://mq/v?cacertfile=/x", "ca", "/x"),
    ("amqps://mq/v?no_verify_ssl=1", "insecure", True),
    ("redis+socket:///run/a%26b.sock", "unix", "/run/a&b.sock"),
]


@pytest.mark.parametrize(("value", "name", "expected"), OPTIONS, ids=[each[0] for each in OPTIONS])
def test_an_option_of_a_driver_is_read(value: str, name: str, expected: object) -> None:
    """What changes where or how a driver connects is read from the query."""
    (target,) = read(value).targets
    assert target.options[name] == expected


def test_options_of_drivers_are_known() -> None:
    """What a driver has in its query is no warning; what none has is one, without a secret."""
    url = "jdbc:postgresql://db/app?user=joe&reWriteBatchedInserts=true&currentSchema=x&password=hunter2"
    assert argv.parse(["-v", "env:V"], {"V": url}).warnings == []
    (warning,) = argv.parse(["-v", "env:V"], {"V": "mysql2://db/app?nosuch=1&pool=5"}).warnings
    assert warning == "mysql://db:3306/app: unknown query parameters are ignored: nosuch"


OPTIONS_OF_URLS: list[tuple[str, dict[str, object]]] = [
    ("jdbc:oracle:thin:@ora:1521:FREE", {"sid": True}),
    ("jdbc:oracle:thin:@tcps://ora:2484/X", {"tls": True}),
    ("jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=ora))(CONNECT_DATA=(SID=X)))", {"sid": True}),
    ("oracle://ora?sid=X", {"sid": True}),
    ("oracle://ora?service_name=X", {"sid": False}),
    ("neo4j+s://graph", {"tls": True}),
    ("bolt+ssc://graph#insecure", {"tls": True, "insecure": True}),
    ("bolt+ssc://graph#settle=0", {"tls": True, "insecure": True}),
    ("sqlserver://ms;encrypt=strict", {"tls": True}),
    ("sqlserver://ms;encrypt=true", {}),
    ("redis+sentinel://one/my%26master", {"sentinel": "my&master"}),
    ("redis+sentinel://one/0/mymaster", {"sentinel": "mymaster"}),
    ("redis-sentinel://:pw@one,two/0#mymaster", {"sentinel": "mymaster"}),
    ("redis-sentinel://one/0?sentinelMasterId=mymaster#timeout=5s", {"sentinel": "mymaster"}),
    ("redis+sentinel://one?service_name=mymaster", {"sentinel": "mymaster"}),
    ("sentinel://one:26379", {}),
    ("redis+sentinel://one/other#sentinel=mymaster", {"sentinel": "mymaster"}),
    ("r1:26379,serviceName=mymaster", {"sentinel": "mymaster"}),
]


@pytest.mark.parametrize(
    ("value", "options"), OPTIONS_OF_URLS, ids=[row[0] for row in OPTIONS_OF_URLS]
)
def test_a_url_has_options(value: str, options: dict[str, object]) -> None:
    """What the URL of an application says besides its servers becomes options of the target."""
    (target,) = read(value).targets
    assert target.options == options


def test_a_driver_is_not_shown() -> None:
    """What follows a known scheme as a driver is a piece of the value, and is not shown."""
    (target,) = read("mssql+hunter2://ms").targets
    assert str(target) == "mssql://ms:1433"
    assert read("sqlite+hunter2:///x,redis://cache").left_out == [
        "sqlite:// of env:V is left out: SQLite has no server"
    ]
    with pytest.raises(UsageError, match="write mssql://HOST:PORT"):
        read("mssql+hunter2://")


def test_what_is_left_out_beside_targets() -> None:
    """What is left out is named by its scheme and its variable, whatever stands beside it."""
    settings = argv.parse(["sqlite:///x", "redis://cache"], {})
    assert settings.left_out == ["sqlite:// is left out: SQLite has no server"]
    settings = read("sqlite:///x;redis://cache")
    assert settings.left_out == ["sqlite:// of env:V is left out: SQLite has no server"]
    settings = argv.parse(["env:A#if-set,env:B,env:C"], {"B": "sqlite:///x", "C": "memory://"})
    assert settings.left_out == [
        "env:A is left out: A is not set, or empty",
        "sqlite:// of env:B is left out: SQLite has no server",
        "memory:// of env:C is left out: it is in the application itself",
    ]


# A model of the names, without the code that reads them: the name, how a host is written, what is shown.
MODEL = [
    *((name, "{user}{hosts}/app", "mysql") for name in ("mysql2", "trilogy", "mysqli")),
    *((name, "{user}{hosts}/app", "postgres") for name in ("pgsql", "postgis", "cockroachdb")),
    *((name, "{user}{hosts}/0", "redis") for name in ("rediscache", "redis+sentinel", "hiredis")),
    *((name, "{user}{hosts}/x?y=z", "tcp") for name in ("vertica", "db2", "imap")),
    ("mssql+pymssql", "{user}{hosts}/x?y=z", "mssql"),
    ("oracle+oracledb", "{user}{hosts}/x?y=z", "oracle"),
    ("neo4j+s", "{user}{hosts}/x", "neo4j"),
    ("scylla", "{user}{hosts}/x", "cassandra"),
]
PASSWORDS = st.text(st.sampled_from("abc012-._~!*"), max_size=4).map(lambda text: text + SECRET)
HOSTS = st.lists(
    st.tuples(st.sampled_from(["db", "h-1.example", "[::1]", "10.0.0.5"]), st.integers(1, 65_535)),
    min_size=1,
    max_size=3,
    unique=True,
)
JDBC = [
    ("jdbc:postgresql://{hosts}/app?user=joe&password={password}", "postgresql", "/app"),
    ("jdbc:mysql:loadbalance://{hosts}/app?password={password}&x=y", "mysql", "/app"),
    ("jdbc:clickhouse://{hosts}/app?password={password}", "clickhouse", "/app"),
    ("r2dbc:pool:mariadb://{hosts}/app?password={password}", "mariadb", "/app"),
]
RAW = st.text(st.sampled_from("a1@:/?#;,&= %$'\"{}()[]\\"), max_size=6)


@scaled(4)
@given(case=st.sampled_from(MODEL), hosts=HOSTS, password=PASSWORDS)
def test_a_name_means_its_servers(
    case: tuple[str, str, str], hosts: list[tuple[str, int]], password: str
) -> None:
    """Whatever the hosts and the password, a name means these hosts, and shows no password."""
    name, form, scheme = case
    where = ",".join(f"{host}:{port}" for host, port in hosts)
    value = f"{name}://{form.format(user=f'joe:{password}@', hosts=where)}"
    (target,) = read(value).targets
    expected = [(host.strip("[]"), port) for host, port in hosts]
    assert (target.scheme, target.hosts) == (scheme, expected)
    assert SECRET not in f"{target} {target.note}"


@scaled(4)
@given(case=st.sampled_from(JDBC), hosts=HOSTS, password=PASSWORDS)
def test_a_url_of_jdbc_means_its_servers(
    case: tuple[str, str, str], hosts: list[tuple[str, int]], password: str
) -> None:
    """Whatever the hosts and the password, a URL of JDBC means these hosts, and shows no password."""
    form, scheme, path = case
    where = ",".join(f"{host}:{port}" for host, port in hosts)
    (target,) = read(form.format(hosts=where, password=password)).targets
    expected = [(host.strip("[]"), port) for host, port in hosts]
    assert (target.scheme, target.hosts) == (scheme, expected)
    assert str(target).endswith(path)
    assert SECRET not in f"{target} {target.note} {target.path}"


FORMS = [
    *(form for form, _, _ in JDBC),
    "jdbc:sqlserver://{hosts};user=sa;password={password}",
    "jdbc:oracle:thin:joe/{password}@{hosts}/X",
    "jdbc:db2://{hosts}/app:user=u;password={password};",
    "sqlserver://{hosts};user=sa;password={password};encrypt=true",
    "joe:{password}@tcp({hosts})/app?x=y",
    "{hosts},password={password},ssl=True",
    "mysql2://joe:{password}@{hosts}/app",
    "clickhouse://joe:{password}@{hosts}/app",
    "redis+socket://:{password}@/run/redis.sock?db=1",
    "sqlite+pysqlcipher://:{password}@/x",
]


@scaled(8)
@given(form=st.sampled_from(FORMS), raw=RAW, after=RAW, word=st.sampled_from(["env:V", "argv"]))
@example(
    form="jdbc:sqlserver://{hosts};user=sa;password={password}", raw=";", after=";a:1", word="argv"
)
def test_a_password_is_no_host(form: str, raw: str, after: str, word: str) -> None:
    """A password with any signs ends in the right servers or a usage error, and is never shown."""
    value = form.format(hosts="itshost:7", password=f"{raw}{SECRET}{after}")
    words, environ = (["env:V"], {"V": value}) if word == "env:V" else ([value], {})
    settings, told = outcome(words, environ)
    for target in settings.targets if settings else ():
        assert all(SECRET not in host for host, _ in target.hosts if not host.startswith("/"))
    assert SECRET not in told


def outcome(words: list[str], environ: dict[str, str]) -> tuple[Settings | None, str]:
    """Return the settings, or None after a usage error, and all that is said."""
    try:
        settings = argv.parse(words, environ)
    except UsageError as error:
        return None, str(error)
    told = [f"{target} {target.note}" for target in settings.targets]
    return settings, " ".join([*told, *settings.left_out, *settings.warnings])


def test_the_table_finds_a_driver() -> None:
    """A name with a driver is found by its own row, or by that of any driver, and only by these."""
    found = application_schemes.find("clickhouse+http", OF_A_CHECK)
    assert found is not None
    assert found.options == "http"
    assert application_schemes.find("clickhouse+native", OF_A_CHECK) is not found
    assert application_schemes.find("mysql2+driver", OF_A_CHECK) is None
