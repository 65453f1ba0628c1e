"""Make coverage's data of what the processes that the tests started have traced.

    python -m tests.support.traces DIRECTORY FILE

reads the files that tests/support/coverage_site wrote into DIRECTORY, and writes FILE for
`coverage combine`.
"""

from __future__ import annotations

import marshal
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from coverage import CoverageData

# How coverage's tracer packs a pair of lines into a number: two numbers of 28 bits, then their signs.
BITS = 28
LINE = (1 << BITS) - 1


def main(directory: str, file: str) -> None:
    """Write *file* from the files in *directory*."""
    data = CoverageData(file)
    data.erase()
    data.add_arcs(
        {source: [*map(unpacked, pairs)] for source, pairs in traced(Path(directory)).items()}
    )
    data.write()


def traced(directory: Path) -> dict[str, set[int]]:
    """Return the packed pairs of lines of each source file that any process has executed."""
    together: dict[str, set[int]] = defaultdict(set)
    for file in directory.iterdir():
        # A process that was killed while it wrote leaves part of a file.
        if not file.suffix:
            of_process: dict[str, Iterable[int]] = marshal.loads(file.read_bytes())
            for source, pairs in of_process.items():
                together[source].update(pairs)
    return together


def unpacked(packed: int) -> tuple[int, int]:
    """Return the two lines of a pair; the line is negative where a function begins or ends."""
    first, second = packed & LINE, packed >> BITS & LINE
    return (
        -first if packed >> 2 * BITS & 1 else first,
        -second if packed >> 2 * BITS + 1 & 1 else second,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
