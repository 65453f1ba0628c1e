"""What an interpreter that goes on in another process takes over from it, as far as Python knows it.

Only argv is needed at once. All else waits until something is imported that is not there yet.
"""

from __future__ import annotations

import os
import sys
from time import time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import IO, Any

# What a preloaded module has asked os.register_at_fork for.
hooks: list[dict[str, Callable[[], object]]] = []
# Modules that remember which process they are in, and with them what imports them for the wait.
held_back: dict[str, ModuleType] = {}


def resume(argv: list[str], ignored: tuple[int, ...]) -> None:
    """Take over what the process was started with, now or when it is needed.

    *ignored* are the signals that were ignored of those that CPython ignores.
    """
    vars(sys.modules["untilup.process.signals"])["ignored_at_start"] = ignored
    sys.argv = argv
    sys.orig_argv = argv.copy()
    sys.meta_path.insert(0, Gate)
    sys.excepthook = show


def show(*exception: Any) -> None:
    """Show an exception that nobody has caught: until the gate is open there is no stream for it."""
    import threading  # noqa: F401 - held back, as others are, it opens the gate

    sys.__excepthook__(*exception)


class Gate:
    """The first finder, which hears of every import of a module that is not there yet.

    CPython asks one finder at a time, in whatever threads there are imports. So all others wait
    here for the one that opens the gate, or come when it is open.
    """

    have_pages: Callable[[], None]
    is_open = False

    @classmethod
    def find_spec(cls, name: str, *_: object) -> ModuleSpec | None:
        """Open the gate, for good; return the specification of *name* if it was held back."""
        if not cls.is_open:
            cls.is_open = True
            cls._open()
        if name not in held_back:
            return None
        specification: ModuleSpec = vars(held_back[name])["__spec__"]
        specification.loader = cls  # type: ignore[assignment]  # a class is a loader, too
        return specification

    @classmethod
    def _open(cls) -> None:
        cls.have_pages()
        take_over_streams()
        release()
        # Another list: whoever is on the way along this one would miss the finder behind the gate.
        sys.meta_path = [finder for finder in sys.meta_path if finder is not cls]

    @staticmethod
    def create_module(specification: ModuleSpec) -> ModuleType:
        """Return the module, which is there already."""
        return held_back[specification.name]

    @staticmethod
    def exec_module(_: ModuleType) -> None:
        """Do nothing: it was executed before the snapshot was taken."""


def release() -> None:
    """Let the modules in that were held back, once they know about this process."""
    for hook in hooks:
        os.register_at_fork(**hook)
    held_back["random"].seed()
    vars(held_back["threading"].main_thread())["_native_id"] = os.getpid()
    vars(held_back["logging"])["_startTime"] = time_ns()
    for name, module in held_back.items():
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)


def take_over_streams() -> None:
    """Make sys.stdin, sys.stdout and sys.stderr as CPython makes them."""
    streams = {
        "stdin": stream(0, "r", errors="surrogateescape"),
        "stdout": stream(1, "w", errors="surrogateescape", newline="\n"),
        # By the line, whatever it is: _exit() would leave behind what is buffered.
        "stderr": stream(2, "w", buffering=1, errors="backslashreplace", newline="\n"),
    }
    for name, made in streams.items():
        vars(sys)[name] = vars(sys)[f"__{name}__"] = made


def stream(descriptor: int, mode: str, **options: Any) -> IO[Any] | None:
    """Return a stream; None where its descriptor is closed, or was until untilup has filled it."""
    try:
        return open(descriptor, mode, encoding="utf-8", closefd=False, **options)
    except OSError:
        return None
