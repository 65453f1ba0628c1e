"""Values of variables, as a process reads them (docs/targets.md, Values of variables)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support import json_log, value_table
from tests.support.untilup_process import Program
from tests.support.value_table import Row
from untilup.cli import argv
from untilup.cli.applications.schemes import (
    ANY_DRIVER,
    OF_A_CHECK,
    WITHOUT_A_CHECK,
    WITHOUT_A_SERVER,
)

UP, USAGE, LATE = 0, 2, 124
SECRET = "hunter2"


def on_loopback(row: Row, number: int, directory: Path) -> tuple[str, dict[str, str]]:
    """Return the word of *row* and its variables, with names of their own and hosts on loopback."""
    directory.mkdir()
    word, hash_sign, options = row.word.partition("#")
    names = [name for name in word.split(":")[1:] if not name.isdigit()]
    environ = {f"R{number}_{name}": value for name, value in row.environ(directory).items()}
    hosts = [host for target in row.targets for host in hosts_of(target)]
    for at, host in enumerate(hosts, 1):
        # Not where it is a scheme, or a part of another name.
        found = re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w.-]|://|:[a-z])")
        for name, value in environ.items():
            if not name.endswith("_FILE"):
                environ[name] = found.sub(f"127.0.{number}.{at}", value)
        for file in directory.iterdir():
            file.write_text(found.sub(f"127.0.{number}.{at}", file.read_text()))
    for name in names:
        word = re.sub(rf":{name}\b", f":R{number}_{name}", word)
    return word + hash_sign + options, environ


def hosts_of(target: str) -> list[str]:
    """Return the names of hosts in a target as it is shown."""
    hosts = target.partition("://")[2].partition("/")[0].split(",")
    return [host.partition(":")[0] for host in hosts if host and "%" not in host]


def test_what_a_process_makes_of_values(untilup: Program, tmp_path: Path) -> None:
    """A process has the targets that are documented, and says what it has ignored and left out."""
    words: list[str] = []
    environ: dict[str, str] = {}
    for number, row in enumerate(value_table.rows()):
        if not row.error:
            word, its = on_loopback(row, number, tmp_path / str(number))
            words.append(word)
            environ |= its
    expected = [str(target) for target in argv.parse(words, environ).targets]
    done = untilup.run("--once", "--log-format", "json", *words, env=environ)
    assert done.returncode == LATE
    lines = json_log.read(done.stderr)
    assert {line["target"] for line in lines if line["event"] == "failed"} == {*expected}
    told = [line["message"] for line in lines if line["event"] in {"warning", "left-out"}]
    for text in ("line ends around", "quotes around", "is used instead of"):
        assert sum(text in message for message in told) == 1 or text == "is used instead of"
    rows = value_table.rows()
    nothing = [row for row in rows if not (row.error or row.targets)]
    assert sum("is left out" in message for message in told) == len(nothing)
    by_port = {line["target"] for line in lines if line["event"] == "by-port"}
    assert len(by_port) == sum(row.is_by_port for row in rows)
    assert not any(value in done.stderr for value in environ.values() if "@" in value)


@pytest.mark.parametrize(
    "row", [row for row in value_table.rows() if row.error], ids=lambda row: row.error
)
def test_a_value_that_is_refused(untilup: Program, tmp_path: Path, row: Row) -> None:
    """A value that is no target is one line with the cure, and nothing is run."""
    done = untilup.run(row.word, "--", "echo", "ran", env=row.environ(tmp_path))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (USAGE, "", 1)
    assert row.error in done.stderr


def test_what_a_process_makes_of_names(untilup: Program) -> None:
    """A process knows every scheme in the table of names, and what its server is waited for by."""
    rows = [*OF_A_CHECK, *WITHOUT_A_CHECK]
    names = [(name, row) for row in rows for name in row.names if ":" not in name]
    words: dict[str, str] = {}
    for number, (name, row) in enumerate(names):
        url = f"{name.replace(ANY_DRIVER, '+driver')}://127.1.{number}.1:1/"
        if row.check == "oracle":
            url += "service"
        words[url] = f"{row.check or 'tcp'}://127.1.{number}.1:1"
    absent = [f"{name.partition('+')[0]}://" for row in WITHOUT_A_SERVER for name in row.names]
    done = untilup.run("--once", "--log-format", "json", *words, *absent)
    assert done.returncode == LATE
    lines = json_log.read(done.stderr)
    failed = [
        "/".join(str(line["target"]).split("/")[:3]) for line in lines if line["event"] == "failed"
    ]
    assert sorted(failed) == sorted(words.values())
    by_port = [line for line in lines if line["event"] == "by-port"]
    assert len(by_port) == sum(not row.check for _, row in names)


@pytest.mark.parametrize("options", [[], ["-q"]], ids=["text", "quiet"])
def test_what_is_left_out(untilup: Program, options: list[str]) -> None:
    """If all targets are left out, the command runs at once; one line says so, but not with --quiet."""
    done = untilup.run(*options, "env:V#if-set", "env:V#if-set", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (UP, "ran\n")
    told = "env:V is left out: V is not set, or empty\n"
    assert done.stderr.count(told) == (0 if options else 1)


FILES = [
    ("absent", "cannot be read: no such file or directory (ENOENT)"),
    ("directory", "is a directory"),
    ("fifo", "is not a regular file"),
    ("large", "has more than 64 KiB"),
    ("binary", "is not UTF-8"),
    ("nul", "has a NUL character"),
]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a directory with what is no value, by the names in FILES."""
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").write_bytes(b"db:5432" + b" " * 64 * 1024)
    (tmp_path / "binary").write_bytes(b"db:5432\xff")
    (tmp_path / "nul").write_bytes(b"hunter2\0:5432")
    return tmp_path


@pytest.mark.parametrize(("name", "problem"), FILES, ids=[name for name, _ in FILES])
def test_a_file_that_is_no_value(untilup: Program, files: Path, name: str, problem: str) -> None:
    """A file that cannot be read, or holds no text, is refused at once, by its path."""
    path = files / name
    done = untilup.run("env:V", env={"V_FILE": str(path)})
    assert done.returncode == USAGE
    assert f"target 'env:V': the file of V_FILE ({path}) {problem}" in done.stderr
    assert SECRET not in done.stderr


def test_a_path_that_may_be_a_secret(untilup: Program) -> None:
    """If NAME_FILE holds the value and not a path, it is not shown."""
    done = untilup.run("env:V", env={"V_FILE": f"postgres://joe:{SECRET}@db"})
    assert done.returncode == USAGE
    assert "the file of V_FILE cannot be read" in done.stderr
    assert SECRET not in done.stderr
