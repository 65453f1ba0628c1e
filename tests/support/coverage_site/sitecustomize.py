"""Has coverage measure untilup's threads.

Python imports this module when it starts, in the processes that are measured. coverage asks the
threading module to trace what that starts; untilup starts its threads by _thread, without it.
"""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Callable
from typing import Any

start_untraced = _thread.start_new_thread


def start_traced(function: Callable[..., object], arguments: tuple[Any, ...]) -> int:
    """Start a thread that is traced as threading's are."""

    def traced() -> None:
        sys.settrace(threading.gettrace())
        function(*arguments)

    return start_untraced(traced, ())


setattr(_thread, "start_new_thread", start_traced)  # noqa: B010 - its type is overloaded
