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
# For attempts at a server that accepts and then is silent.
ONE_ATTEMPT = ("--once", "--attempt-timeout", "300ms")


class Ended(BaseException):
    """Untilup has ended, or would have executed the command."""


def end(*_: object) -> None:
    """Replace a function that does not return."""
    raise Ended


def scenarios(up: str) -> "Iterator[tuple[str, list[Arguments]]]":
    """Yield what needs modules, and the arguments of its scenarios; *up* is a target that is up."""
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
            (*ONE_ATTEMPT, f"tls://{up}#insecure", f"https://{up}"),
            (
                *ONE_ATTEMPT,
                f"kafka://{up},{up}#tls",
                f"mongodb://{up},{up}/?tls=true#primary",
            ),
            ("--once", "-t", "300ms", f"postgresql+asyncpg://{up}/?sslmode=require"),
            ("--once", f"https://{up}#ca=/nowhere", f"https://{up}#cert=/etc/passwd"),
            # Bytes that are not UTF-8, as os.fsdecode gives them.
            ("db\udcff:80",),
            ("--no-such\udcff=\n",),
            ("--timeout=\udcff\n", up),
            (up, "--", "no-such-\udcff"),
            (),
        ],
    )


def of_every_scheme(up: str) -> "list[Arguments]":
    """Return scenarios for all checks there are, so that a new check is frozen in, too.

    This imports the checks, so it must not run before the scenarios of a start and of a wait.
    """
    from untilup import checks

    files = [name for path in checks.__path__ for name in os.listdir(path)]  # noqa: PTH208 - an import
    schemes = sorted(name[:-3] for name in files if name.endswith(".py") and name[0] != "_")
    at_a_port = [scheme for scheme in schemes if has_port(checks.syntax_of(scheme))]
    others = [scheme for scheme in schemes if scheme not in at_a_port]
    return [
        (*ONE_ATTEMPT, *(f"{scheme}://{up}" for scheme in at_a_port)),
        # An invalid target is good enough: the check is imported.
        *((*ONE_ATTEMPT, f"{scheme}:///nowhere") for scheme in others),
    ]


def has_port(syntax: "TargetSyntax | None") -> bool:
    """Tell whether a target may be a host and a port."""
    return syntax is not None and syntax.host and syntax.port is not None


def run(main: "Callable[[], object]", scenario: "Arguments") -> None:
    """Run one scenario to the end of its watchers, whose imports belong to it."""
    sys.argv = ["untilup", *scenario]
    try:
        main()
    except (Ended, SystemExit):
        pass
    while _thread._count():  # noqa: SLF001 - they are not threading's
        time.sleep(DELAY)


def meet_a_bug(main: "Callable[[], object]", up: str) -> None:
    """Run into an unexpected exception, which is shown with its traceback."""
    import untilup.checks.tcp

    untilup.checks.tcp.check = end_by_zero  # type: ignore[assignment]  # with any arguments
    run(main, ("-t", "1", up))


def end_by_zero(*_: object) -> None:
    raise ZeroDivisionError


def main() -> None:
    """Run all scenarios with their output sent nowhere; then print."""
    # Both fail without their extension modules, but only after they have imported others.
    sys.modules["bz2"] = sys.modules["lzma"] = None  # type: ignore[assignment]  # as if it were absent
    from untilup.__main__ import main as untilup

    os._exit = os.execv = end  # type: ignore[assignment]  # it replaces both
    printed = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    server = _socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    up = f"127.0.0.1:{server.getsockname()[1]}"
    needs: dict[str, str] = {}
    for need, runs in scenarios(up):
        for scenario in runs:
            run(untilup, scenario)
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
        # os.path and the like are other modules under a second name.
        if spec and spec.name == name and file and file.endswith(".py"):
            print(name, file, int(hasattr(module, "__path__")), need)


if __name__ == "__main__":
    sys.path[:0] = sys.argv[1:]
    main()
