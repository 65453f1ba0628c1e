"""OPTIONS, the one table of what can be set, and Settings, the values of one run.

The flags, the ``UNTILUP_*`` variables, ``--help`` and the README's table are all made from OPTIONS.
"""

from __future__ import annotations

from untilup.errors import UsageError
from untilup.values import DURATION, DURATION_OR_ZERO, FLAG, ValueType, format_duration, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from untilup.targets.target import Target

    Value = float | bool | str
    # The texts of the options by name, and the targets' arguments.
    RawArguments = tuple[dict[str, str], list[str]]

PREFIX = "UNTILUP_"


def _choice(*names: str) -> ValueType:
    """Return the type of an option that is one of *names*."""
    accepted = f"{', '.join(names[:-1])} or {names[-1]}"
    return ValueType("|".join(names), accepted, one_of({name: name for name in names}))


LOG_FORMAT = _choice("text", "json")
PROGRESS = _choice("auto", "live", "plain")
COLOR = _choice("auto", "always", "never")


# The groups of --help.
WAITING, TIMING, OUTPUT = "Waiting", "Timing", "Output"


class Option:
    """One row of the table, in a *group* of ``--help``. A flag may have a *negative* form."""

    def __init__(  # noqa: PLR0913 - one parameter for each column of the table
        self,
        group: str,
        name: str,
        short: str,
        negative: str,
        kind: ValueType,
        default: Value,
        meaning: str,
    ) -> None:
        self.group = group
        self.name = name
        self.short = short
        self.negative = negative
        self.kind = kind
        self.default = default
        self.meaning = meaning

    @property
    def flag(self) -> str:
        """The long spelling: ``--attempt-timeout``."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable: ``UNTILUP_ATTEMPT_TIMEOUT``."""
        return PREFIX + self.name.upper()

    @property
    def shown_default(self) -> str:
        """The default as it is written on the command line; nothing for a flag that is off."""
        if isinstance(self.default, bool):
            return (self.flag if self.default else self.negative).removeprefix("--")
        return self.default if isinstance(self.default, str) else format_duration(self.default)


OPTIONS = (
    Option(WAITING, "timeout", "-t", "", DURATION_OR_ZERO, 60.0, "Give up after this long in total, name resolution included; 0: no timeout."),
    Option(WAITING, "any", "", "--all", FLAG, False, "Wait until one target is up (--any), or until all targets are up (--all)."),
    Option(WAITING, "down", "", "--up", FLAG, False, "Wait until the targets are down (--down), or up (--up)."),
    Option(WAITING, "stable", "", "", DURATION_OR_ZERO, 0.0, "Require each target to stay up this long."),
    Option(WAITING, "strict", "", "--no-strict", FLAG, True, "On timeout, exit with 124 (--strict), or run COMMAND anyway (--no-strict)."),
    Option(WAITING, "once", "", "", FLAG, False, "Check every target once, print a diagnostic table, and exit with 0 or 124."),
    Option(TIMING, "attempt_timeout", "", "", DURATION, 5.0, "Limit for one attempt, name resolution not included."),
    Option(TIMING, "delay", "", "", DURATION, 0.010, "First delay after a failed attempt."),
    Option(TIMING, "max_delay", "", "", DURATION, 10.0, "Upper limit for the delay between attempts that cost a server or a resolver work."),
    Option(TIMING, "settle", "", "", DURATION_OR_ZERO, 0.002, "How long a new connection must stay open before its target is up; 0: off."),
    Option(TIMING, "splay", "", "", DURATION_OR_ZERO, 0.0, "After a wait, sleep a random time up to this long before COMMAND, so that replicas do not start all at once."),
    Option(OUTPUT, "quiet", "-q", "", FLAG, False, "Print only errors."),
    Option(OUTPUT, "verbose", "-v", "", FLAG, False, "Log every attempt."),
    Option(OUTPUT, "log_format", "", "", LOG_FORMAT, "text", "Log lines for people (text) or for machines (json)."),
    Option(OUTPUT, "progress", "", "", PROGRESS, "auto", "Show a live display during a wait (live), or lines alone (plain); auto: live on a terminal, but not with -q, -v or JSON, or if CI is set."),
    Option(OUTPUT, "color", "", "", COLOR, "auto", "Color the states and reasons in text; auto: on a terminal, unless NO_COLOR is set."),
)  # fmt: skip
# Each spelling of an option, with the text that it gives a flag.
SPELLINGS = {
    spelling: (option, meaning)
    for option in OPTIONS
    for spelling, meaning in (
        (option.flag, "true"),
        (option.short, "true"),
        (option.negative, "false"),
    )
    if spelling
}


class Settings:
    """The values of one run: of OPTIONS, the targets, and the command with its arguments, or none."""

    __slots__ = (*(option.name for option in OPTIONS), "command", "left_out", "targets", "warnings")

    timeout: float
    attempt_timeout: float
    delay: float
    max_delay: float
    settle: float
    stable: float
    any: bool
    down: bool
    strict: bool
    splay: float
    once: bool
    quiet: bool
    verbose: bool
    log_format: str
    progress: str
    color: str
    targets: list[Target]
    command: list[str]
    warnings: list[str]
    # What is not waited for, and why.
    left_out: list[str]

    def __init__(self, **values: object) -> None:
        for option in OPTIONS:
            setattr(self, option.name, values.get(option.name, option.default))
        self.targets = []
        self.command = []
        self.warnings = []
        self.left_out = []


def parse_values(spelled: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, Value]:
    """Return the value of every option that was set.

    *spelled* has the texts from argv by option name. Options that are not in it are read from
    *environ*; an empty variable counts as unset. Raise UsageError for the first bad value.
    """
    values: dict[str, Value] = {}
    for option in OPTIONS:
        text, source = spelled.get(option.name), option.flag
        if text is None:
            text, source = environ.get(option.variable, ""), option.variable
            if not text:
                continue
        values[option.name] = option.kind.read(text, source)
    for pair in EXCLUSIVE:
        _resolve_conflict(values, spelled, pair)
    return values


def origin(
    name: str, settings: Settings, spelled: Mapping[str, str], environ: Mapping[str, str]
) -> str:
    """Return the duration *name* of *settings* as it was given: ``--timeout 2s``, ``UNTILUP_TIMEOUT=2s``."""
    option = next(option for option in OPTIONS if option.name == name)
    value = format_duration(getattr(settings, name))
    if name in spelled:
        return f"{option.flag} {value}"
    if environ.get(option.variable):
        return f"{option.variable}={value}"
    return f"the default {option.flag} {value}"


# Neither of a pair makes sense with the other.
EXCLUSIVE = (
    ("quiet", "verbose"),
    ("once", "stable"),
    ("once", "splay"),
)


def _resolve_conflict(
    values: dict[str, Value], spelled: Mapping[str, str], pair: tuple[str, str]
) -> None:
    """Let a flag win over the variable of the other; refuse both from one source."""
    one, other = pair
    if not (values.get(one) and values.get(other)):
        return
    if (one in spelled) == (other in spelled):
        raise UsageError(f"--{one} and --{other} cannot be combined; use one of them")
    del values[other if one in spelled else one]
