"""What the shells complete with the scripts that ``--completion`` prints, and the man page."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from release import man_page
from tests.packaging.terminal import SHELLS, Terminal, fish
from tests.support import requirements
from tests.support.untilup_process import PATIENCE, Program
from untilup.cli import exiting_options, schemes
from untilup.cli.completion import words
from untilup.cli.completion.script import script as script_for

REQUIRED = "UNTILUP_REQUIRE_SHELLS"
ENVIRONMENT = {"DATABASE_URL": "postgres://db", "DB_HOST": "db"}
# What is typed before Tab, and the last argument that it becomes. Each has one completion.
LINES = (
    ("untilup --tim", "--timeout"),
    ("untilup --no-st", "--no-strict"),
    ("untilup --log-format j", "json"),
    ("untilup --log-format=j", "--log-format=json"),
    ("untilup --completion fi", "fish"),
    ("untilup --copy-to /etc/hostn", "/etc/hostname"),
    ("untilup postgresq", "postgresql://"),
    ("untilup --quiet db:5432 tc", "tcp://"),
    ("untilup http://api#sta", "http://api#status="),
    ("untilup 'http://api#status=204&opt", "http://api#status=204&optional"),
    ("untilup db:5432#opt", "db:5432#optional"),
    ("untilup postgresql+asyncpg://db#sslmode=verify-f", "postgresql+asyncpg://db#sslmode=verify-full"),
    ("untilup https://api#ca=/etc/hostn", "https://api#ca=/etc/hostname"),
    ("untilup env:DATABASE_U", "env:DATABASE_URL"),
    ("untilup env:DB_HOST:DATABASE_U", "env:DB_HOST:DATABASE_URL"),
    ("untilup env:URLS#al", "env:URLS#all"),
    ("untilup file:///etc/hostn", "file:///etc/hostname"),
    ("untilup exec:mkfif", "exec:mkfifo"),
    ("untilup db:5432 -- mkfif", "mkfifo"),
    ("untilup db:5432 -- ls /etc/hostn", "/etc/hostname"),
)  # fmt: skip


@pytest.fixture
def script(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the completion script of a shell, which is installed; skip, or fail, if it is not."""
    shell: str = request.param
    requirements.programs(f"completion in {shell}", shell, required=REQUIRED)
    path = tmp_path / shell
    path.write_text(script_for(shell))
    return path


@pytest.fixture
def terminal(script: Path, tmp_path: Path) -> Iterator[Terminal]:
    """Return an interactive shell that has its script."""
    terminal = Terminal(script.name, script, tmp_path, ENVIRONMENT)
    yield terminal
    terminal.close()


@pytest.mark.parametrize("script", SHELLS, indirect=True)
def test_a_tab(terminal: Terminal) -> None:
    """A Tab completes options, values, schemes, options of a target, variables, files and commands."""
    completed = {typed: terminal.complete(f"{typed}\t")[-1] for typed, _ in LINES}
    assert completed == dict(LINES)


@pytest.mark.parametrize("script", ["fish"], indirect=True)
def test_fish(script: Path) -> None:
    """Fish offers the same."""
    completed = {typed: fish(script, typed, ENVIRONMENT) for typed, _ in LINES}
    assert completed == {typed: [became] for typed, became in LINES}


# Programs in PATH, and files in the working directory. exec: and a shell could read all but one of these
# names as more than a name.
PROGRAMS = ("hostile-not", "hostile;touch x", "hostile $(touch x)", "hostile\nx")
FILES = ("old;touch x", "new $(touch x)", "cut\nx")
# What is typed before Tab, and the last argument that it becomes.
HOSTILE_LINES = (
    ("untilup exec:hostil", "exec:hostile-not"),
    ("untilup 'exec:hostil", "exec:hostile-not"),
    ("untilup db:5432 -- hostile\\;", "hostile;touch x"),
    ("untilup file://ol", "file://old;touch x"),
    ("untilup file://old\\;", "file://old;touch x"),
    ("untilup 'unix://ne", "unix://new $(touch x)"),
    ("untilup --copy-to ne", "new $(touch x)"),
    ("untilup https://api#ca=ol", "https://api#ca=old;touch x"),
)
CUT = ("untilup unix://cu", "unix://cut\nx")


@pytest.fixture
def hostile(tmp_path: Path) -> dict[str, str]:
    """Make programs and files with hostile names; return the environment in which they are found."""
    for directory, names in (("bin", PROGRAMS), (".", FILES)):
        (tmp_path / directory).mkdir(exist_ok=True)
        for name in names:
            (tmp_path / directory / name).touch(mode=0o755)
    return {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}


@pytest.mark.parametrize("script", SHELLS, indirect=True)
def test_hostile_names(script: Path, tmp_path: Path, hostile: dict[str, str]) -> None:
    """A name stays one name: it is quoted for the shell, or not offered where that is not enough."""
    terminal = Terminal(script.name, script, tmp_path, hostile)
    try:
        completed = {typed: terminal.complete(f"{typed}\t")[-1] for typed, _ in HOSTILE_LINES}
        assert completed == dict(HOSTILE_LINES)
        # bash cannot be asked for such a name; then no half of it is offered.
        typed, became = CUT
        assert terminal.complete(f"{typed}\t")[-1] == (
            "unix://cu" if script.name == "bash" else became
        )
    finally:
        terminal.close()
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("script", ["fish"], indirect=True)
def test_hostile_names_in_fish(
    script: Path, tmp_path: Path, hostile: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fish offers each name as it is, and quotes it by itself."""
    monkeypatch.chdir(tmp_path)
    completed = {typed: fish(script, typed, hostile) for typed, _ in HOSTILE_LINES}
    assert completed == {typed: [became] for typed, became in HOSTILE_LINES}
    typed, became = CUT
    assert fish(script, typed, hostile) == became.splitlines()
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("script", SHELLS, indirect=True)
def test_a_list(terminal: Terminal) -> None:
    """Two Tabs list all long options."""
    long = {word.name for word in words.options() if word.name.startswith("--")}
    assert long <= terminal.listed("untilup --")


def test_what_is_printed(untilup: Program) -> None:
    """Both builds print the same script, and nothing else: the executable knows all schemes and options, too."""
    for shell in exiting_options.SHELLS:
        printed = untilup.run("--completion", shell)
        assert (printed.returncode, printed.stdout, printed.stderr) == (0, script_for(shell), "")


def test_no_shell_has_an_empty_place() -> None:
    """Every scheme and every option is in each script."""
    for shell in exiting_options.SHELLS:
        printed = script_for(shell)
        names = [word.name.strip("-=") for word in words.options()]
        assert [name for name in [*names, *words.beginnings()] if name not in printed] == []
        assert re.search("@[A-Z_]+@", printed) is None


def test_another_shell(untilup: Program) -> None:
    """Of a shell without a script the message names those that have one."""
    printed = untilup.run("--completion", "tcsh")
    assert printed.returncode == 2
    assert (
        printed.stderr == "untilup: --completion: 'tcsh' is not accepted; write bash, zsh or fish\n"
    )


def test_the_man_page(tmp_path: Path) -> None:
    """The man page has nothing that mandoc complains about, and shows every option, variable and scheme."""
    requirements.programs("the man page", "mandoc", required=REQUIRED)
    page = tmp_path / "untilup.1"
    page.write_text(man_page.page(0))
    lint = subprocess.run(
        ["mandoc", "-T", "lint", page],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (lint.returncode, lint.stdout) == (0, "")
    shown = subprocess.check_output(["mandoc", "-T", "utf8", page], text=True, timeout=PATIENCE)
    plain = without_overstrikes(shown)
    assert [word.name for word in words.options() if word.name not in plain] == []
    assert [scheme for scheme in schemes.known() if f"{scheme}:" not in plain] == []


def without_overstrikes(text: str) -> str:
    """Return *text* as a terminal shows it, on which bold letters are printed twice."""
    shown: list[str] = []
    for char in text:
        if char == "\b":
            shown.pop()
        else:
            shown.append(char)
    return "".join(shown)
