"""How long untilup takes from its spawn to the command, one target up.

Everything is timed from just before posix_spawn to the exit of the process. What becomes a command
(untilup, and a C program that does nothing else) becomes one that does nothing: a static C program
where there is a compiler, else /bin/true. Its own median from spawn to exit is measured in the same
rounds and taken off: what is left is the time from spawn to exec. One spawn and one exit go with it
(a millisecond or less); what only starts and ends, like an interpreter, keeps its own.

The table and its legend go to standard output, remarks to standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import compilers
import harness
from harness import Ended

Argv = Sequence[str | Path]

COMMAND = "the command alone"
C_EXEC = "C exec wrapper: static, does nothing else"
GO_FMT = "Go hello: `fmt.Println`"
GO_OS = "Go hello without `fmt`"
PYTHON = "bare Python: `python -I -S -c pass`"
# The columns of ratios, and the case that is 1.
BASES = {"x bare Python": PYTHON, "x C exec wrapper": C_EXEC, "x Go hello": GO_FMT}
TWO_DIGITS = 10.0  # Below it, ratios have them.
PROMISE = (
    "Promises for `--settle 0`: a wheel at most 3.0 x bare Python; the executable at most 1.3 x "
    "Go hello."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument(
        "--pip",
        nargs="+",
        default=["pip==26.3", "pip"],
        help="what installs the wheels: a release, or Python's own; default: %(default)s",
    )
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="untilup-bench-")))
        server = stack.enter_context(harness.open_port())
        wheels = [stack.enter_context(harness.installed(pip=pip)) for pip in arguments.pip]
        command = compilers.c(compilers.C_NOTHING, directory / "nothing") or Path("/bin/true")
        to_exit = starters(command, wheels[0] / "python", directory)
        to_exec = wrappers(command, {**harness.executable(), **named(wheels)}, server, directory)
        results = measured({**to_exit, **to_exec}, server, arguments.rounds)
        print_results(results, to_exec)
        print_legend(wheels[0] / "python", arguments.rounds)
        print_remarks(results)


def starters(command: Path, python: Path, directory: Path) -> dict[str, Argv]:
    """Return the cases that are timed until their exit."""
    cases: dict[str, Argv] = {COMMAND: [command]}
    if small := compilers.go(compilers.GO_OS, directory / "small"):
        cases[GO_OS] = [small]
    if hello := compilers.go(compilers.GO_FMT, directory / "hello"):
        cases[GO_FMT] = [hello]
    cases[PYTHON] = [python, "-I", "-S", "-c", "pass"]
    cases["`python -c pass`"] = [python, "-c", "pass"]
    return cases


def wrappers(
    command: Path, forms: Mapping[str, Path], server: socket.socket, directory: Path
) -> dict[str, Argv]:
    """Return the cases that are timed until they execute *command*: C, and all *forms* of untilup."""
    cases: dict[str, Argv] = {}
    if wrapper := compilers.c(compilers.C_EXEC, directory / "exec"):
        cases[C_EXEC] = [wrapper, command]
    target = harness.address(server)
    for name, untilup in forms.items():
        cases[f"{name}, `--settle 0`"] = [untilup, "--settle", "0", target, "--", command]
        cases[f"{name}, default settle"] = [untilup, target, "--", command]
    return cases


def named(wheels: Sequence[Path]) -> dict[str, Path]:
    """Return the console scripts of *wheels*, by their installer: older versions of pip import re."""
    scripts = {}
    for programs in wheels:
        script = programs / "untilup"
        regular = ", imports `re`" if "import re" in script.read_text() else ""
        version = output_of(programs / "python", "-m", "pip", "--version").split()[1]
        scripts[f"wheel (pip {version}{regular})"] = script
    return scripts


def measured(
    cases: Mapping[str, Argv], server: socket.socket, count: int
) -> dict[str, list[Ended]]:
    """Run all *cases*, some of which connect to *server*, *count* times."""

    def case(argv: Argv) -> Callable[[], Ended]:
        def measure() -> Ended:
            result = harness.run(argv)
            harness.hang_up([server])
            return result

        return measure

    return harness.interleaved({name: case(argv) for name, argv in cases.items()}, count)


def print_results(results: Mapping[str, Sequence[Ended]], to_exec: Mapping[str, Argv]) -> None:
    medians = {name: harness.median_seconds(runs) for name, runs in results.items()}
    own = medians[COMMAND]
    medians |= {name: medians[name] - own for name in to_exec}
    bases = {column: medians[base] for column, base in BASES.items() if base in medians}
    rows = []
    for name, median in medians.items():
        end = "exec" if name in to_exec else "exit"
        quotients = [ratio(median / base) for base in bases.values()]
        rows.append((name, end, f"{median * 1000:.2f} ms", *quotients))
    harness.print_table(("what", "from spawn to", "median", *bases), rows)


def ratio(quotient: float) -> str:
    return f"{quotient:.2f}" if quotient < TWO_DIGITS else f"{quotient:.0f}"


def print_legend(python: Path, count: int) -> None:
    """Print below the table what was measured, and with which versions."""
    versions = [output_of(python, "--version")]
    if shutil.which("go"):
        versions.append(output_of("go", "version").removeprefix("go version "))
    print(
        f"\nOne target up; medians of {count} rounds in random order; {', '.join(versions)}. What is "
        f"timed to exec has {COMMAND} taken off, a spawn and an exit included; what is timed to exit "
        "has not: add that row to the former before comparing the two kinds strictly."
    )


def print_remarks(results: Mapping[str, Sequence[Ended]]) -> None:
    """Print on stderr the promises, and the cases that are missing from the table."""
    print(f"\n{PROMISE}", file=sys.stderr)
    if C_EXEC not in results:
        print("No C compiler (cc) that links statically.", file=sys.stderr)
    if GO_FMT not in results:
        print("No Go compiler (apt-get install golang-go).", file=sys.stderr)
    if not harness.executable():
        print("No executable (make binary).", file=sys.stderr)


def output_of(*words: str | Path) -> str:
    """Return what the command of *words* prints."""
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
