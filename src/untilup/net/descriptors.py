"""Limits the sockets that are open to one host at a time, so that the descriptors suffice for all."""

from __future__ import annotations

import os

# Open sockets per host; fewer if all hosts together would exceed the process's limit.
MAX_SOCKETS = 64
# The other descriptors are for lookups and imports.
SHARE_FOR_SOCKETS = 0.75
max_sockets = MAX_SOCKETS
# Given a name, sysconf() makes a new string to look it up. The address of the string differs in each
# process, and so would the pages that the build of the executable records.
OPEN_MAX = os.sysconf_names["SC_OPEN_MAX"]


def share(hosts: int) -> None:
    """Divide the descriptors that the process may open (ulimit -n) among this many *hosts*."""
    global max_sockets  # noqa: PLW0603 - there is one process
    limit = os.sysconf(OPEN_MAX)
    if limit > 0:  # one less: another address, or a lookup, may need one
        part = int(limit * SHARE_FOR_SOCKETS) // hosts - 1
        max_sockets = max(1, min(part, MAX_SOCKETS))
