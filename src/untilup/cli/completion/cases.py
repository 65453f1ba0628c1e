"""The branches of a shell's ``case``: which values follow which option."""

from __future__ import annotations

from untilup.cli.completion import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from untilup.cli.completion.words import Values


def values_by_option() -> dict[str, Values]:
    """Return the values of the targets' options by the shell's pattern for ``SCHEME#NAME``.

    Flags have none. An option that has the same values in every scheme has one pattern for all.
    """
    found: dict[str, dict[str, Values]] = {}
    for scheme, options in words.target_options().items():
        for option in options:
            if option.values is not None:
                found.setdefault(option.name.rstrip("="), {})[scheme] = option.values
    patterns: dict[str, Values] = {}
    for name, by_scheme in found.items():
        if len(set(by_scheme.values())) == 1:
            patterns[f"*#{name}"] = next(iter(by_scheme.values()))
        else:
            patterns |= {f"{scheme}#{name}": values for scheme, values in by_scheme.items()}
    return patterns


def by_values(options: Mapping[str, Values]) -> dict[Values, list[str]]:
    """Return the *options* that have the same values together."""
    grouped: dict[Values, list[str]] = {}
    for option, values in options.items():
        grouped.setdefault(values, []).append(option)
    return grouped


def quoted_patterns(patterns: list[str]) -> str:
    """Return *patterns* for bash and zsh, which may take ``#`` for an operator."""
    return " | ".join(pattern.replace("#", "'#'") for pattern in patterns)
