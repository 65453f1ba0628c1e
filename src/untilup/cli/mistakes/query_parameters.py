"""Warnings, with --verbose, about query parameters that untilup and the drivers do not know."""

from __future__ import annotations

from untilup import display
from untilup.targets.fragment import may_be_a_name
from untilup.targets.query import parse_query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from untilup.targets.target import Target

# Each driver has these, or passes them on: what they set does not decide whether a server is up.
_TIMES = "timeout connect_timeout connecttimeout connection_timeout connecttimeoutms sockettimeoutms socket_timeout socket_connect_timeout read_timeout write_timeout heartbeat"
_POOL = "pool_size poolsize pool_timeout max_overflow maxpoolsize minpoolsize connection_limit max_connections"
_SSL = "ssl sslmode sslrootcert sslcert sslkey sslpassword sslcrl sslcrldir ssl_ca ssl_cert ssl_key ssl_mode ssl-mode tls"
# libpq, section 32.1.2; asyncpg, psycopg, Prisma and SQLAlchemy; then pgjdbc's "Connection Parameters".
_POSTGRES = f"{_SSL} sslaccept serverversion socket_dir unix_sock socket_options sslfactory sslhostnameverifier sslresponsetimeout applicationname defaultrowfetchsize fetchsize logintimeout preparethreshold preparedstatementcachequeries preparedstatementcachesizemib rewritebatchedinserts stringtype targetservertype hostrecheckseconds loadbalancehosts tcpkeepalive readonly autosave adaptivefetch binarytransfer assumeminserverversion escapesyntaxcallmode host hostaddr port dbname user password passfile require_auth channel_binding client_encoding options application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout replication gssencmode gssdelegation krbsrvname gsslib sslnegotiation sslcompression sslcertmode sslsni requirepeer ssl_min_protocol_version ssl_max_protocol_version target_session_attrs load_balance_hosts service currentschema schema search_path pgbouncer prepared_statement_cache_size statement_cache_size server_settings command_timeout async_fallback"
# mysqlclient, PyMySQL, mysql2, Doctrine, Prisma and Go's driver; then "Configuration Properties" of Connector/J.
_MYSQL = f"{_SSL} sslaccept serverversion user username password socketpath localsocket unixsocket autoreconnect cacheprepstmts useserverprepstmts prepstmtcachesize prepstmtcachesqllimit rewritebatchedstatements allowmultiqueries connectioncollation zerodatetimebehavior tinyint1isbit createdatabaseifnotexist nullcatalogmeanscurrent usejdbccomplianttimezoneshift uselegacydatetimecode connectiontimezone forceconnectiontimezonetosession tcpkeepalive sessionvariables trustservercertificate charset collation unix_socket socket init_command sql_mode autocommit use_unicode local_infile compress parsetime loc multistatements usessl requiressl servertimezone allowpublickeyretrieval verifyservercertificate characterencoding useunicode encoding reconnect pool auth_plugin binary_prefix tls_ca"
# redis-py, hiredis, ioredis, go-redis, Celery and Lettuce.
_REDIS = "db verifypeer skip_verify sentinelmasterid service_name sentinel_username sentinel_password libraryname libraryversion max_retries min_idle_conns max_idle_conns dial_timeout ssl_cert_reqs ssl_ca_certs ssl_ca_path ssl_ca_data ssl_certfile ssl_keyfile ssl_check_hostname ssl_min_version ssl_ciphers ssl_validate_ocsp decode_responses encoding encoding_errors health_check_interval retry_on_timeout protocol client_name username password virtual_host visibility_timeout family database clientname socket_keepalive socket_read_size"
# The "URI options" specification of MongoDB.
_MONGODB = f"{_SSL} appname authmechanism authmechanismproperties authsource compressors directconnection heartbeatfrequencyms journal loadbalanced localthresholdms maxconnecting maxidletimems maxstalenessseconds proxyhost proxypassword proxyport proxyusername readconcernlevel readpreference readpreferencetags replicaset retryreads retrywrites serverselectiontimeoutms serverselectiontryonce servermonitoringmode srvmaxhosts srvservicename timeoutms tlsallowinvalidcertificates tlsallowinvalidhostnames tlscafile tlscertificatekeyfile tlscertificatekeyfilepassword tlsdisablecertificaterevocationcheck tlsdisableocspendpointcheck tlsinsecure uuidrepresentation w waitqueuetimeoutms wtimeoutms zlibcompressionlevel"
# RabbitMQ's "URI Query Parameters", pika and aio-pika.
_AMQP = f"{_SSL} no_verify_ssl cacert cacertfile cafile certfile keyfile verify server_name_indication auth_mechanism channel_max frame_max vhost blocked_connection_timeout connection_attempts retry_delay locale name reconnect_interval fail_fast ssl_options tcp_options backpressure_detection"
KNOWN = {
    "postgres": _POSTGRES,
    "postgresql": _POSTGRES,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "redis": _REDIS,
    "rediss": _REDIS,
    "valkey": _REDIS,
    "valkeys": _REDIS,
    "mongodb": _MONGODB,
    "amqp": _AMQP,
    "amqps": _AMQP,
}


def warnings(targets: Sequence[Target]) -> list[str]:
    """Return a warning for each of *targets* whose query has unknown parameters.

    They are named without their values. A URL of a web server is sent as it is, and not judged.
    """
    return [
        f"{target}: unknown query parameters are ignored: {', '.join(names)}"
        for target in targets
        if (names := _unknown(target))
    ]


def _unknown(target: Target) -> list[str]:
    if target.scheme not in KNOWN or "?" not in target.path:
        return []
    known = {*f"{KNOWN[target.scheme]} {_TIMES} {_POOL}".split()}
    names = [name for name in parse_query(target) if name.lower() not in known]
    # A password with an "&" in it comes apart into what look like names of parameters.
    hidden = display.names_a_secret(target.path)
    return [name if may_be_a_name(name) and not hidden else display.HIDDEN for name in names]
