"""Measures untilup's processes as coverage does, for a tenth of the processor time.

Python imports this module when it starts, in the processes that tests have measured. The package coverage
takes 200 ms to import, five times what untilup takes to start. So only its tracer is loaded, a C extension.
What it has traced becomes a file of each process. tests/support/traces.py makes coverage's data of them.
"""

from __future__ import annotations

import _thread
import atexit
import marshal
import os
import time
from importlib.machinery import ExtensionFileLoader, ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Without pathlib, which untilup does not import either. With the slash that ends it.
SOURCE = f"{__file__.removesuffix('tests/support/coverage_site/sitecustomize.py')}src/untilup/"


def load(path: str) -> Any:
    """Return coverage's module tracer, without the package that it is in."""
    loader = ExtensionFileLoader("coverage.tracer", path)
    module = loader.create_module(ModuleSpec("coverage.tracer", loader, origin=path))
    loader.exec_module(module)
    return module


class Traces:
    """What the threads of this process have executed of untilup's source, for the *directory*."""

    def __init__(self, extension: str, directory: str) -> None:
        self._tracer = load(extension)
        self._directory = directory
        # Pairs of lines by file, each pair packed into one number.
        self._pairs: dict[str, set[int]] = {}
        self._files: dict[str, Any] = {}

    def start(self) -> None:
        """Trace this thread, as coverage's Collector does."""
        tracer = self._tracer.CTracer()
        tracer.data = self._pairs
        tracer.trace_arcs = True
        tracer.should_trace = self._should_trace
        tracer.should_trace_cache = self._files
        tracer.lock_data = tracer.unlock_data = _nothing
        tracer.file_tracers = {}
        tracer.concur_id_func = tracer.should_start_context = None
        tracer.start()

    def _should_trace(self, file: str, _frame: object) -> Any:
        answer = self._tracer.CFileDisposition()
        answer.original_filename = answer.canonical_filename = answer.source_filename = file
        answer.trace = file.startswith(SOURCE)
        answer.reason = ""
        answer.file_tracer = None
        answer.has_dynamic_filename = False
        return answer

    def save(self) -> None:
        """Write what has been traced, unless the process may not or cannot."""
        # tuple() copies a set before another thread can change it.
        content = marshal.dumps({file: tuple(pairs) for file, pairs in [*self._pairs.items()]})
        name = f"{self._directory}/{os.getpid()}-{time.monotonic_ns()}"
        try:
            with open(f"{name}.partial", "xb") as file:  # noqa: PTH123 - see SOURCE
                file.write(content)
            os.rename(f"{name}.partial", name)  # noqa: PTH104 - the same
        except OSError:
            pass

    def saved_before(self, end: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function *end*, which ends this program, preceded by save()."""

        def save_and_end(*arguments: Any) -> Any:
            self.save()
            return end(*arguments)

        return save_and_end


def _nothing() -> None:
    """Do without a lock: a single dictionary or set has one of its own."""


def traced_threads(start: Callable[..., int], traces: Traces) -> Callable[..., int]:
    """Return the function *start*, _thread.start_new_thread, for threads that are traced too."""

    def start_traced(function: Callable[..., object], *arguments: Any) -> int:
        def traced(*positional: Any, **named: Any) -> None:
            traces.start()
            function(*positional, **named)

        return start(traced, *arguments)

    return start_traced


def measure(extension: str, directory: str) -> None:
    """Trace this process with the tracer *extension*, to a file in *directory*."""
    traces = Traces(extension, directory)
    for end in ("_exit", "execv", "execve"):
        setattr(os, end, traces.saved_before(getattr(os, end)))
    atexit.register(traces.save)
    _thread.start_new_thread = traced_threads(_thread.start_new_thread, traces)
    traces.start()


if "COVERAGE_TRACES" in os.environ:
    measure(os.environ["COVERAGE_TRACER"], os.environ["COVERAGE_TRACES"])
