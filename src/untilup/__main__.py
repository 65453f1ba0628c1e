"""Where untilup begins: a signal ends it quietly from here on, also while the rest is imported."""

from __future__ import annotations

from time import monotonic

from untilup import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Wait until every target is up, then become the command, or exit."""
    started = monotonic()
    signals.end_at_once()
    from untilup import story  # and with it everything else

    story.tell(started)


if __name__ == "__main__":
    main()
