"""The typer app, made from OPTIONS: help, the version, unusual spellings, and mistakes.

The only importer of typer. It reads spellings alone; what a text means is decided by options.py,
as it is for the fast reader, so that a bad value gets the same words from both.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import itertools
import os
from typing import TYPE_CHECKING, Any

import typer
from typer.exceptions import TyperException

from untilup import __version__, display, values
from untilup.cli.targets import MISSING_SEPARATOR
from untilup.errors import UntilupError, UsageError
from untilup.options import OPTIONS, Option
from untilup.values import FLAG

if TYPE_CHECKING:
    from untilup.options import RawArguments

STDOUT = 1
EPILOG = (
    "Exit status: the command's own; 0 all up and no command; 2 usage; 124 timed out; "
    "125 a target can never become ready, or a resource limit; 126 the command cannot be "
    "executed; 127 it was not found; 128+n signal n, as PID 1."
)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        typer.echo(f"untilup {__version__}")
        raise typer.Exit


TARGETS = typer.Argument(None, metavar="[TARGET]... [-- COMMAND [ARG]...]", hidden=True)
VERSION = typer.Option(
    False,  # noqa: FBT003 - typer's way of giving a default
    "--version",
    callback=_print_version,
    is_eager=True,
    help="Print the version and exit.",
)


def parse(words: list[str]) -> RawArguments:
    """Return the options and targets in *words*; raise UsageError for what cannot be read.

    Exit with status 0 after ``--help`` and ``--version``, which print to stdout; raise UntilupError
    if stdout does not take it.
    """
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"]},
    )(_command())
    printed = io.BytesIO()
    stdout = io.TextIOWrapper(printed, "utf-8", write_through=True)
    try:
        with contextlib.redirect_stdout(stdout):
            # No variable has the empty name, so none turns a start into shell completion.
            answer = typer.main.get_command(app).main(
                args=words, prog_name="untilup", complete_var="", standalone_mode=False
            )
    except TyperException as error:
        raise UsageError(_missing_dashes(words) or _one_line(error)) from None
    if not isinstance(answer, tuple):  # the status with which help and version end
        _write(printed.getvalue())
        raise SystemExit(answer)
    return answer


def _write(text: bytes) -> None:
    """Write *text* to stdout, or say why it does not take that."""
    try:
        while text:
            text = text[os.write(STDOUT, text) :]
    except BrokenPipeError:  # the reader has seen enough
        raise SystemExit(1) from None
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise UntilupError(f"stdout cannot be written to: {why}") from None


def _command() -> Any:  # noqa: ANN401 - typer takes any callable, and this one's signature is made up
    """Return the function from which typer reads what can be given."""

    def untilup(targets: list[str], version: bool, **given: Any) -> RawArguments:  # noqa: ANN401, ARG001, FBT001 - typer calls it by the signature below
        """Wait until every TARGET (host:port, or a URL such as http://api/health) is up, then become COMMAND."""
        spelled = {name: _text(value) for name, value in given.items() if value is not None}
        return spelled, targets or []

    parameters = [_parameter("targets", list[str] | None, TARGETS)]
    parameters += [
        _parameter(option.name, _type(option), _typer_option(option)) for option in OPTIONS
    ]
    parameters += [_parameter("version", bool, VERSION)]
    untilup.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # PEP 362 allows it
    untilup.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return untilup


def _parameter(name: str, kind: object, described: object) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=described, annotation=kind
    )


def _type(option: Option) -> object:
    return bool | None if option.kind is FLAG else str | None


def _typer_option(option: Option) -> object:
    spellings = f"{option.flag}/{option.negative}" if option.negative else option.flag
    return typer.Option(
        None,
        *(spelling for spelling in (option.short, spellings) if spelling),
        metavar=option.kind.metavar or None,
        show_default=False,
        help=f"{option.meaning} [{described_default(option)}{option.variable}]",
    )


def described_default(option: Option) -> str:
    """Return ``default 60s, `` for help and README, or nothing for a flag that is off."""
    default = option.default
    if isinstance(default, bool):
        spelling = option.flag if default else option.negative
        return f"default {spelling[2:]}, " if spelling else ""
    text = default if isinstance(default, str) else values.format_duration(default)
    return f"default {text}, "


def _text(value: bool | str) -> str:  # noqa: FBT001 - a value, not a switch
    return value if isinstance(value, str) else str(value).lower()


def _missing_dashes(words: list[str]) -> str:
    """Say so where the options that cannot be read are those of a command without its ``--``."""
    for before, word in itertools.pairwise(["", *words]):
        if not (before.startswith("-") or word.startswith("-") or ":" in word):
            return f"target {display.quoted(word)}: {MISSING_SEPARATOR}"
    return ""


def _one_line(error: TyperException) -> str:
    message = " ".join(error.format_message().split())
    hidden = "an option cannot be read (not shown: it may hold a password)"
    shown = display.printable(message) if {"@", "=", ";"}.isdisjoint(message) else hidden
    return f"{shown}; see untilup --help"
