"""Make Settings from argv and the environment.

Plain spellings (``-t 5``, ``--timeout 5``, ``--timeout=5``, ``--quiet``) are read here, because
typer costs more than the whole rest of a start. Anything else, help and mistakes included, goes to
typer_app. A property test keeps the two readers equal.
"""

from __future__ import annotations

from untilup import display
from untilup.cli.targets import parse_target
from untilup.errors import UsageError
from untilup.options import OPTIONS, PREFIX, SPELLINGS, Settings, origin, parse_values
from untilup.targets import target, url
from untilup.values import FLAG, format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from untilup.options import RawArguments

TARGETS = f"{PREFIX}TARGETS"
SKIP = f"{PREFIX}SKIP"
NO_TARGETS = "none"
LOG_FORMAT = "--log-format"
JSON = "json"
_KNOWN_VARIABLES = {TARGETS, SKIP, *(option.variable for option in OPTIONS)}
_SETTLE = next(option for option in OPTIONS if option.name == "settle")


def parse(argv: list[str], environ: Mapping[str, str]) -> Settings:
    """Return what *argv*, without the program's name, and *environ* ask for.

    Raise UsageError for anything malformed, in one line. Exit for ``--help`` and ``--version``.
    """
    try:
        return _parse(argv, environ)
    except UsageError as error:
        unknown = _unknown_variables(environ)
        if not unknown:
            raise
        from untilup.cli.mistakes import unknown_variables

        raise unknown_variables.mention(error, unknown, _KNOWN_VARIABLES) from None


def _parse(argv: list[str], environ: Mapping[str, str]) -> Settings:
    words, command = split_command(argv)
    spelled = parse_plain(words)
    if spelled is None:
        from untilup.cli import typer_app

        spelled = typer_app.parse(words, has_command=command is not None)
    values, words = spelled
    settings = Settings(**parse_values(values, environ))
    settings.command = command or []
    if unknown := _unknown_variables(environ):
        from untilup.cli.mistakes import unknown_variables

        settings.warnings.append(unknown_variables.warning(unknown, _KNOWN_VARIABLES))

    def given(name: str) -> str:
        return origin(name, settings, values, environ)

    _reject_contradictions(settings, command, given)
    # With --once there is no wait to skip: health checks need the real state.
    skip = _flag(SKIP, environ) and not settings.once
    if not (skip and command):  # the targets may be the reason to skip the wait
        settings.targets = _targets(words, settings, environ, has_command=command is not None)
        is_none = not words and environ.get(TARGETS, "").strip() == NO_TARGETS
        if not (settings.targets or settings.left_out or is_none):
            from untilup.cli.help import no_targets

            raise UsageError(no_targets(json=asks_for_json(argv, environ)))
        _reject_unsatisfiable(settings, given)
    if settings.verbose and any("?" in each.path for each in settings.targets):
        from untilup.cli.mistakes import query_parameters

        settings.warnings += query_parameters.warnings(settings.targets)
    if skip:
        settings.targets = []
        settings.warnings.append(f"{SKIP} is set: untilup waits for nothing")
    return settings


def split_command(argv: list[str]) -> tuple[list[str], list[str] | None]:
    """Split *argv* at its first ``--``: untilup's arguments, and the command's (None without a ``--``)."""
    if "--" not in argv:
        return argv, None
    at = argv.index("--")
    return argv[:at], argv[at + 1 :]


def asks_for_json(argv: list[str], environ: Mapping[str, str]) -> bool:
    """Tell whether an error is reported as JSON, wherever in *argv* the mistake is."""
    asked = environ.get(f"{PREFIX}LOG_FORMAT", "")
    before = ""
    for word in split_command(argv)[0]:
        flag, equals, text = word.partition("=")
        if before == LOG_FORMAT:
            asked = word
        elif equals and flag == LOG_FORMAT:
            asked = text
        before = word
    return asked.lower() == JSON


def parse_plain(words: list[str]) -> RawArguments | None:
    """Return the options and targets in *words*, or None if the spelling of one is not plain."""
    spelled: dict[str, str] = {}
    targets: list[str] = []
    left = iter(words)
    for word in left:
        if not word.startswith("-"):
            targets.append(word)
            continue
        flag, equals, text = word.partition("=")
        option, meaning = SPELLINGS.get(flag, (None, ""))
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


def _targets(
    words: list[str], settings: Settings, environ: Mapping[str, str], *, has_command: bool
) -> list[target.Target]:
    """Return the targets of *words*, or else of UNTILUP_TARGETS; one that is given twice once."""
    listed = "" if words else environ.get(TARGETS, "")
    words = words or ([] if listed.strip() == NO_TARGETS else listed.split())
    if listed and any(word.startswith(display.COMMAND) for word in words):
        raise UsageError(f"{TARGETS}: exec: is not accepted there; write such a target in argv")
    found: dict[target.Target, None] = {}
    for at, word in enumerate(words):
        try:
            named = _read(word, settings, environ)
            if any(each.scheme == target.NOTHING for each in named):
                from untilup.cli import left_out

                named = left_out.remove(named, settings.left_out)
            found |= dict.fromkeys(named)
        except UsageError as error:
            from untilup.cli.mistakes import in_arguments

            if listed:
                raise in_arguments.in_list(error, words, TARGETS) from None
            raise in_arguments.explain(error, words, at, has_command=has_command) from None
    return _with_numbers(list(found))


def _with_numbers(targets: list[target.Target]) -> list[target.Target]:
    """Return *targets*; those that are shown by the same name get a number."""
    if len({(each.scheme, each.host, each.port) for each in targets}) == len(targets):
        return targets
    same: dict[str, list[int]] = {}
    for at, each in enumerate(targets):
        same.setdefault(str(each), []).append(at)
    for places in same.values():
        for number, at in enumerate(places if len(places) > 1 else (), 1):
            targets[at] = targets[at].replace(number=number)
    return targets


def _read(word: str, settings: Settings, environ: Mapping[str, str]) -> list[target.Target]:
    """Return the targets that *word* names, and add to *settings* the remarks about variables."""
    if not (url.separates(word) or word.startswith(display.FROM_ENVIRONMENT)):
        return [parse_target(word, settings.settle, environ)]
    if url.separates(word):
        from untilup.cli.lists import parse_targets
    else:
        from untilup.cli.variables.env import parse_targets
    warnings: list[str] = []
    found = parse_targets(word, settings.settle, environ, warnings, settings.timeout)
    settings.warnings += [each for each in dict.fromkeys(warnings) if each not in settings.warnings]
    return found


def _reject_contradictions(
    settings: Settings, command: list[str] | None, given: Callable[[str], str]
) -> None:
    """Raise UsageError for what is well-formed by itself, but cannot be combined.

    *given* returns how the duration with that name was given.
    """
    if command is not None and not command:
        raise UsageError(
            "no command after '--'. If this is a Docker ENTRYPOINT: it clears the CMD of the base image,"
            " so repeat the CMD. To wait without a command, leave out the '--'."
        )
    if command and not command[0]:
        raise UsageError("the command after '--' is empty; is a variable unset?")
    if settings.once and command:
        raise UsageError("--once cannot be combined with a command; leave out '--' and the command")
    _reject_too_long(settings, given, "settle", "attempt_timeout")
    _reject_too_long(settings, given, "stable", "timeout")
    if settings.settle != _SETTLE.default:
        _reject_too_long(settings, given, "settle", "timeout")


def _reject_too_long(
    settings: Settings, given: Callable[[str], str], name: str, limit: str
) -> None:
    """Raise UsageError if the duration *name* is not shorter than its *limit*."""
    longest = getattr(settings, limit)
    if longest and getattr(settings, name) >= longest:
        raise UsageError(
            f"{given(name)} must be shorter than {given(limit)}, or no target could be up in time"
        )


def _reject_unsatisfiable(settings: Settings, given: Callable[[str], str]) -> None:
    """Raise UsageError for a target that can never be up in time."""
    for each in settings.targets:
        longest = each.timeout or settings.timeout
        own = f"timeout={format_duration(each.timeout)}" if each.timeout else ""
        problem = ""
        if each.settle >= settings.attempt_timeout:
            problem = f"settle={format_duration(each.settle)} must be shorter than {given('attempt_timeout')}"
        elif longest and each.settle >= longest and each.settle != _SETTLE.default:
            problem = f"settle={format_duration(each.settle)} must be shorter than {own or given('timeout')}"
        elif each.timeout and settings.stable >= each.timeout:
            problem = f"{own} must be longer than {given('stable')}"
        if problem:
            raise UsageError(f"target {each}: {problem}, or it could not be up in time")
    if settings.any and settings.targets and all(each.optional for each in settings.targets):
        raise UsageError(
            "--any needs a target that is not optional, or no target could end the wait"
        )


def _flag(variable: str, environ: Mapping[str, str]) -> bool:
    text = environ.get(variable, "")
    return bool(text) and FLAG.read(text, variable) is True


def _unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return the variables that are named like those of untilup, but are not among them."""
    return sorted(
        name for name in environ if name.startswith(PREFIX) and name not in _KNOWN_VARIABLES
    )
