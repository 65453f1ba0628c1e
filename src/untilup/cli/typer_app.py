"""The typer app, made from OPTIONS: help, the version, unusual spellings, and mistakes.

The only importer of typer. It reads spellings alone. options.py parses the values, as it does for the
fast reader, so that both report a bad value in the same words.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import os
from typing import TYPE_CHECKING, Any

import typer

from untilup import __version__
from untilup.cli import help  # noqa: A004 - the option, and so the module, has this name
from untilup.cli.exiting_options import COMPLETION, COPY_TO
from untilup.cli.mistakes import in_options
from untilup.errors import UntilupError, UsageError
from untilup.options import OPTIONS, Option
from untilup.values import FLAG

if TYPE_CHECKING:
    from typing import NoReturn

    from typer.exceptions import TyperException

    from untilup.cli.exiting_options import Exiting
    from untilup.options import RawArguments
else:
    # typer.exceptions is new in 0.27.1. Before that, these are the classes of click, or of a copy of it.
    TyperException = typer.BadParameter.__base__

STDOUT = 1


def _print_help(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        typer.echo(help.help_text(help.terminal_width()), nl=False)
        raise typer.Exit


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        typer.echo(f"untilup {__version__}")
        raise typer.Exit


TARGETS = typer.Argument(None, hidden=True)
HELP = typer.Option(False, "--help", "-h", callback=_print_help, is_eager=True)  # noqa: FBT003 - typer's way of giving a default
VERSION = typer.Option(False, "--version", "-V", callback=_print_version, is_eager=True)  # noqa: FBT003 - the same


def parse(words: list[str], *, has_command: bool = False) -> RawArguments:
    """Return the options and targets in *words*; raise UsageError for what cannot be read.

    *has_command* tells whether a ``--`` follows them. Exit with status 0 after the options that exit,
    some of which print to stdout; raise UntilupError if that fails.
    """
    in_options.before_parsing(words)
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(add_help_option=False)(_command())
    printed = io.BytesIO()
    stdout = io.TextIOWrapper(printed, "utf-8", write_through=True)
    try:
        with contextlib.redirect_stdout(stdout):
            # No variable has the empty name, so none turns a start into shell completion.
            answer = typer.main.get_command(app).main(
                args=words, prog_name="untilup", complete_var="", standalone_mode=False
            )
    except TyperException as error:
        name = getattr(error, "option_name", "")
        raise in_options.explain(
            error.format_message(), name, words, has_command=has_command
        ) from None
    if not isinstance(answer, tuple):  # the status with which help and version end
        _write(printed.getvalue())
        raise SystemExit(answer)
    arguments: RawArguments = answer[0]
    exiting: list[tuple[Exiting, str]] = answer[1]
    for option, text in exiting:
        if [each for each, _ in exiting].count(option) > 1:
            raise UsageError(f"{option.names[0]} is given more than once")
        _act(option, text, alone=len(exiting) == 1 and not any(arguments) and not has_command)
    return arguments


def _act(option: Exiting, text: str, *, alone: bool) -> NoReturn:
    """Do what *option* asks for, with its value *text*, and exit."""
    if not alone:
        raise UsageError(f"{option.names[0]} takes no other option, no target and no command")
    if option is COPY_TO:
        from untilup.cli.copy_to import copy_to

        copy_to(text)
    else:
        from untilup.cli.completion.script import script

        _write(script(text).encode())
    raise SystemExit(0)


def _write(text: bytes) -> None:
    """Write *text* to stdout; raise UntilupError if that fails."""
    try:
        while text:
            text = text[os.write(STDOUT, text) :]
    except BrokenPipeError:  # the reader has seen enough
        raise SystemExit(1) from None
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise UntilupError(f"stdout cannot be written to: {why}") from None


def _command() -> Any:  # noqa: ANN401 - typer takes any callable, and this one's signature is made up
    """Return the function from whose signature typer reads the options."""

    def untilup(
        targets: list[str],
        copy_to: list[str] | None,
        completion: list[str] | None,
        **given: Any,  # noqa: ANN401 - typer calls it by the signature below
    ) -> tuple[RawArguments, list[tuple[Exiting, str]]]:
        del given["help"], given["version"]
        spelled = {name: _text(value) for name, value in given.items() if value is not None}
        exiting = ((COPY_TO, copy_to), (COMPLETION, completion))
        asked = [(option, text) for option, texts in exiting for text in texts or ()]
        return (spelled, targets or []), asked

    parameters = [_parameter("targets", list[str] | None, TARGETS)]
    parameters += [
        _parameter(option.name, _type(option), _typer_option(option)) for option in OPTIONS
    ]
    parameters += [
        _parameter("help", bool, HELP),
        _parameter("version", bool, VERSION),
        _parameter("copy_to", list[str] | None, typer.Option(None, *COPY_TO.names)),
        _parameter("completion", list[str] | None, typer.Option(None, *COMPLETION.names)),
    ]
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
    return typer.Option(None, *(spelling for spelling in (option.short, spellings) if spelling))


def _text(value: bool | str) -> str:  # noqa: FBT001 - a value, not a switch
    return value if isinstance(value, str) else str(value).lower()
