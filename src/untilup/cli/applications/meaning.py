"""Meaning: what an application's URL or connection string is here."""

from __future__ import annotations

from untilup import display
from untilup.targets.syntax import COMMON_OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.values import OptionTypes


class Meaning:
    """A target of *scheme*, whose URL continues with *rest*; nothing if *absent* says why there is none.

    *port* is the default port, if it is not that of the scheme. *name* is the scheme as the application
    has it. If *by_port* is true, there is no check for it, and its port is waited for.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each fact
        self,
        scheme: str,
        rest: str = "",
        port: int = 0,
        *,
        name: str = "",
        by_port: bool = False,
        absent: str = "",
    ) -> None:
        self.scheme = scheme
        self.rest = rest
        self.port = port
        self.name = name
        self.by_port = by_port
        self.absent = absent


def split_options(text: str, choices: OptionTypes) -> tuple[str, str]:
    """Split *text* at the first ``#`` after which there is nothing but options.

    These are *choices* or those of every target. A ``#`` before them is part of the text if that has a
    password. Otherwise, what follows it is meant as options.
    """
    at = text.find("#")
    while at >= 0:
        pieces = text[at + 1 :].replace("#", "&").split("&")
        if all(piece.partition("=")[0] in {**COMMON_OPTIONS, **choices} for piece in pieces):
            return text[:at], text[at + 1 :]
        at = text.find("#", at + 1)
    if display.names_a_secret(text.partition("#")[0]):
        return text, ""
    before, _, options = text.partition("#")
    return before, options
