"""How many sockets may be open to one host at the same time, so that all hosts have some."""

from __future__ import annotations

import os

# So many sockets may be open to a target, or to each of its hosts, at the same time; fewer if that
# would be more in all than the process may have.
MAX_SOCKETS = 64
# What is left of the descriptors is for lookups and for what is imported.
SHARE_FOR_SOCKETS = 0.75
most_sockets = MAX_SOCKETS


def share(hosts: int) -> None:
    """Have each of so many *hosts* be content with its part of the descriptors (ulimit -n)."""
    global most_sockets  # noqa: PLW0603 - there is one process
    limit = os.sysconf("SC_OPEN_MAX")
    if limit > 0:  # an address of a name, or a lookup, may take one more
        part = int(limit * SHARE_FOR_SOCKETS) // hosts - 1
        most_sockets = max(1, min(part, MAX_SOCKETS))
