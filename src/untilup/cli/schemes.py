"""The schemes that have a check, and which of them is meant by the name of something else."""

from __future__ import annotations

import _imp
import os
import sys
from functools import cache

from untilup import checks
from untilup.cli.applications.schemes import OF_A_CHECK, find
from untilup.cli.similar import nearest
from untilup.targets.syntax import COMMAND_SCHEME

# Names that no application has: of products and of other waiting tools, and misspelled ones.
OTHER_NAMES = {
    "postgre": "postgres",
    "percona": "mysql",
    "elastic": "elasticsearch",
    "es": "elasticsearch",
    "mongo": "mongodb",
    "rabbit": "amqp",
    "keydb": "redis",
    "mosquitto": "mqtt",
    "http-get": "http",
    "http-head": "http",
    "https-get": "https",
    "https-head": "https",
    "seaweedfs": "s3",
    "bao": "vault",
    "socket": "unix",
    "host": "dns",
}
# The names that other waiting tools have for exec:.
COMMANDS = frozenset(("cmd", "command", "shell"))


@cache
def known() -> list[str]:
    """Return the schemes that have a check, in alphabetical order."""
    prefix = f"{checks.__name__}."
    found = {
        name.removesuffix(".py")
        for directory in checks.__path__
        for name in os.listdir(directory)  # noqa: PTH208 - pathlib is not in the executable
        if name.endswith(".py")
    }
    # In the executable no module is a file.
    modules = (*sys.modules, *vars(_imp)["_frozen_module_names"]())
    found |= {name.removeprefix(prefix) for name in modules if name.startswith(prefix)}
    return sorted(name for name in found if not name.startswith("_"))


def of_urls() -> list[str]:
    """Return the schemes that a ``://`` follows: all but ``exec:``."""
    return [name for name in known() if name != COMMAND_SCHEME]


def suggestion(name: str) -> str:
    """Return what to write instead of *name*, which is no scheme here but one elsewhere, or nothing."""
    name = _without_driver(name)
    if name == "udp":
        return "UDP has no connections that untilup could check"
    if name in COMMANDS:
        return "to run a command, write exec:COMMAND"
    return f"did you mean {OTHER_NAMES[name]}://?" if name in OTHER_NAMES else ""


def meant_by(name: str) -> str:
    """Return the scheme here for *name*, in lower case, or the name itself if it is no other's."""
    row = find(name, OF_A_CHECK)
    return row.check if row else OTHER_NAMES.get(name, name)


def similar(name: str) -> str:
    """Return the question whether the scheme was meant that is spelled most like *name*, or nothing."""
    near = nearest(_without_driver(name), known())
    return f"did you mean {near}://?" if near else ""


def _without_driver(name: str) -> str:
    return name.lower().partition("+")[0]
