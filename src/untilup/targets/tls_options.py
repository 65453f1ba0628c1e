"""The options of TLS, and which of them cannot be combined."""

from __future__ import annotations

from untilup.errors import InvalidTarget
from untilup.values import FLAG, PATH, SECRET_PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target
    from untilup.values import OptionTypes

TLS_OPTIONS: OptionTypes = {
    "insecure": (FLAG, "do not verify the certificate"),
    "ca": (PATH, "trust only the CA certificates in this file (PEM)"),
    "cert": (PATH, "present this client certificate (PEM), with its intermediate certificates"),
    "key": (SECRET_PATH, "the key of `cert`, if it is not in the same file"),
}
# Of schemes that are plaintext unless TLS is asked for.
IF_ASKED: OptionTypes = {"tls": (FLAG, "use TLS, and verify the certificate"), **TLS_OPTIONS}


def is_asked(target: Target) -> bool:
    """Tell whether *target* has the option ``tls``."""
    return bool(target.options.get("tls"))


def validate_if_asked(target: Target) -> None:
    """Raise InvalidTarget for options of TLS that cannot be combined, or that need the option ``tls``."""
    validate_if_encrypted(target, "'tls'", encrypted=is_asked(target))


def validate(target: Target) -> None:
    """Raise InvalidTarget for options that cannot be combined."""
    if "key" in target.options and "cert" not in target.options:
        raise InvalidTarget("'key' needs 'cert', which is missing")
    if target.options.get("insecure") and "ca" in target.options:
        raise InvalidTarget(
            "'insecure' and 'ca' cannot be combined: with 'insecure' no certificate is verified"
        )


def validate_if_encrypted(target: Target, how: str, *, encrypted: bool) -> None:
    """Raise InvalidTarget for options of TLS that cannot be combined, or that need TLS.

    *how* names the option that asks for TLS.
    """
    validate(target)
    if not encrypted and (without := next((n for n in TLS_OPTIONS if n in target.options), "")):
        raise InvalidTarget(
            f"'{without}' is an option of TLS, which this target does not use; add {how}"
        )
