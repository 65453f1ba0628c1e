"""Print which modules untilup imports, by running every lane: trace.py FOLDER...

Each line is a module's name, its file, and 1 for a package. To be run by the interpreter that
will have them frozen in, with the FOLDERs as its search path.
"""

import contextlib
import io
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path


class Ended(BaseException):
    """Untilup has ended, or would have become the command."""


def end(*_: object) -> None:
    """Take the place of what does not return."""
    raise Ended


def walk(main: Callable[[], object], up: str, down: str) -> None:
    """Run each lane once."""
    lanes = [
        (up, "--", "true"),
        (up, "--", "/etc/passwd"),
        (up, "--", "no-such-program"),
        ("-t", "300ms", down, "localhost:1", "no-such-name.invalid:1"),
        ("-t", "300ms", "--no-strict", "-v", down, "--", "true"),
        ("-t", "300ms", "--log-format", "json", down, up),
        ("--once", up, down),
        ("--help",),
        ("--version",),
        ("-t5", up),
        ("--no-such-option",),
        ("no-port",),
        # Bytes that are no UTF-8, as os.fsdecode gives them.
        ("db\udcff:80",),
        ("--no-such\udcff=\n",),
        ("--timeout=\udcff\n", up),
        (up, "--", "no-such-\udcff"),
        (),
    ]
    for lane in lanes:
        sys.argv = ["untilup", *lane]
        with contextlib.suppress(Ended, SystemExit):
            main()


def meet_a_bug(main: Callable[[], object], up: str) -> None:
    """Run into an exception that nobody expects, which is shown with its traceback."""
    import untilup.checks.tcp

    untilup.checks.tcp.check = end_by_zero  # type: ignore[assignment]  # whatever it is given
    sys.argv = ["untilup", "-t", "1", up]
    with contextlib.suppress(Ended):
        main()


def end_by_zero(*_: object) -> None:
    raise ZeroDivisionError


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Send what the lanes print to nowhere, descriptors included."""
    kept = os.dup(1), os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    for number, descriptor in enumerate(kept, start=1):
        os.dup2(descriptor, number)


if __name__ == "__main__":
    sys.path[:0] = sys.argv[1:]
    from untilup.__main__ import main

    os._exit = os.execv = end  # type: ignore[assignment]  # it takes the place of both
    with quiet(), socket.create_server(("127.0.0.1", 0)) as server:
        up = f"127.0.0.1:{server.getsockname()[1]}"
        walk(main, up, "127.0.0.1:1")
        meet_a_bug(main, up)
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and file.endswith(".py"):
            print(name, file, int(hasattr(module, "__path__")))
