"""OPTIONS, the one table of what can be set, and Settings, the values of one run.

The flags, the ``UNTILUP_*`` variables, ``--help`` and the README's table are all made from OPTIONS.
"""

from __future__ import annotations

from untilup.errors import UsageError
from untilup.values import DURATION, DURATION_OR_ZERO, FLAG, ValueType, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from untilup.targets.target import Target

    Value = float | bool | str
    # The texts of the options by name, and the targets' arguments.
    RawArguments = tuple[dict[str, str], list[str]]

PREFIX = "UNTILUP_"
LOG_FORMAT = ValueType("text|json", "text or json", one_of({"text": "text", "json": "json"}))


class Option:
    """One row of the table. A flag that has a *negative* can be switched off by it."""

    __slots__ = ("default", "kind", "meaning", "name", "negative", "short")

    def __init__(  # noqa: PLR0913 - one parameter for each column of the table
        self, name: str, short: str, negative: str, kind: ValueType, default: Value, meaning: str
    ) -> None:
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


OPTIONS = (
    Option(
        "timeout",
        "-t",
        "",
        DURATION_OR_ZERO,
        60.0,
        "Give up after this long in all, name resolution included; 0 waits for ever.",
    ),
    Option(
        "attempt_timeout",
        "",
        "",
        DURATION,
        5.0,
        "The most that one look at one target may take once its name is resolved (below 3.1s an absent host cannot be told from dropped packets).",
    ),
    Option("delay", "", "", DURATION, 0.010, "The first pause after a failed look."),
    Option(
        "max_delay",
        "",
        "",
        DURATION,
        10.0,
        "The longest pause where a look costs somebody work (a DNS query, a server's answer): 1s at first, then 1/30 of the time since the answer changed.",
    ),
    Option(
        "settle",
        "",
        "",
        DURATION_OR_ZERO,
        0.002,
        "How long a new connection must stay open; longer after a slow handshake (at most 250ms) or on a busy machine (at most 1s); 0 turns it off.",
    ),
    Option(
        "stable",
        "",
        "",
        DURATION_OR_ZERO,
        0.0,
        "A target counts only after it has kept passing for this long, looked at every min(max-delay, 1s, stable/4).",
    ),
    Option(
        "any",
        "",
        "--all",
        FLAG,
        False,
        "Go on as soon as one target is up (--any), or when all are (--all).",
    ),
    Option(
        "down",
        "",
        "--up",
        FLAG,
        False,
        "Wait until the targets are down (--down), or up (--up).",
    ),
    Option(
        "strict",
        "",
        "--no-strict",
        FLAG,
        True,
        "On time-out: fail (--strict), or run the command all the same (--no-strict).",
    ),
    Option(
        "splay",
        "",
        "",
        DURATION_OR_ZERO,
        0.0,
        "After a wait, sleep a random part of this before the command (spreads a fleet's stampede); not part of the timeout; skipped if all was up at the first look.",
    ),
    Option(
        "once",
        "",
        "",
        FLAG,
        False,
        "Look once, print a table of what was seen, exit 0 or 124; takes no command.",
    ),
    Option("quiet", "-q", "", FLAG, False, "Print nothing but errors."),
    Option("verbose", "-v", "", FLAG, False, "Print every look."),
    Option(
        "log_format",
        "",
        "",
        LOG_FORMAT,
        "text",
        "Print lines for people (text) or for machines (json).",
    ),
)


class Settings:
    """The values of one run: what OPTIONS says, the targets, and the command (its words, or none)."""

    __slots__ = (*(option.name for option in OPTIONS), "command", "targets", "warnings")

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
    targets: list[Target]
    command: list[str]
    warnings: list[str]

    def __init__(self, **values: object) -> None:
        for option in OPTIONS:
            setattr(self, option.name, values.get(option.name, option.default))
        self.targets = []
        self.command = []
        self.warnings = []


def parse_values(spelled: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, Value]:
    """Return the value of every option that was set.

    *spelled* holds the texts from argv by option name; where it is silent *environ* speaks, in
    which an empty variable counts as unset. Raise UsageError for the first bad value.
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


# Each of these makes no sense beside its neighbour.
EXCLUSIVE = (
    ("quiet", "verbose"),
    ("once", "stable"),
    ("once", "splay"),
)


def _resolve_conflict(
    values: dict[str, Value], spelled: Mapping[str, str], pair: tuple[str, str]
) -> None:
    """Let a flag win over the other's variable, and refuse both from one source."""
    one, other = pair
    if not (values.get(one) and values.get(other)):
        return
    if (one in spelled) == (other in spelled):
        raise UsageError(f"--{one} and --{other} exclude each other; give one of them")
    del values[other if one in spelled else one]
