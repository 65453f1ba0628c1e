"""The Python part of resuming: takes over the state of the new process.

Only argv is needed at once. All else waits for the first import of a module that is not loaded yet.
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

# The calls of os.register_at_fork by preloaded modules.
hooks: list[dict[str, Callable[[], object]]] = []
# Modules that know their process, and the module whose import during the wait needs them.
held_back: dict[str, ModuleType] = {}


def resume(argv: list[str], ignored: tuple[int, ...]) -> None:
    """Take over the arguments, the environment and the streams of the process, at once or on demand.

    *ignored* are the signals that were ignored of those that CPython ignores.
    """
    vars(sys.modules["untilup.process.signals"])["ignored_at_start"] = ignored
    sys.argv = argv
    sys.orig_argv = argv.copy()
    sys.meta_path.insert(0, LazyModuleFinder)
    sys.excepthook = show


def show(*exception: Any) -> None:
    """Show an uncaught exception, after taking over the streams for it."""
    import threading  # noqa: F401 - it is held back, so importing it takes over the streams

    sys.__excepthook__(*exception)


class LazyModuleFinder:
    """The first finder: at the first import of a module that is not loaded, it lets all others in.

    Imports in other threads wait here until that is done, or find it done.
    """

    prefault: Callable[[], None]
    is_done = False

    @classmethod
    def find_spec(cls, name: str, *_: object) -> ModuleSpec | None:
        """Take over the process once; return the specification of *name* if it was held back."""
        if not cls.is_done:
            cls.is_done = True
            cls._take_over()
        if name not in held_back:
            return None
        specification: ModuleSpec = vars(held_back[name])["__spec__"]
        specification.loader = cls  # type: ignore[assignment]  # a class is a loader, too
        return specification

    @classmethod
    def _take_over(cls) -> None:
        cls.prefault()
        take_over_streams()
        release()
        # A new list: an import that is iterating over the old one would skip the next finder.
        sys.meta_path = [finder for finder in sys.meta_path if finder is not cls]

    @staticmethod
    def create_module(specification: ModuleSpec) -> ModuleType:
        """Return the module, which is loaded already."""
        return held_back[specification.name]

    @staticmethod
    def exec_module(_: ModuleType) -> None:
        """Do nothing: it was executed before the snapshot was taken."""


def release() -> None:
    """Put back the modules that were held back, once they know about this process."""
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
        # Always line by line: _exit() would lose what is buffered.
        "stderr": stream(2, "w", buffering=1, errors="backslashreplace", newline="\n"),
    }
    for name, made in streams.items():
        vars(sys)[name] = vars(sys)[f"__{name}__"] = made


def stream(descriptor: int, mode: str, **options: Any) -> IO[Any] | None:
    """Return a stream; None if its descriptor is closed, or was before untilup filled it."""
    try:
        return open(descriptor, mode, encoding="utf-8", closefd=False, **options)
    except OSError:
        return None
