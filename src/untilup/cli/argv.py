"""argv and the environment to Settings.

Plain spellings (``-t 5``, ``--timeout 5``, ``--timeout=5``, ``--quiet``) are read here, because
typer costs more than the whole rest of a start. Anything else, help and mistakes included, is
handed to typer_app: two readers, which a property test keeps from ever disagreeing.
"""

from __future__ import annotations

from untilup import display
from untilup.cli.targets import parse_target
from untilup.errors import UsageError
from untilup.options import OPTIONS, PREFIX, Settings, parse_values
from untilup.targets import target, url
from untilup.values import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from untilup.options import RawArguments

TARGETS = f"{PREFIX}TARGETS"
SKIP = f"{PREFIX}SKIP"
NO_TARGETS = "none"
LOG_FORMAT = "--log-format"
JSON = "json"
_KNOWN_VARIABLES = {TARGETS, SKIP, *(option.variable for option in OPTIONS)}


def parse(argv: list[str], environ: Mapping[str, str]) -> Settings:
    """Return what *argv*, without the program's name, and *environ* ask for.

    Raise UsageError for anything malformed, in one line. Exit for ``--help`` and ``--version``.
    """
    words, command = split_command(argv)
    spelled = parse_plain(words)
    if spelled is None:
        from untilup.cli import typer_app

        spelled = typer_app.parse(words)
    values, words = spelled
    settings = Settings(**parse_values(values, environ))
    settings.command = command or []
    settings.warnings = _warnings(environ)
    _reject_contradictions(settings, command)
    # With --once there is no wait to skip: debugging and health checks need the real state.
    skip = _flag(SKIP, environ) and not settings.once
    if not (skip and command):  # the targets may be the reason to skip the wait
        settings.targets = _targets(words, settings.settle, environ)
        _reject_unsatisfiable(settings)
    if skip:
        settings.targets = []
        settings.warnings.append(f"{SKIP} is set: nothing is waited for")
    return settings


def split_command(argv: list[str]) -> tuple[list[str], list[str] | None]:
    """Cut *argv* at its first ``--``: untilup's words, and the command's (None without a ``--``)."""
    if "--" not in argv:
        return argv, None
    at = argv.index("--")
    return argv[:at], argv[at + 1 :]


def asks_for_json(argv: list[str], environ: Mapping[str, str]) -> bool:
    """Tell whether an error is told as JSON, wherever in *argv* the mistake is."""
    asked = environ.get(f"{PREFIX}LOG_FORMAT", "")
    before = ""
    for word in split_command(argv)[0]:
        flag, equals, text = word.partition("=")
        if before == LOG_FORMAT:
            asked = word
        elif equals and flag == LOG_FORMAT:
            asked = text
        before = word
    return asked == JSON


def parse_plain(words: list[str]) -> RawArguments | None:
    """Return the options and targets in *words*, or None where one is not plainly spelled."""
    spelled: dict[str, str] = {}
    targets: list[str] = []
    left = iter(words)
    for word in left:
        if not word.startswith("-"):
            targets.append(word)
            continue
        flag, equals, text = word.partition("=")
        option, meaning = _SPELLINGS.get(flag, (None, ""))
        if option is None or (equals and (option.kind is FLAG or flag == option.short)):
            return None
        if option.kind is FLAG:
            text = meaning
        elif not equals:
            text = next(left, "")
            if not text or text.startswith("-"):
                return None
        spelled[option.name] = text
    return spelled, targets


_SPELLINGS = {
    spelling: (option, meaning)
    for option in OPTIONS
    for spelling, meaning in (
        (option.flag, "true"),
        (option.short, "true"),
        (option.negative, "false"),
    )
    if spelling
}


def _targets(words: list[str], settle: float, environ: Mapping[str, str]) -> list[target.Target]:
    """Return the targets of *words*, or else of UNTILUP_TARGETS; one that is given twice once."""
    listed = "" if words else environ.get(TARGETS, "")
    nothing = listed.strip() == NO_TARGETS
    words = words or ([] if nothing else listed.split())
    if listed and any(word.startswith(display.COMMAND) for word in words):
        raise UsageError(f"{TARGETS}: exec: is not accepted there; give such a target in argv")
    secret = _may_be_cut_in_two(words)
    found: dict[target.Target, None] = {}
    for word in words:
        found |= dict.fromkeys(_read(word, settle, environ, hidden=secret))
    if not (found or nothing):
        raise UsageError(
            f"no target; give host:port before the --, or set {TARGETS} "
            f"({NO_TARGETS} if there is nothing to wait for)"
        )
    return list(found)


def _read(
    word: str, settle: float, environ: Mapping[str, str], *, hidden: bool
) -> list[target.Target]:
    """Return the targets that *word* names, of which there is one if nothing separates."""
    if not (url.separates(word) or word.startswith(display.FROM_ENVIRONMENT)):
        return [parse_target(word, settle, environ, hidden=hidden)]
    from untilup.cli import lists

    return lists.parse_targets(word, settle, environ, hidden=hidden)


def _may_be_cut_in_two(words: list[str]) -> bool:
    """Tell whether white space between *words* may stand inside of a secret."""
    return len(words) > 1 and any(_may_be_a_part(word) for word in words)


def _may_be_a_part(word: str) -> bool:
    """Tell whether *word* may be a part of a URL with a secret, a connection string or a command."""
    return (
        ("@" in word and "://" not in word.partition("@")[0])
        or display.has_key_and_value(word.partition("#")[0])
        or display.names_a_secret(word)
        or word.startswith(display.COMMAND)
        or not {"?", ";"}.isdisjoint(word)
        or "header=" in word
    )


def _reject_contradictions(settings: Settings, command: list[str] | None) -> None:
    """Raise UsageError for what is well-formed by itself and makes no sense together."""
    if command is not None and not command:
        raise UsageError(
            "nothing after '--'; give the command to run (an entrypoint of one's own empties the"
            " image's CMD: restate it), or leave the -- out"
        )
    if command and not command[0]:
        raise UsageError("the command after '--' is an empty word; give a program's name")
    if settings.once and command:
        raise UsageError("--once takes no command; it looks, reports and exits")
    if settings.settle >= settings.attempt_timeout:
        raise UsageError("--settle must be shorter than --attempt-timeout, or nothing could be up")
    if settings.timeout and settings.stable >= settings.timeout:
        raise UsageError("--stable must be shorter than --timeout, or nothing could be up in time")


def _reject_unsatisfiable(settings: Settings) -> None:
    """Raise UsageError for a target that could never count."""
    for waited_for in settings.targets:
        if waited_for.settle >= settings.attempt_timeout:
            raise UsageError(
                f"target {waited_for}: settle= must be shorter than --attempt-timeout, or it could never be up"
            )
        if waited_for.timeout and settings.stable >= waited_for.timeout:
            raise UsageError(
                f"target {waited_for}: timeout= must be longer than --stable, or it could never be up in time"
            )
    if settings.any and settings.targets and all(t.optional for t in settings.targets):
        raise UsageError("--any needs a target that is not optional, or none could decide")


def _flag(variable: str, environ: Mapping[str, str]) -> bool:
    text = environ.get(variable, "")
    return bool(text) and FLAG.read(text, variable) is True


def _warnings(environ: Mapping[str, str]) -> list[str]:
    """Name the variables that look like untilup's own and are not.

    Only a warning: beside a Service called untilup, Kubernetes sets UNTILUP_PORT and more.
    """
    unknown = sorted(
        display.printable(name)
        for name in environ
        if name.startswith(PREFIX) and name not in _KNOWN_VARIABLES
    )
    return [f"ignored, as untilup has no such variables: {', '.join(unknown)}"] if unknown else []
