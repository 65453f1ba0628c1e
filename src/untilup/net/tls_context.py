"""The TLS context of a target: the CAs that it trusts, and its client certificate."""

from __future__ import annotations

import os
import ssl
from functools import partial

from untilup.display import path as shown
from untilup.errors import NeverReady
from untilup.os_errors import describe_errno, raise_if_limit
from untilup.targets.tls_options import TLS_OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from untilup.targets.target import Target

# The CA bundles of common systems, in the order of Go's crypto/x509/root_linux.go. The first that
# exists is used.
CA_BUNDLE_PATHS = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Gentoo, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL 6
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/pki/tls/cacert.pem",  # OpenELEC
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # CentOS, RHEL 7
    "/etc/ssl/cert.pem",  # Alpine without ca-certificates
)
HEXADECIMAL = frozenset("0123456789abcdef")

# Reading a bundle takes longer than a handshake: one context is enough for all targets that ask
# for the same, at every attempt.
_cache: dict[tuple[object, ...], ssl.SSLContext] = {}


def client_context(target: Target, protocol: str) -> ssl.SSLContext:
    """Return the TLS context for *target*, which offers *protocol* by ALPN if it is not empty.

    Raise NeverReady, which names the file, if a file of the target cannot be used.
    """
    options = target.options
    asked = (protocol, *(options.get(name) for name in (*TLS_OPTIONS, "any-name")))
    # setdefault on a dict is atomic: two watchers that ask for the same get the same.
    return _cache.get(asked) or _cache.setdefault(asked, _make(options, protocol))


def _make(options: Mapping[str, Any], protocol: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = not options.get("any-name")
    # An intermediate CA, or the server's own certificate, may be trusted, as in curl.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if options.get("insecure"):
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif ca := options.get("ca"):
        _reading("ca", ca, lambda: made.load_verify_locations(ca))
    else:
        _load_system_cas(made)
    if cert := options.get("cert"):
        _load_client_certificate(made, cert, options.get("key", ""))
    if protocol:
        made.set_alpn_protocols([protocol])
    return made


def _load_system_cas(made: ssl.SSLContext) -> None:
    """Trust the CAs that this machine trusts; raise NeverReady if there are none."""
    default = ssl.get_default_verify_paths()
    file, directory = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    if file:
        _reading("SSL_CERT_FILE", file, lambda: made.load_verify_locations(file))
    trusts = bool(file) or _trusted(made, default.openssl_cafile)
    # OpenSSL opens a file there by the hash of a CA's name, if it needs that CA.
    paths = (directory or default.openssl_capath).split(":")
    directories = [path for path in paths if _is_store(path)]
    if directories:
        made.load_verify_locations(capath=":".join(directories))
    elif directory:
        problem = "it has no certificates under the names that OpenSSL looks up; run c_rehash"
        raise _unusable(f"SSL_CERT_DIR={shown(directory)}", problem)
    if not (trusts or directories or any(_trusted(made, path) for path in CA_BUNDLE_PATHS)):
        raise NeverReady(
            "no-ca-store",
            "this machine has no CA certificates to verify the server's with",
            "Name a file of them with ca= or SSL_CERT_FILE, or install ca-certificates. "
            "In an image FROM scratch, copy /etc/ssl/certs/ca-certificates.crt from another image.",
        )


def _trusted(made: ssl.SSLContext, path: str) -> bool:
    """Trust the CAs in the file at *path*; return whether it has any."""
    try:
        made.load_verify_locations(path)
    except OSError as error:  # ssl's too
        raise_if_limit(error)
        return False
    return True


def _is_store(directory: str) -> bool:
    """Return whether *directory* has a certificate under a name that OpenSSL looks up: ``5ed36f99.0``."""
    try:
        names = os.listdir(directory)
    except OSError as error:
        raise_if_limit(error)
        return False
    return any(
        len(stem) == 8 and HEXADECIMAL.issuperset(stem) and number.isdecimal()  # noqa: PLR2004 - X509_NAME_hash(3)
        for stem, _, number in (name.partition(".") for name in names)
    )


def _load_client_certificate(made: ssl.SSLContext, cert: str, key: str) -> None:
    """Load the client certificate in the file *cert* and its *key* into *made*."""

    def refuse() -> str:  # OpenSSL would prompt for a password
        raise _unusable(f"key={shown(key or cert)}", "the key is encrypted")

    for source, path in (("cert", cert), ("key", key or cert)):
        _reading(source, path, lambda: None)
    load = partial(made.load_cert_chain, cert, key or None, password=refuse)
    _reading(f"key={shown(key)} and cert" if key else "cert", cert, load)


def _reading(source: str, path: str, load: Callable[[], None]) -> None:
    """Call *load*; raise NeverReady if the file at *path*, which *source* names, cannot be used."""
    named = f"{source}={shown(path)}"
    try:
        with open(path, "rb"):
            pass
        load()
    except ssl.SSLError as error:
        raise _unusable(named, _problem(error)) from None
    except OSError as error:
        raise_if_limit(error)
        raise _unusable(named, describe_errno(error)) from None


def _problem(error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key is not that of the certificate"
    if error.reason in {None, "NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE"}:
        return "it has no certificate or key in PEM format"
    return f"it cannot be used ({error.reason.lower().replace('_', ' ')})"


def _unusable(named: str, problem: str) -> NeverReady:
    return NeverReady("unusable-file", f"{named}: {problem}")
