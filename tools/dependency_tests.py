"""Test the wheel with the oldest and the newest releases of what it requires: dependency_tests.py.

The oldest are the lower bounds in pyproject.toml. Each set of releases has a virtual environment of its
own, in which pytest and its plugins come from the environment that runs this script.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from multiprocessing.pool import ThreadPool
from pathlib import Path
from subprocess import PIPE

CHECKOUT = Path(__file__).parent.parent
# What reads options by typer, what tries again by tenacity, what is rendered by rich, and what speaks
# HTTP/2 by h2.
TESTS = (
    "tests/unit/cli",
    "tests/unit/test_options.py",
    "tests/unit/report/test_frames.py",
    "tests/unit/waiting/test_backoff.py",
    "tests/unit/checks/test_grpc.py",
    "tests/integration/test_exit_status.py",
    "tests/integration/test_waiting.py",
)
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def main() -> None:
    """Run the tests with both sets of releases at the same time; exit with 1 if a test has failed."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    oldest = [requirement.replace(">=", "==") for requirement in project["dependencies"]]
    with tempfile.TemporaryDirectory(prefix="untilup-dependencies-") as name, ThreadPool() as pool:
        run(*PIP, "wheel", "--no-deps", "--wheel-dir", name, str(CHECKOUT))
        (wheel,) = Path(name).glob("*.whl")
        sets = [(Path(name, "oldest"), wheel, *oldest), (Path(name, "newest"), wheel)]
        failures = list(pool.imap(test, sets))
    sys.exit(any(failures))


def run(*words: str | Path) -> str:
    """Run a program, and return what it prints; raise CalledProcessError if it fails."""
    return subprocess.run(words, cwd=CHECKOUT, check=True, stdout=PIPE, text=True).stdout


def test(words: tuple[Path | str, ...]) -> bool:
    """Make an environment, install the requirements into it, run the tests; tell whether one has failed."""
    environment, *requirements = words
    python = Path(environment, "bin/python")
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    run(*PIP, "--python", python, "install", *requirements)
    installed = run(*PIP, "--python", python, "freeze")
    # After the installation, so that pip does not count the packages there as installed here.
    paths = {"base": str(environment), "platbase": str(environment)}
    Path(sysconfig.get_path("purelib", vars=paths), "pytest.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    )
    pytest = [str(python), "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", *TESTS]
    done = subprocess.run(pytest, cwd=CHECKOUT, check=False, stdout=PIPE, text=True)
    print(installed.replace("\n", " "), done.stdout, sep="\n")
    return done.returncode != 0


if __name__ == "__main__":
    main()
