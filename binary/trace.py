"""Print which modules untilup imports, by running every lane: trace.py FOLDER...

Each line is a module's name, its file, 1 for a package, and what needs it: `start` (all is up at
the first look), `wait`, or `other` (help, mistakes, a bug). In the order of their names, because
which is imported first is left to chance where threads import. To be run by the interpreter that
will have them frozen in, with the FOLDERs as its search path. What this script imports by itself
would count, so it makes do with almost nothing.
"""

import _socket
import _thread
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NOWHERE = "127.0.0.1:1"
PAUSE = 0.01
# Schemes whose servers are asked, in the clear and over TLS.
ASKED = (
    "amqp",
    "kafka",
    "mariadb",
    "memcached",
    "mongodb",
    "mqtt",
    "mysql",
    "nats",
    "postgres",
    "postgresql",
    "redis",
    "valkey",
)
OVER_TLS = ("amqps", "mqtts", "rediss", "valkeys")


class Ended(BaseException):
    """Untilup has ended, or would have become the command."""


def end(*_: object) -> None:
    """Take the place of what does not return."""
    raise Ended


def lanes(up: str) -> "dict[str, list[tuple[str, ...]]]":
    """Return what untilup is asked for, by what needs it."""
    return {
        "start": [
            (up, "--", "true"),
            (up,),
            (f"{up}#timeout=5s",),
        ],
        "wait": [
            # So long that each has been looked at, however busy the machine is.
            ("-t", "1s", NOWHERE, "localhost:1", "no-such-name.invalid:1"),
            ("-t", "300ms", "--no-strict", "-v", NOWHERE, "--", "true"),
            ("--once", up, NOWHERE),
            ("-t", "300ms", "--any", "--stable", "100ms", f"{NOWHERE}#optional", up),
            ("-t", "300ms", "--no-strict", "--down", "--splay", "1ms", up),
        ],
        "other": [
            ("--once", "unix:///nowhere", "file:///#nonempty&stable=1s", "dns://localhost"),
            ("--once", "--attempt-timeout", "100ms", *(f"{each}://{up}" for each in ASKED)),
            (
                *("--once", "--attempt-timeout", "100ms"),
                f"http://joe:x@{up}/?x#header=A:b&contains=x",
                "http://localhost#unix=/nowhere",
            ),
            ("-t", "300ms", "--log-format", "json", NOWHERE, up),
            (up, "--", "/etc/passwd"),
            (up, "--", "no-such-program"),
            ("--help",),
            ("--version",),
            ("-t5", up),
            ("--no-such-option",),
            ("no-port",),
            ("--once", "b\u00fccher.invalid:1"),
            ("--once", "exec:true #status=0", "exec:no-such-program"),
            ("exec:'",),
            ("--once", "--attempt-timeout", "100ms", f"tls://{up}#insecure", f"https://{up}"),
            ("--once", "--attempt-timeout", "100ms", *(f"{each}://{up}" for each in OVER_TLS)),
            (
                *("--once", "--attempt-timeout", "100ms"),
                f"kafka://{up},{up}#tls",
                f"mongodb://{up},{up}/?tls=true#primary",
            ),
            ("--once", "-t", "300ms", f"postgresql+asyncpg://{up}/?sslmode=require"),
            ("--once", f"https://{up}#ca=/nowhere", f"https://{up}#cert=/etc/passwd"),
            # Bytes that are no UTF-8, as os.fsdecode gives them.
            ("db\udcff:80",),
            ("--no-such\udcff=\n",),
            ("--timeout=\udcff\n", up),
            (up, "--", "no-such-\udcff"),
            (),
        ],
    }


def walk(main: "Callable[[], object]", lane: "tuple[str, ...]") -> None:
    """Run one lane, to the end of its watchers: what they still import is this lane's."""
    sys.argv = ["untilup", *lane]
    try:
        main()
    except (Ended, SystemExit):
        pass
    while _thread._count():  # noqa: SLF001 - they are not threading's
        time.sleep(PAUSE)


def meet_a_bug(main: "Callable[[], object]", up: str) -> None:
    """Run into an exception that nobody expects, which is shown with its traceback."""
    import untilup.checks.tcp

    untilup.checks.tcp.check = end_by_zero  # type: ignore[assignment]  # whatever it is given
    walk(main, ("-t", "1", up))


def end_by_zero(*_: object) -> None:
    raise ZeroDivisionError


def main() -> None:
    """Walk all lanes with what they print sent to nowhere; then print."""
    # Each fails where its extension module is left out, but only after it has imported others.
    sys.modules["bz2"] = sys.modules["lzma"] = None  # type: ignore[assignment]  # as if it were absent
    from untilup.__main__ import main as untilup

    os._exit = os.execv = end  # type: ignore[assignment]  # it takes the place of both
    printed = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    server = _socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    up = f"127.0.0.1:{server.getsockname()[1]}"
    needs: dict[str, str] = {}
    for need, walks in lanes(up).items():
        for lane in walks:
            walk(untilup, lane)
        if need == "other":
            meet_a_bug(untilup, up)
        for name in list(sys.modules):
            needs.setdefault(name, need)
    sys.stdout.flush()
    os.dup2(printed, 1)
    for name, need in sorted(needs.items()):
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        spec = getattr(module, "__spec__", None)
        # os.path and the like are other modules, which somebody has put there under a second name.
        if spec and spec.name == name and file and file.endswith(".py"):
            print(name, file, int(hasattr(module, "__path__")), need)


if __name__ == "__main__":
    sys.path[:0] = sys.argv[1:]
    main()
