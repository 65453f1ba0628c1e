"""ldaps:// - up when the server answers an anonymous bind over TLS, even with a refusal, and its certificate verifies."""

from untilup.checks import ldap
from untilup.targets import tls_options

# Registered with IANA.
SYNTAX = ldap.SYNTAX.over_tls(
    "ldaps://directory", "ldaps://directory/dc=example,dc=org#ca=/run/secrets/ca.pem", port=636
)
validate = tls_options.validate
ask = ldap.ask
