"""dns:// - ready when the name resolves, by the system's resolver, as applications ask it."""

from __future__ import annotations

import _socket as socket
from time import monotonic

from untilup.errors import DOWN, InvalidTarget, NotReady
from untilup.net import resolver
from untilup.targets.syntax import TargetSyntax
from untilup.values import ValueType, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.attempt import Attempt
    from untilup.targets.target import Target

FAMILIES = {int(socket.AF_INET): "IPv4", int(socket.AF_INET6): "IPv6"}


def canonical(text: str) -> str:
    """Return an IP address as the resolver writes it; raise ValueError for anything else."""
    for family in FAMILIES:
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, text))
        except OSError:
            pass
    raise ValueError(text)


FAMILY = ValueType("4|6", "4 or 6", one_of({"4": int(socket.AF_INET), "6": int(socket.AF_INET6)}))
ADDRESS = ValueType("ADDRESS", "an IPv4 or IPv6 address", canonical)

SYNTAX = TargetSyntax(
    "dns://db.example",
    "dns://db.example#family=6",
    "dns://db.example#address=10.0.0.5",
    port=None,
    options={
        "family": (FAMILY, "it must have an address of this family: IPv4, or IPv6"),
        "address": (ADDRESS, "it must have this address"),
    },
)


def validate(target: Target) -> None:
    """Raise InvalidTarget where there is no name to look up, or no answer could do."""
    if _is_address(target.host.partition("%")[0]):
        raise InvalidTarget("dns:// is for names, and this is an address")
    wanted, family = target.options.get("address"), target.options.get("family")
    if wanted and family and family != _family(wanted):
        raise InvalidTarget(f"address= is none of {FAMILIES[family]}, which family= asks for")


def check(attempt: Attempt) -> None:
    """Return when the name of the target has an address, and the one that is asked for if any is.

    Each attempt asks the resolver anew. It blocks for as long as the resolver does, whatever the
    timeout.
    """
    target = attempt.target
    attempt.enter("resolving")
    began = monotonic()
    addresses = resolver.host_entry(target.host).addresses(0, fresh=True)
    resolver.note(attempt, addresses, monotonic() - began)
    found = [(family, str(at[0]).partition("%")[0]) for family, at in addresses]
    wanted, family = target.options.get("address"), target.options.get("family")
    if wanted and wanted not in (text for _, text in found):
        raise _otherwise(found, f"not {wanted}")
    if family and family not in (its for its, _ in found):
        raise _otherwise(found, f"no address of {FAMILIES[family]}")


def _otherwise(found: list[tuple[int, str]], missing: str) -> NotReady:
    texts = ", ".join(text for _, text in found)
    return NotReady(
        "wrong-address",
        f"the name resolves to {texts}, and {missing}",
        "has the record been changed yet, and may an older answer still be kept (its TTL)?",
        evidence=DOWN,
    )


def _is_address(text: str) -> bool:
    try:
        canonical(text)
    except ValueError:
        return False
    return True


def _family(text: str) -> int:
    return int(socket.AF_INET6 if ":" in text else socket.AF_INET)
