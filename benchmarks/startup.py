"""How long untilup takes from its spawn to the command, one target up.

Everything is timed from just before posix_spawn to the exit of the process. untilup becomes a
command that does nothing (a static C program where there is a compiler, else /bin/true), whose
own median from spawn to exit is measured in the same rounds and taken off: what is left is the time
from spawn to exec. One spawn goes with it (a fraction of a millisecond); the interpreters that do
nothing keep theirs, and their exit.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import rounds
from rounds import Ended

BASE = "`python -I -S -c pass`"
COMMAND = "the command alone"
PROMISED = 3.0

NOTHING = "int main(void) { return 0; }"
EXEC = """
#include <unistd.h>
int main(int count, char **words) { return count < 2 || execv(words[1], words + 1); }
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--pip", default="pip", help="what installs: pip==26.3; else Python's own")
    arguments = parser.parse_args()
    with (
        rounds.installed(pip=arguments.pip) as programs,
        tempfile.TemporaryDirectory() as folder,
        rounds.open_port() as server,
    ):
        nothing = compiled("nothing", NOTHING, Path(folder))
        command = nothing or Path("/bin/true")
        target = rounds.address(server)

        def case(*argv: str | Path) -> Callable[[], Ended]:
            def measure() -> Ended:
                result = rounds.run(argv)
                rounds.hang_up([server])
                return result

            return measure

        python, untilup = programs / "python", programs / "untilup"
        cases = {
            COMMAND: case(command),
            BASE: case(python, "-I", "-S", "-c", "pass"),
            "`python -c pass`": case(python, "-c", "pass"),
            "`untilup --settle 0`": case(untilup, "--settle", "0", target, "--", command),
            "`untilup`, default settle": case(untilup, target, "--", command),
        }
        if nothing and (wrapper := compiled("exec", EXEC, Path(folder))):
            cases["a static C program that only execs"] = case(wrapper, command)
        results = rounds.interleaved(cases, arguments.rounds)
        print_results(results)
        if nothing is None:
            print("\nNo C compiler (cc) that links statically: /bin/true is the command.")
        print(f"\n{written_by(programs)}")


def print_results(results: dict[str, list[Ended]]) -> None:
    own = results[COMMAND]
    base = rounds.median_seconds(results[BASE])
    rows = []
    for name, runs in results.items():
        execs = "python" not in name and name != COMMAND
        median = rounds.median_seconds(runs) - execs * rounds.median_seconds(own)
        fastest = fastest_seconds(runs) - execs * fastest_seconds(own)
        times = (rounds.milliseconds(median), rounds.milliseconds(fastest))
        rows.append((name, "exec" if execs else "exit", *times, f"{median / base:.2f}"))
    rounds.print_title(f"Start: one target up, {len(own)} rounds")
    rounds.print_table(
        ("what", "from spawn to", "median", "fastest", f"x {BASE}"),
        rows,
    )
    print(f"\nPromise: `untilup --settle 0` at most {PROMISED:.1f} x {BASE}.")


def fastest_seconds(runs: list[Ended]) -> float:
    return min(run.seconds for run in runs)


def compiled(name: str, source: str, folder: Path) -> Path | None:
    """Return a static program made from C *source*, or None where there is no compiler for that."""
    compiler, program = shutil.which("cc"), folder / name
    if compiler is None:
        return None
    done = subprocess.run(
        [compiler, "-x", "c", "-", "-static", "-O2", "-o", program],
        input=source.encode(),
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return program if done.returncode == 0 else None


def written_by(programs: Path) -> str:
    """Say who wrote the console script: older versions of pip have it import re."""
    version = subprocess.run(
        [programs / "python", "-m", "pip", "--version"], capture_output=True, text=True, check=True
    ).stdout
    script = (programs / "untilup").read_text()
    return (
        f"Console script by {' '.join(version.split()[:2])}; imports re: {'import re' in script}."
    )


if __name__ == "__main__":
    main()
