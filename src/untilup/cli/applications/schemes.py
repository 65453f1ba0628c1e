"""The schemes that applications and their frameworks have, and that no check here has as its name.

The one table of them: docs/targets.md shows it. A name that ends in ``+*`` stands for the name with any
driver, as in SQLAlchemy's ``mssql+pyodbc``. A name that begins with ``jdbc:`` is one of JDBC's alone.
"""

from __future__ import annotations

ANY_DRIVER = "+*"
_SENTINEL = 26379
# The names that libraries have for a Redis at a Unix socket: kombu, Lettuce, limits.
REDIS_SOCKETS = ("redis+socket", "redis-socket", "redis+unix", "valkey+unix")


class Scheme:
    """One row: the *names* that the *frameworks* have for the servers of one kind.

    - *check* is the scheme here; empty if there is no check yet, or no server.
    - *port* is the default port, if it is not that of the check. Without a check, the target is waited
      for by its port; it is 0 if a URL must have one.
    - *options* are those of the target that follow from the name.
    - *absent* is why there is nothing to wait for.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each fact
        self,
        names: str,
        frameworks: str,
        check: str = "",
        port: int = 0,
        *,
        options: str = "",
        absent: str = "",
    ) -> None:
        self.names = names.split()
        self.frameworks = frameworks
        self.check = check
        self.port = port
        self.options = options
        self.absent = absent

    def known(self, name: str) -> str:
        """Return *name*, which is found in this row, as it can be printed: without a driver that is not in it."""
        return name if name in self.names else name.partition("+")[0]

    @property
    def is_sentinel(self) -> bool:
        """Whether the hosts are sentinels, which know where the master of Redis is."""
        return self.port == _SENTINEL


# Names of servers that have a check.
OF_A_CHECK = (
    Scheme("pgsql pdo-pgsql", "Laravel, Doctrine", "postgres"),
    Scheme("psql", "django-environ", "postgres"),
    Scheme("postgis", "GeoDjango, Rails", "postgres"),
    Scheme(
        "timescale timescalegis timescaledb timescaledb+*",
        "dj-database-url, SQLAlchemy",
        "postgres",
    ),
    Scheme(
        "cockroachdb cockroachdb+* cockroach crdb-postgres",
        "SQLAlchemy, Django, Rails, golang-migrate, Ory",
        "postgres",
    ),
    Scheme("pgx pgx4 pgx5", "golang-migrate", "postgres"),
    Scheme("pg", "Knex, node-postgres", "postgres"),
    Scheme("ecto", "Phoenix (Ecto)", "postgres"),
    Scheme("redshift redshift+*", "SQLAlchemy, Django, JDBC", "postgres", 5439),
    Scheme("jdbc:yugabytedb", "JDBC", "postgres", 5433),
    Scheme("mysql2 trilogy", "Rails, Doctrine, django-environ", "mysql"),
    Scheme("mysqli pdo-mysql", "Doctrine", "mysql"),
    Scheme("mysqlgis mysql-connector", "dj-database-url, django-environ", "mysql"),
    Scheme("starrocks starrocks+* doris doris+*", "SQLAlchemy", "mysql", 9030),
    Scheme("rediscache", "django-environ", "redis"),
    Scheme("hiredis", "django-cache-url", "redis"),
    Scheme("predis redis+predis redis+phpredis", "php-enqueue", "redis"),
    Scheme("redis+cluster redis-cluster", "limits, Flask-Limiter", "redis"),
    Scheme("valkey+cluster", "limits", "valkey"),
    Scheme("redis+ssl redis+tls", "Lettuce", "rediss"),
    Scheme(
        "sentinel redis-sentinel redis+sentinel",
        "Celery (kombu), Lettuce, limits",
        "redis",
        _SENTINEL,
    ),
    Scheme("rediss-sentinel rediss+sentinel", "Lettuce, Prefect", "rediss", _SENTINEL),
    Scheme("valkey+sentinel", "limits", "valkey", _SENTINEL),
    Scheme("memcache pymemcache", "django-environ", "memcached"),
    Scheme("pymemcached djangopylibmc", "django-cache-url", "memcached"),
    Scheme("pyamqp librabbitmq", "Celery (kombu)", "amqp"),
    Scheme("rabbitmq", "MassTransit", "amqp"),
    Scheme("rabbitmqs", "MassTransit", "amqps"),
    Scheme("amqp+ext amqp+lib amqp+bunny", "php-enqueue", "amqp"),
    Scheme("phpamqplib", "Symfony Messenger", "amqp"),
    Scheme("confluentkafka", "Celery (kombu)", "kafka"),
    Scheme("zk", "Mesos, Marathon", "zookeeper"),
    Scheme("submission smtp+tls", "dj-email-url, django-environ", "smtp", 587),
    Scheme("submissions smtp+ssl", "dj-email-url, django-environ", "smtps"),
    Scheme("sftp", "Spring, Flysystem", "ssh"),
    Scheme("clickhouse+native clickhouse+asynch clickhouse+*", "SQLAlchemy", "clickhouse"),
    Scheme("clickhouses", "clickhouse-driver", "clickhouse", options="tls"),
    Scheme(
        "clickhouse+http clickhousedb clickhousedb+*", "SQLAlchemy", "clickhouse", options="http"
    ),
    Scheme("clickhouse+https", "SQLAlchemy", "clickhouse", options="http&tls"),
    Scheme("jdbc:clickhouse jdbc:ch", "JDBC", "clickhouse", options="http"),
    Scheme("elasticsearch2 elasticsearch5 elasticsearch7", "django-environ", "elasticsearch"),
    Scheme("openbao", "the clients of OpenBao", "vault"),
    Scheme("mssql+* mssqlms", "SQLAlchemy, Django", "mssql"),
    Scheme("sqlserver sqlsrv pdo-sqlsrv", "JDBC, Prisma, Rails, Laravel", "mssql"),
    Scheme("oracle+* oraclegis", "SQLAlchemy, Django", "oracle"),
    Scheme("oracle-enhanced oci8 pdo-oci", "Rails, Doctrine", "oracle"),
    Scheme("scylla scylladb", "the clients of ScyllaDB", "cassandra"),
    Scheme("neo4j+s bolt+s", "the drivers of Neo4j", "neo4j", options="tls"),
    Scheme("neo4j+ssc bolt+ssc", "the drivers of Neo4j", "neo4j", options="tls&insecure"),
    Scheme("bolt+routing", "the drivers of Neo4j", "neo4j"),
    Scheme("ssl", "Paho (MQTT), ActiveMQ", "tls"),
)
# Names of servers that have no check yet. When one gets a check, its row goes.
WITHOUT_A_CHECK = (
    Scheme("db2 db2+* ibm-db2", "SQLAlchemy, Doctrine, JDBC", port=50000),
    Scheme("firebird firebird+* jdbc:firebirdsql jdbc:firebird", "SQLAlchemy, JDBC", port=3050),
    Scheme("vertica vertica+*", "SQLAlchemy, JDBC", port=5433),
    Scheme("hana hana+* jdbc:sap", "SQLAlchemy, JDBC", port=30015),
    Scheme("trino presto", "SQLAlchemy, JDBC", port=8080),
    Scheme("hive hive+* jdbc:hive2", "SQLAlchemy, JDBC", port=10000),
    Scheme("crate", "SQLAlchemy", port=4200),
    Scheme("libsql", "Turso, Prisma", port=443),
    Scheme("solr", "django-environ", port=8983),
    Scheme("couchdb", "Celery", port=5984),
    Scheme("couchbase", "Celery", port=11210),
    Scheme("arangodb", "Celery", port=8529),
    Scheme("influxdb", "influxdb-python", port=8086),
    Scheme("imap", "RFC 5092", port=143),
    Scheme("imaps", "Symfony, ImapFlow", port=993),
    Scheme("pop3", "Symfony, Spring", port=110),
    Scheme("ftp", "RFC 1738", port=21),
    Scheme("beanstalkd beanstalk", "Symfony Messenger, php-enqueue", port=11300),
    Scheme("gearman", "php-enqueue", port=4730),
    Scheme("stomp", "php-enqueue, ActiveMQ", port=61613),
    Scheme("pulsar", "the clients of Pulsar", port=6650),
    Scheme("pulsar+ssl", "the clients of Pulsar", port=6651),
    Scheme("qpid", "Celery (kombu)", port=5672),
    Scheme("rabbitmq-stream", "the clients of RabbitMQ streams", port=5552),
    Scheme("sqs", "Celery (kombu), with LocalStack or ElasticMQ", port=443),
    Scheme("jdbc:h2", "H2 as a server", port=9092),
    Scheme("jdbc:hsqldb", "HSQLDB as a server", port=9001),
    Scheme("jdbc:derby", "Derby as a server", port=1527),
    Scheme("ws", "RFC 6455", port=80),
    Scheme("wss", "RFC 6455", port=443),
)
_OF_THE_APPLICATION = "it is in the application itself"
_IN_ITS_DATABASE = "it is in the application's database, which is a target of its own"
_BY_ITSELF = "the mail goes to no server"
# Names of what has no server.
WITHOUT_A_SERVER = (
    Scheme(
        "sqlite sqlite3 sqlite+* sqlite3+* better-sqlite3 spatialite pdo-sqlite",
        "Django, SQLAlchemy, Rails, Doctrine, Ory",
        absent="SQLite has no server",
    ),
    Scheme("duckdb duckdb+*", "SQLAlchemy, JDBC", absent="DuckDB has no server"),
    Scheme("nulldb", "Rails", absent="it is no database"),
    Scheme("memory", "Celery (kombu), limits, Ory", absent=_OF_THE_APPLICATION),
    Scheme("filesystem", "Celery (kombu)", absent="it is a directory"),
    Scheme("rpc", "Celery", absent="the results are at the broker, which is a target of its own"),
    Scheme("locmem dummy", "django-cache-url", absent=_OF_THE_APPLICATION),
    Scheme(
        "locmemcache dummycache filecache uwsgicache inmemory",
        "django-environ",
        absent=_OF_THE_APPLICATION,
    ),
    Scheme("dbcache db", "django-environ, django-cache-url", absent=_IN_ITS_DATABASE),
    Scheme("in-memory sync", "Symfony Messenger", absent=_OF_THE_APPLICATION),
    Scheme("doctrine dbal", "Symfony Messenger, php-enqueue", absent=_IN_ITS_DATABASE),
    Scheme("flock semaphore", "Symfony Lock", absent=_OF_THE_APPLICATION),
    Scheme("null", "Symfony Mailer, php-enqueue", absent="nothing is sent"),
    Scheme("sendmail native", "Symfony Mailer", absent="it is a program"),
    Scheme(
        "consolemail filemail memorymail dummymail console", "django-environ", absent=_BY_ITSELF
    ),
    Scheme("vm", "ActiveMQ", absent=_OF_THE_APPLICATION),
    Scheme("whoosh xapian", "django-environ", absent="it is a directory"),
    Scheme("sqs", "Celery (kombu), Symfony", absent="Amazon is not waited for"),
    Scheme("jdbc:tc", "Testcontainers", absent="the application starts it"),
    Scheme("jdbc:h2 jdbc:hsqldb jdbc:derby", "JDBC, R2DBC", absent=_OF_THE_APPLICATION),
)
# Names of a library that stand before another scheme, which is the one that counts.
BEFORE_A_SCHEME = {
    "db": "Celery (result backend)",
    "cache": "Celery (result backend)",
    "sqla": "Celery (kombu)",
    "sqlalchemy": "Celery (kombu)",
    "async": "limits",
}


def find(name: str, rows: tuple[Scheme, ...]) -> Scheme | None:
    """Return the one of *rows* that has the *name*, in lower case and perhaps with a driver."""
    family = name.partition("+")[0] + ANY_DRIVER
    exact = next((row for row in rows if name in row.names), None)
    if exact or "+" not in name:
        return exact
    return next((row for row in rows if family in row.names), None)
