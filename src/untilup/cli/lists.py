"""Words to targets: a word may be a list of them, and no list is ever read as one target.

Commas, semicolons and white space separate targets where each side is complete. A URL always begins
a new target. What follows it may be more of its hosts, of its path or of its query, too: if so, the
word is refused, and both spellings are shown.
"""

from __future__ import annotations

from untilup import display
from untilup.cli import targets
from untilup.cli.variables import ALL, FROM_ENVIRONMENT, refusal, value_of, with_options
from untilup.errors import InvalidTarget
from untilup.targets import target, url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from untilup.targets.target import Target

_TWO_WAYS = "it can be read in two ways: "
_IN_THE_URL = "give each target an argument of its own (a space in UNTILUP_TARGETS), or write what belongs to the URL as %2C (a comma), %3B (a semicolon) or %20 (a space)"
_MIXED = "{} has a URL and a part without a scheme; give each part a scheme, or none of them"
_NOT_IN_A_LIST = "exec: takes all of its argument; give it one of its own, without other targets"


def parse_targets(
    word: str, settle: float, environ: Mapping[str, str], *, hidden: bool = False
) -> list[Target]:
    """Return the targets that *word* names; raise UsageError as targets.parse_target() does.

    All of them are waited for. A variable (``env:``) may hold the URLs of one service's servers:
    those are one target, of which any server will do.
    """
    if word.startswith(display.COMMAND):
        return [targets.parse_target(word, settle, environ)]
    try:
        return List(word, settle, environ).targets()
    except InvalidTarget as error:
        plain = {*"?#"}.isdisjoint(word) and display.malformed(word) != display.NOT_SHOWN
        part = error.part if isinstance(error, InAPart) else word
        named = part if plain or part.startswith(FROM_ENVIRONMENT) else word
        # What is cut off of the word where it is shown may be cut off of a part after it, too.
        shown = error if plain else InvalidTarget(error.problem, None)
        raise refusal(named, shown, hidden=hidden) from None


class InAPart(InvalidTarget):
    """What is wrong with a *part* of a list, which is named without the rest."""

    def __init__(self, error: InvalidTarget, part: str) -> None:
        super().__init__(error.problem, error.piece)
        self.part = part


class List:
    """The targets in *text*, a word of argv or of UNTILUP_TARGETS."""

    def __init__(self, text: str, settle: float, environ: Mapping[str, str]) -> None:
        self._text = text
        self._settle = settle
        self._environ = environ
        self._spans = url.list_items(text)

    def targets(self) -> list[Target]:
        """Return them all, in their order; raise InvalidTarget if they are not clear."""
        begins = [at for at in range(len(self._spans)) if not at or self._opens(at)]
        found: list[Target] = []
        for first, after in zip(begins, [*begins[1:], len(self._spans)], strict=False):
            found += self._chunk(first, after)
        return found

    def _opens(self, at: int) -> bool:
        """Tell whether a piece is more than ``host:port``, so that what follows may belong to it."""
        piece = self._piece(at, at + 1)
        return url.is_url(piece) or piece.startswith(FROM_ENVIRONMENT)

    def _piece(self, first: int, after: int) -> str:
        """Return the text from one piece to the one before another.

        The text of an option may end in what separates.
        """
        if len(self._spans) == 1:
            return self._text if "#" in self._text else self._text.strip(url.SEPARATORS)
        begin, end = self._spans[first][0], self._spans[after - 1][1]
        if after == len(self._spans) and "#" in self._text[begin:]:
            end = len(self._text)
        return self._text[begin:end]

    def _chunk(self, first: int, after: int) -> list[Target]:
        """Return the targets of a URL and what follows it, up to the next URL, or of no URL."""
        if after == first + 1 or not self._opens(first):
            return [one for at in range(first, after) for one in self._alone(at)]
        readings = self._readings(first, after)
        if len(readings) == 1:
            return next(iter(readings.values()))
        if readings:
            raise self._two_ways(first, min(readings), after)
        raise self._what_is_wrong(first, after)

    def _alone(self, at: int) -> list[Target]:
        """Return the targets of one piece, which stands for itself."""
        piece = self._piece(at, at + 1)
        try:
            return self._read(piece)
        except InAPart:
            raise
        except InvalidTarget as error:
            raise InAPart(error, piece) from None

    def _readings(self, first: int, after: int) -> dict[int, list[Target]]:
        """Return the ways, two at most, to read a URL and what follows as complete targets.

        The URL is the first piece alone, or has some of the others; those that are left are bare.
        Each reading is known by the piece before which its URL ends.
        """
        begin = after
        rest: dict[int, list[Target]] = {after: []}
        while begin > first + 1 and (found := self._read_or_not(begin - 1, begin)):
            rest[begin - 1] = found + rest[begin]
            begin -= 1
        readings: dict[int, list[Target]] = {}
        for end in range(begin, after + 1):
            if found := self._read_or_not(first, end):
                readings[end] = found + rest[end]
            if len(readings) > 1:
                break
        return readings

    def _read_or_not(self, first: int, after: int) -> list[Target]:
        try:
            return self._read(self._piece(first, after))
        except InvalidTarget:
            return []

    def _two_ways(self, first: int, end: int, after: int) -> InvalidTarget:
        """Return the refusal of what has two readings, with the spelling of each."""
        text = self._piece(first, after)
        if not self._is_one_with_several_hosts(text):
            return InvalidTarget(_TWO_WAYS + _IN_THE_URL)
        bare = (self._piece(at, at + 1) for at in range(end, after))
        apart, together = " ".join([self._piece(first, end), *bare]), f"{text}/"
        if "#" in text or display.malformed(self._text) == display.NOT_SHOWN:
            scheme = text.partition("://")[0]
            apart, together = f"{scheme}://one:1 two:2", f"{scheme}://one:1,two:2/"
        return InvalidTarget(
            f"{_TWO_WAYS}give '{apart}' for several targets, or '{together}' for one with several hosts"
        )

    def _what_is_wrong(self, first: int, after: int) -> InvalidTarget:
        """Return why a URL and what follows it are neither one target nor several."""
        whole = self._problem_of(first, after)
        others = [self._problem_of(at, at + 1) for at in range(first, after)]
        problems = [problem for problem in others if problem]
        keyed = [problem for problem in problems if problem.problem == targets.KEY_VALUE]
        return next(problem for problem in (*keyed, whole, *problems) if problem)

    def _problem_of(self, first: int, after: int) -> InvalidTarget | None:
        try:
            self._read(self._piece(first, after))
        except InvalidTarget as error:
            return error
        return None

    def _read(self, text: str) -> list[Target]:
        """Return the one target that *text* is, or those of the variable that it names."""
        if text.startswith(display.COMMAND):
            raise InvalidTarget(_NOT_IN_A_LIST)
        if not text.startswith(FROM_ENVIRONMENT):
            return [targets.parse_one(text, self._settle)]
        source = text.partition("#")[0]
        try:
            value, options, wants_all = value_of(text, self._environ)
            return Variable(value, self._settle, options).of(source, wants_all=wants_all)
        except InvalidTarget as error:
            raise InAPart(error, text) from None

    def _is_one_with_several_hosts(self, text: str) -> bool:
        """Tell whether *text* is one target, and all that separates in it stands between its hosts."""
        try:
            whole = self._read(text)[0]
        except InvalidTarget:
            return False
        rest = text.rpartition("@")[2] if whole.user else text.partition("://")[2]
        end = min((rest.find(sign) for sign in "/?#" if sign in rest), default=len(rest))
        return len(whole.hosts) > 1 and not url.separates(rest[end:])


class Variable(List):
    """The targets in *text*, the value of an application's variable, each with the same *options*."""

    def __init__(self, text: str, settle: float, options: str) -> None:
        super().__init__(text, settle, {})
        self._options = options

    def of(self, source: str, *, wants_all: bool) -> list[Target]:
        """Return all of them, or one of which any server will do: if they are URLs of one scheme."""
        if len(self._spans) <= 1:
            return self._read(self._piece(0, 1))
        found = list(dict.fromkeys(self.targets()))
        is_one_service = self._opens(0) and len({each.scheme for each in found}) == 1
        if wants_all or len(found) == 1 or not is_one_service:
            return found
        return [_any_of(found, source)]

    def _chunk(self, first: int, after: int) -> list[Target]:
        """Return the targets of a URL, which may have several hosts, or of what is no URL."""
        if self._opens(first) and self._is_one_with_several_hosts(self._piece(first, after)):
            return self._read(self._piece(first, after))
        found = super()._chunk(first, after)
        if self._opens(first) and len(found) > 1:
            raise InvalidTarget(_MIXED)
        return found

    def _read(self, text: str) -> list[Target]:
        if text.startswith((display.COMMAND, FROM_ENVIRONMENT)):
            raise InvalidTarget("{} may be neither env: nor exec:")
        if ":" not in text:
            raise InvalidTarget(f"{{}} has a part that is no target; {targets.HOST_OR_URL}")
        return [targets.parse_one(with_options(text, self._options), self._settle)]


def _any_of(found: list[Target], source: str) -> Target:
    """Return one target, of which any server will do, for the URLs of one service in *source*."""
    first = found[0]
    hosts = [where for each in found for where in each.hosts]
    cure = f"give {source}#{ALL} to wait for all of them"
    if not all(each.hosts for each in found) or len({*hosts}) < len(hosts):
        raise InvalidTarget(f"{{}} is a list of URLs, and each has to have another host; {cure}")
    if len({(each.settle, each.timeout, each.optional) for each in found}) > 1:
        raise InvalidTarget(f"{{}} is a list of URLs with options of their own; {cure}")
    return target.Target(
        *(first.scheme, first.host, first.port, first.settle),
        path=first.path,
        user=first.user,
        options={**first.options, "timeout": first.timeout, "optional": first.optional},
        others=hosts[1:],
        either={where: each for each in found for where in each.hosts},
        source=source,
    )
