"""Lists: a word of argv or of UNTILUP_TARGETS may name several targets, and all are waited for."""

from __future__ import annotations

from untilup import display
from untilup.cli import targets
from untilup.cli.readings import InAPart, Readings
from untilup.cli.variables import env
from untilup.errors import InvalidTarget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from untilup.targets.target import Target

_NOT_IN_A_LIST = (
    "exec: reads all of its argument as the command; pass other targets as arguments of their own"
)


def parse_targets(
    word: str,
    settle: float,
    environ: Mapping[str, str],
    warnings: list[str] | None = None,
    timeout: float = 0.0,
) -> list[Target]:
    """Return the targets that *word* names; raise UsageError as targets.parse_target() does.

    All of them are waited for. What a variable (``env:``) holds may be the servers of one service: those
    are one target, of which any server will do. A variable may also leave nothing to wait for. Effects
    of variables that may not be intended are added to *warnings*. Reading files ends after the *timeout*
    (in seconds), if that is not 0.
    """
    told = [] if warnings is None else warnings
    if word.startswith(display.COMMAND):
        return [targets.parse_target(word, settle, environ)]
    try:
        return Word(
            word, settle, lambda part: env.targets_of(part, settle, environ, told, timeout)
        ).targets()
    except InvalidTarget as error:
        from untilup.cli.mistakes.in_targets import RefusedTarget

        plain = {*"?#"}.isdisjoint(word) and display.malformed(word) != display.NOT_SHOWN
        part = error.part if isinstance(error, InAPart) else word
        named = part if plain or part.startswith(display.FROM_ENVIRONMENT) else word
        # A word is shown up to its '?' or '#'. A part after that is not shown either.
        shown = error if plain else InvalidTarget(error.problem, None, error.instead)
        raise RefusedTarget(named, shown) from None


class Word(Readings):
    """The targets in *text*, a word of argv or of UNTILUP_TARGETS; *of_variable* returns those of ``env:NAME``."""

    def __init__(
        self, text: str, settle: float, of_variable: Callable[[str], list[Target]]
    ) -> None:
        super().__init__(text)
        self._settle = settle
        self._of_variable = of_variable

    def _read(self, text: str) -> list[Target]:
        """Return the one target that *text* is, or those of the variable that it names."""
        if text.startswith(display.COMMAND):
            raise InvalidTarget(_NOT_IN_A_LIST)
        if not text.startswith(display.FROM_ENVIRONMENT):
            return [targets.parse_one(text, self._settle)]
        try:
            return self._of_variable(text)
        except InvalidTarget as error:
            raise InAPart(error, text) from None
