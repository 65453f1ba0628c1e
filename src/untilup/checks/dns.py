"""dns:// - up when the name resolves through the system resolver, as it does for applications."""

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


def family_of(text: str) -> int | None:
    """Return the family of an IP address; None for anything else."""
    for family in FAMILIES:
        try:
            socket.inet_pton(family, text)
        except OSError:
            continue
        return family
    return None


def normalize_address(text: str) -> str:
    """Return an IP address as the resolver writes it; raise ValueError for anything else."""
    family = family_of(text)
    if family is None:
        raise ValueError(text)
    return socket.inet_ntop(family, socket.inet_pton(family, text))


FAMILY = ValueType("4|6", "4 or 6", one_of({"4": int(socket.AF_INET), "6": int(socket.AF_INET6)}))
ADDRESS = ValueType("ADDRESS", "an IPv4 or IPv6 address", normalize_address)

SYNTAX = TargetSyntax(
    "dns://db.example",
    "dns://db.example#family=6",
    "dns://db.example#address=10.0.0.5",
    port=None,
    options={
        "family": (FAMILY, "it must have an address of this family: IPv4 or IPv6"),
        "address": (ADDRESS, "it must have this address"),
    },
)


def validate(target: Target) -> None:
    """Raise InvalidTarget for an address, and for options that contradict each other."""
    if family_of(target.host.partition("%")[0]):
        raise InvalidTarget("dns:// is for names, and this is an address")
    wanted, family = target.options.get("address"), target.options.get("family")
    if wanted and family and family != family_of(wanted):
        raise InvalidTarget(f"address= is not of {FAMILIES[family]}, which family= requires")


def check(attempt: Attempt) -> None:
    """Return when the target's name has an address, and the one that the options require.

    Each attempt makes a new lookup. It blocks for as long as the resolver does, whatever the timeout.
    """
    target = attempt.target
    attempt.enter("resolving")
    began = monotonic()
    addresses = resolver.host_entry(target.host).addresses(0, fresh=True)
    resolver.observe_addresses(attempt, addresses, monotonic() - began)
    found = [(family, str(at[0]).partition("%")[0]) for family, at in addresses]
    wanted, family = target.options.get("address"), target.options.get("family")
    if wanted and wanted not in (text for _, text in found):
        raise _wrong_address(found, f"not to {wanted}")
    if family and family not in (each for each, _ in found):
        raise _wrong_address(found, f"to no address of {FAMILIES[family]}")


def _wrong_address(found: list[tuple[int, str]], missing: str) -> NotReady:
    texts = ", ".join(text for _, text in found)
    return NotReady(
        "wrong-address",
        f"the name resolves to {texts}, {missing}",
        "Check that the record has been changed. A resolver may keep the old answer for its TTL.",
        evidence=DOWN,
    )
