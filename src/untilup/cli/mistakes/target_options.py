"""What was probably meant by an option that a target of this scheme does not have."""

from __future__ import annotations

from untilup import checks
from untilup.cli import schemes
from untilup.cli.similar import nearest
from untilup.errors import InvalidTarget
from untilup.targets.fragment import UnknownOption, parse_options
from untilup.targets.syntax import COMMON_OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.values import OptionTypes

# What other programs call the use of TLS.
TLS_NAMES = frozenset(("tls", "ssl", "sslmode", "secure"))
# What other programs call the option ca=.
CA_NAMES = frozenset(("cacert", "cafile", "ca-cert", "ca-file", "sslrootcert"))
# How the targets of other schemes ask for TLS.
ASKED_FOR = {"tcp": "tls://", "mongodb": "?tls=true before the '#'"}
# With more of them, the options of the target itself say enough.
MAX_OWNERS = 3


def explained(error: UnknownOption, scheme: str) -> UnknownOption:
    """Return *error*, of a target of *scheme*, with what was probably meant if that is clear.

    A name that is not shown may be a piece of a secret, and is not compared with anything.
    """
    cure = _cure(error.piece, scheme) if error.piece else ""
    return UnknownOption(error.piece, error.choices, in_value=error.in_value, cure=cure)


def raise_if_without_space(command: str, choices: OptionTypes) -> None:
    """Raise InvalidTarget if *command* ends with what are options of its target, but for a space."""
    last = command.rsplit(maxsplit=1)[-1]
    argument, _, fragment = last.partition("#")
    if not argument or "://" in argument or not fragment:
        return
    try:
        parse_options(fragment, choices)
    except InvalidTarget:
        return
    raise InvalidTarget(
        "options follow a command after a space: 'exec:COMMAND #OPTION'; quote the '#' if it is part of an argument"
    )


def _cure(name: str, scheme: str) -> str:
    syntax = checks.syntax_of(scheme)
    options = [*(syntax.options if syntax else ()), *COMMON_OPTIONS]
    over_tls = f"{scheme}s" if checks.syntax_of(f"{scheme}s") else ""
    if name in TLS_NAMES and (cure := _tls(scheme, over_tls, options)):
        return cure
    if name in CA_NAMES and "ca" in options:
        return "did you mean 'ca'?"
    if name == "starttls":
        return "untilup does not use STARTTLS"
    if near := nearest(name, options):
        return f"did you mean '{near}'?"
    owners = _owners(name)
    if over_tls in owners:
        owners = [over_tls]
    if not 0 < len(owners) <= MAX_OWNERS:
        return ""
    *others, last = [f"{owner}://" for owner in owners]
    has = f"{', '.join(others)} and {last} have" if others else f"{last} has"
    return f"{has} such an option"


def _tls(scheme: str, over_tls: str, options: list[str]) -> str:
    """Return how a target of *scheme* asks for TLS, or that it cannot; nothing if it has no host."""
    how = f"{over_tls}://" if over_tls else ASKED_FOR.get(scheme, "")
    for option in ("tls", "sslmode=require"):
        if option.partition("=")[0] in options:
            how = f"'{option}'"
    if how:
        return f"for TLS write {how}"
    if "ca" in options:
        return f"{scheme}:// always uses TLS"
    syntax = checks.syntax_of(scheme)
    return f"{scheme}:// is checked without TLS" if syntax and syntax.host else ""


def _owners(name: str) -> list[str]:
    """Return the schemes of URLs whose targets have the option *name*."""
    found = [(scheme, checks.syntax_of(scheme)) for scheme in schemes.of_urls()]
    return [scheme for scheme, syntax in found if syntax and name in syntax.options]
