"""smtps:// - up when the mail server greets with 220 over TLS, and its certificate verifies."""

from __future__ import annotations

from untilup.checks import smtp
from untilup.targets import query, tls_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.targets.target import Target

# RFC 6409 section 3.1: here TLS begins with STARTTLS, after the greeting. django-environ means that by
# smtps://, and servers do not begin with TLS there.
SUBMISSION = 587
# The options of Symfony Mailer, and of Ory.
TLS_RELAXATIONS = {
    "verify_peer": (query.FALSE, "insecure"),
    "skip_ssl_verify": (query.TRUE, "insecure"),
}


def _is_encrypted(target: Target) -> bool:
    return target.port != SUBMISSION


SYNTAX = smtp.SYNTAX.alias(
    "smtps://mail",
    "smtps://user:password@mail#ca=/run/secrets/ca.pem",
    port=smtp.SUBMISSIONS,
    encrypted=_is_encrypted,
    options=tls_options.TLS_OPTIONS,
)
ask = smtp.ask


def normalize(target: Target) -> Target:
    """Return *target* with the options that mailers read from its query."""
    tls_options.validate_if_encrypted(
        target, "another port than 587, which begins in plaintext", encrypted=_is_encrypted(target)
    )
    return query.apply_driver_tls(target, {}, TLS_RELAXATIONS)
