"""Print which modules untilup imports, by running every scenario: trace_imports.py DIRECTORY...

Each line is a module's name, its file, 1 for a package, and what needs it: `start` (all is up at the
first attempt), `wait`, or `other` (help, mistakes, a bug). The lines are sorted by name, because
threads import in any order. The interpreter that will contain the modules runs this script, with the
DIRECTORYs as its search path. The script's own imports would count, so it has almost none.
"""

import _socket
import _thread
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from untilup.targets.syntax import TargetSyntax

    Arguments = tuple[str, ...]

NOWHERE = "127.0.0.1:1"
DELAY = 0.01
# The first word of a scenario whose stderr is a terminal.
TERMINAL = "TERMINAL"
# For attempts at a server that accepts and then is silent.
ONE_ATTEMPT = ("--once", "--attempt-timeout", "300ms")
# The variables of the scenarios that are no start and no wait: one that is warned of, and values for env:
# that are no plain URLs.
VARIABLES = {
    "UNTILUP_NO_SUCH_OPTION": "1",
    "QUOTED": "'localhost:1'",
    "ARRAY": '["localhost:1"]',
    "SECRET_FILE": "/etc/passwd",
}
# How a client's first request begins, and an answer after which it asks for more: Redis's PING; a request
# of Kafka, which is short, for ApiVersions; PRELOGIN of SQL Server, which requires encryption.
ANSWERS = {
    b"*1\r\n$4\r\nPING": b"+PONG\r\n",
    b"\0\0\0\x11\0\x12": b"\0\0\0\x0aupup" + bytes(6),
    b"\x12\x01": bytes.fromhex("0401000f 00000100 01 0006 0001 ff 03"),
}


class Ended(BaseException):
    """Raised when untilup exits, or would execute the command."""


def end(*_: object) -> None:
    """Replace a function that does not return."""
    raise Ended


def scenarios(up: str, web: str) -> "Iterator[tuple[str, list[Arguments]]]":
    """Yield each feature that imports modules, and the arguments of its scenarios.

    *up* is a target that is up and silent, *web* one that answers as answer_to() does.
    """
    yield (
        "start",
        [
            (up, "--", "true"),
            (up,),
            (f"{up}#timeout=5s",),
        ],
    )
    yield (
        "wait",
        [
            # Long enough for an attempt at each, however busy the machine is.
            ("-t", "1s", NOWHERE, "localhost:1", "no-such-name.invalid:1"),
            ("-t", "300ms", "--no-strict", "-v", NOWHERE, "--", "true"),
            ("--once", up, NOWHERE),
            ("-t", "300ms", "--any", "--stable", "100ms", f"{NOWHERE}#optional", up),
            ("-t", "300ms", "--no-strict", "--down", "--splay", "1ms", up),
            # Too short for a live display.
            (TERMINAL, "-t", "200ms", NOWHERE),
        ],
    )
    yield (
        "other",
        [
            *of_every_scheme(up),
            ("--once", "unix:///nowhere", "file:///#nonempty&stable=1s", "dns://localhost"),
            (
                *ONE_ATTEMPT,
                f"http://joe:x@{up}/?x#header=A:b&contains=x",
                "http://localhost#unix=/nowhere",
            ),
            (
                "--once",
                f"http://{web}#json=a=x&lacks=x&redirects=1",
                f"tcp://{web}#send=x&expect=y",
            ),
            (*ONE_ATTEMPT, f"tls://{up}#expect=x", "unix:///nowhere#expect=x"),
            # What these ask for after the first answer has modules of its own.
            ("--once", f"redis://{web}#cluster", f"kafka://{web}#topic=x", f"mssql://{web}"),
            ("--once", "file:///etc/passwd#contains=root&failed=/nowhere"),
            ("-t", "300ms", "--log-format", "json", NOWHERE, up),
            (up, "--", "/etc/passwd"),
            (up, "--", "no-such-program"),
            ("--help",),
            ("--version",),
            ("--completion", "bash"),
            # Refused, because it is no regular file: a copy would stay.
            ("--copy-to", "/dev/null"),
            ("-t5", up),
            ("--no-such-option",),
            ("no-port",),
            (f"{up}#no-such-option",),
            ("no-such-scheme://db",),
            ("-v", "--once", f"redis://{up}/0?no-such-parameter=1"),
            ("--once", "env:QUOTED#scheme=redis", "env:ARRAY", "env:NOT_SET#if-set"),
            ("env:SECRET",),
            (*ONE_ATTEMPT, f"jdbc:sqlserver://{up};databaseName=x", f"mysql2://{up}/x"),
            ("sqlite:///x",),
            ("env:QUOTED#scheme=no-such-scheme",),
            ("--once", "b\u00fccher.invalid:1"),
            ("--once", "exec:true #status=0", "exec:no-such-program"),
            ("exec:'",),
            (*ONE_ATTEMPT, f"tls://{up}#insecure", f"https://{up}"),
            (
                *ONE_ATTEMPT,
                f"kafka://{up},{NOWHERE}/#tls",
                f"mongodb://{up},{NOWHERE}/?tls=true#primary",
            ),
            ("--once", "-t", "300ms", f"postgresql+asyncpg://{up}/?sslmode=require"),
            ("--once", f"https://{up}#ca=/nowhere", f"https://{up}#cert=/etc/passwd"),
            # Bytes that are not UTF-8, as os.fsdecode gives them.
            ("db\udcff:80",),
            ("--no-such\udcff=\n",),
            ("--timeout=\udcff\n", up),
            (up, "--", "no-such-\udcff"),
            (),
            # A name with wide characters needs the table of their widths.
            (TERMINAL, "-t", "3s", NOWHERE, "file:///\u4f8b"),
        ],
    )


def answer_to(request: bytes) -> bytes:
    """Return the answer to the first *request* of a client: in JSON, if it is none of ANSWERS."""
    for beginning, answer in ANSWERS.items():
        if request.startswith(beginning):
            return answer
    return b'HTTP/1.1 200 OK\r\n\r\n{"a": 1}'


def answer_all(server: "_socket.socket") -> int:
    """Answer all clients of *server* in another process, and return its PID."""
    pid = os.fork()
    while not pid:
        client = _socket.socket(fileno=getattr(server, "_accept")()[0])  # noqa: B009 - typeshed lacks it
        client.send(answer_to(client.recv(4096)))
        client.close()
    return pid


def listening() -> tuple["_socket.socket", str]:
    """Return a socket that listens, and its host and port."""
    server = _socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server, f"127.0.0.1:{server.getsockname()[1]}"


def of_every_scheme(up: str) -> "list[Arguments]":
    """Return scenarios for all checks, so that a new check is frozen, too.

    This imports the checks, so it must not run before the scenarios of a start and of a wait.
    """
    from untilup import checks

    files = [name for path in checks.__path__ for name in os.listdir(path)]  # noqa: PTH208 - an import
    schemes = sorted(name[:-3] for name in files if name.endswith(".py") and name[0] != "_")
    at_a_port = [scheme for scheme in schemes if has_port(checks.syntax_of(scheme))]
    others = [scheme for scheme in schemes if scheme not in at_a_port]
    return [
        (*ONE_ATTEMPT, *(valid(scheme, up) for scheme in at_a_port)),
        # An invalid target is good enough: the check is imported.
        *((*ONE_ATTEMPT, f"{scheme}:///nowhere") for scheme in others),
    ]


def valid(scheme: str, up: str) -> str:
    """Return a target of *scheme* that is no usage error, which would end the scenario of all schemes."""
    from untilup.cli.targets import parse_target
    from untilup.errors import UsageError

    for target in (f"{scheme}://{up}", f"{scheme}://{up}/x"):
        try:
            parse_target(target, 0.0, {})
        except UsageError:
            continue
        return target
    raise SystemExit(f"trace_imports.py has no valid target of {scheme}://")


def has_port(syntax: "TargetSyntax | None") -> bool:
    """Tell whether a target may be a host and a port."""
    return syntax is not None and syntax.host and syntax.port is not None


def run(main: "Callable[[], object]", scenario: "Arguments") -> None:
    """Run one scenario until its watchers have ended, because they import modules, too."""
    nowhere = os.dup(2)
    if scenario[:1] == (TERMINAL,):
        scenario = scenario[1:]
        on_a_terminal()
    sys.argv = ["untilup", *scenario]
    try:
        main()
    except (Ended, SystemExit):
        pass
    os.dup2(nowhere, 2)
    os.close(nowhere)
    while _thread._count():  # noqa: SLF001 - they are not threading's
        time.sleep(DELAY)


def on_a_terminal() -> None:
    """Make stderr a terminal that nothing reads; its other end stays open, and main() replaces it."""
    _, terminal = os.openpty()
    os.dup2(terminal, 2)
    os.environ["TERM"] = "xterm"


def meet_a_bug(main: "Callable[[], object]", up: str) -> None:
    """Raise an unexpected exception, which is printed with its traceback."""
    import untilup.checks.tcp

    untilup.checks.tcp.check = end_by_zero  # type: ignore[assignment]  # with any arguments
    run(main, ("-t", "1", up))


def end_by_zero(*_: object) -> None:
    raise ZeroDivisionError


def main() -> None:
    """Run all scenarios with their output discarded; then print the modules."""
    # Both fail without their extension modules, but only after they have imported others.
    sys.modules["bz2"] = sys.modules["lzma"] = None  # type: ignore[assignment]  # as if it were absent
    from untilup.__main__ import main as untilup

    os._exit = os.execv = end  # type: ignore[assignment]  # it replaces both
    printed = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    _silent, up = listening()
    answering, web = listening()
    answers = answer_all(answering)
    needs: dict[str, str] = {}
    for need, runs in scenarios(up, web):
        if need == "other":
            os.environ.update(VARIABLES)
        for scenario in runs:
            run(untilup, scenario)
        if need == "other":
            meet_a_bug(untilup, up)
        for name in list(sys.modules):
            needs.setdefault(name, need)
    os.kill(answers, 9)
    os.waitpid(answers, 0)
    sys.stdout.flush()
    os.dup2(printed, 1)
    for name, need in sorted(needs.items()):
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        spec = getattr(module, "__spec__", None)
        # os.path, for example, is another module under a second name.
        if spec and spec.name == name and file and file.endswith(".py"):
            print(name, file, int(hasattr(module, "__path__")), need)


if __name__ == "__main__":
    sys.path[:0] = sys.argv[1:]
    main()
