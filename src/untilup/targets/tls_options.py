"""The options of TLS: what a target may ask for, and what makes no sense together."""

from __future__ import annotations

from untilup.errors import InvalidTarget
from untilup.values import FLAG, PATH, SECRET_PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target
    from untilup.values import OptionTypes

TLS_OPTIONS: OptionTypes = {
    "insecure": (FLAG, "do not verify the certificate"),
    "ca": (PATH, "trust the CA certificates in this file (PEM), and no others"),
    "cert": (PATH, "show this client certificate (PEM), with what leads to its CA"),
    "key": (SECRET_PATH, "the key of `cert`, where it is not in the same file"),
}


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that make no sense together."""
    if "key" in target.options and "cert" not in target.options:
        raise InvalidTarget("'key' is the key of a 'cert', which is missing")
    if target.options.get("insecure") and "ca" in target.options:
        raise InvalidTarget("with 'insecure' no certificate is verified, and 'ca' is for nothing")


def validate_if_encrypted(target: Target, how: str, *, encrypted: bool) -> None:
    """Raise InvalidTarget for options of TLS that make no sense together, or without TLS.

    *how* names the option that asks for TLS.
    """
    validate(target)
    if not encrypted and (without := next((n for n in TLS_OPTIONS if n in target.options), "")):
        raise InvalidTarget(
            f"'{without}' is an option of TLS, which this target does not ask for: add {how}"
        )
