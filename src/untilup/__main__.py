"""Where untilup begins: a signal ends it quietly from here on, also while the rest is imported."""

from __future__ import annotations

import gc
import os
import sys
from time import monotonic

from untilup.process import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Wait until every target is up, then execute the command, or exit."""
    started = monotonic()
    gc.disable()  # a start makes no garbage that reference counts miss; backoff.py enables it for a wait
    if "untilup.main" not in sys.modules:  # in the executable it is there
        signals.end_at_once()
        search_own_modules_first()
    from untilup.main import start  # and with it everything else

    start(started)


def search_own_modules_first() -> None:
    """Search PYTHONPATH and the program's directory last, except for where untilup itself is.

    The modules there are the application's, and one may have the name of a module that untilup imports.
    """
    library = os.path.dirname(getattr(os, "__file__", ""))
    if library in sys.path:
        home = os.path.dirname(os.path.dirname(__file__))
        before = sys.path[: sys.path.index(library)]
        own = [directory for directory in before if os.path.abspath(directory) == home]
        others = [directory for directory in before if directory not in own]
        sys.path[:] = [*own, *sys.path[len(before) :], *others]


if __name__ == "__main__":
    main()
