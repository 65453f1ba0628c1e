"""Variables that are named like those of untilup, and are none."""

from __future__ import annotations

from untilup import display
from untilup.cli.similar import nearest
from untilup.errors import UsageError
from untilup.options import PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection


def warning(unknown: list[str], known: Collection[str]) -> str:
    """Return a warning that names *unknown* variables, without their values.

    Only a warning: for a Service called untilup, Kubernetes sets UNTILUP_PORT and more.
    """
    named = [
        display.printable(name) + (f" (did you mean {meant}?)" if meant else "")
        for name, meant in _with_meant(unknown, known)
    ]
    return f"unknown variables are ignored: {', '.join(named)}"


def mention(error: UsageError, unknown: list[str], known: Collection[str]) -> UsageError:
    """Return *error* with the *unknown* variables that are probably misspelled."""
    named = [
        f"{display.printable(name)} is set; did you mean {meant}?"
        for name, meant in _with_meant(unknown, known)
        if meant
    ]
    first, newline, rest = str(error).partition("\n")
    return UsageError(f"{first} ({' '.join(named)}){newline}{rest}") if named else error


def _with_meant(unknown: list[str], known: Collection[str]) -> list[tuple[str, str]]:
    """Return each of the *unknown* names with the known one that is near, or nothing."""
    # Without the prefix, which would make all of them similar.
    names = [name.removeprefix(PREFIX) for name in known]
    near = [nearest(name.removeprefix(PREFIX), names) for name in unknown]
    return [
        (name, f"{PREFIX}{meant}" if meant else "")
        for name, meant in zip(unknown, near, strict=True)
    ]
