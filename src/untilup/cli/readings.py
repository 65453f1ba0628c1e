"""Readings: a text that may be several targets, and is never read as one if it is.

Commas, semicolons and white space separate targets if each side is complete. A URL always begins
a new target. The text after a URL may also be more hosts of it, or the rest of its path or query. Such
a text is refused, and the message shows both spellings.
"""

from __future__ import annotations

from untilup import display
from untilup.errors import InvalidTarget
from untilup.targets import url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

_TWO_WAYS = "it can be read in two ways: "
_IN_THE_URL = "pass each target as an argument of its own (in UNTILUP_TARGETS put a space between them), or write what belongs to the URL as %2C (a comma), %3B (a semicolon) or %20 (a space)"


class InAPart(InvalidTarget):
    """What is wrong with one *part* of a list."""

    def __init__(self, error: InvalidTarget, part: str) -> None:
        super().__init__(error.problem, error.piece, error.instead)
        self.part = part


class Readings:
    """The targets in *text*. What one piece of it means, a subclass knows."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spans = url.list_items(text)

    def targets(self) -> list[Target]:
        """Return them all, in their order; raise InvalidTarget if they are not clear."""
        begins = [at for at in range(len(self._spans)) if not at or self._opens(at)]
        found: list[Target] = []
        for first, after in zip(begins, [*begins[1:], len(self._spans)], strict=False):
            found += self._url_and_following(first, after)
        return found

    def _read(self, text: str) -> list[Target]:
        """Return what *text*, which may be one piece or several, means as a whole."""
        raise NotImplementedError

    def _opens(self, at: int) -> bool:
        """Tell whether a piece is more than ``host:port``, so that what follows may belong to it."""
        piece = self._piece(at, at + 1)
        return url.is_url(piece) or piece.startswith(display.FROM_ENVIRONMENT)

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

    def _url_and_following(self, first: int, after: int) -> list[Target]:
        """Return the targets of a URL and what follows it, up to the next URL, or of no URL."""
        piece = self._piece(first, first + 1)
        is_name = piece.startswith(display.FROM_ENVIRONMENT) and "#" not in piece
        if after == first + 1 or is_name or not self._opens(first):
            return [one for at in range(first, after) for one in self._single(at)]
        readings = self._readings(first, after)
        if len(readings) == 1:
            return next(iter(readings.values()))
        if readings:
            raise self._two_ways(first, min(readings), after)
        raise self._what_is_wrong(first, after)

    def _single(self, at: int) -> list[Target]:
        """Return the targets of one piece, to which no other piece belongs."""
        piece = self._piece(at, at + 1)
        try:
            return self._read(piece)
        except InAPart:
            raise
        except InvalidTarget as error:
            raise InAPart(error, piece) from None

    def _readings(self, first: int, after: int) -> dict[int, list[Target]]:
        """Return the ways, two at most, to read a URL and what follows as complete targets.

        The URL is the first piece alone, or has some of the others; the rest are bare targets.
        Each reading is known by the piece before which its URL ends.
        """
        begin = after
        rest: dict[int, list[Target]] = {after: []}
        while begin > first + 1 and (found := self._read_or_not(begin - 1, begin)) is not None:
            rest[begin - 1] = found + rest[begin]
            begin -= 1
        readings: dict[int, list[Target]] = {}
        for end in range(begin, after + 1):
            if (found := self._read_or_not(first, end)) is not None:
                readings[end] = found + rest[end]
            if len(readings) > 1:
                break
        return readings

    def _read_or_not(self, first: int, after: int) -> list[Target] | None:
        try:
            return self._read(self._piece(first, after))
        except InvalidTarget:
            return None

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
            f"{_TWO_WAYS}write '{apart}' for several targets, or '{together}' for one with several hosts"
        )

    def _what_is_wrong(self, first: int, after: int) -> InvalidTarget:
        """Return why a URL and what follows it are neither one target nor several."""
        whole = self._problem_of(first, after)
        others = [self._problem_of(at, at + 1) for at in range(first, after)]
        problems = [problem for problem in others if problem]
        keyed = [problem for problem in problems if problem.problem == url.KEY_VALUE]
        return next(problem for problem in (*keyed, whole, *problems) if problem)

    def _problem_of(self, first: int, after: int) -> InvalidTarget | None:
        try:
            self._read(self._piece(first, after))
        except InvalidTarget as error:
            return error
        return None

    def _is_one_with_several_hosts(self, text: str) -> bool:
        """Tell whether *text* is one target whose separators are all between its hosts."""
        try:
            found = self._read(text)
        except InvalidTarget:
            return False
        if len(found) != 1 or len(found[0].hosts) <= 1:
            return False
        rest = text.rpartition("@")[2] if found[0].user else text.partition("://")[2]
        end = min((rest.find(sign) for sign in "/?#" if sign in rest), default=len(rest))
        return not url.separates(rest[end:])
