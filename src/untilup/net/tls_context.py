"""What this side brings to TLS: the CAs that it trusts, and the certificate that it shows."""

from __future__ import annotations

import os
import ssl
from functools import partial

from untilup.display import path as shown
from untilup.errors import NeverReady
from untilup.os_errors import describe_errno, limit_reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from untilup.targets.target import Target

# Where systems keep the CAs that they trust; the first that is there is used. As in Go's
# crypto/x509/root_linux.go.
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
    """Return by what the server of *target* is verified, and what it is shown and offered.

    Raise NeverReady, which names the file, where it is not so as the target says: nothing that the
    server does will change that.
    """
    options = target.options
    ca, cert, key = (options.get(name, "") for name in ("ca", "cert", "key"))
    insecure, any_name = options.get("insecure", False), options.get("any-name", False)
    asked = (insecure, any_name, ca, cert, key, protocol)
    # setdefault on a dict is atomic: two watchers that ask for the same get the same.
    return _cache.get(asked) or _cache.setdefault(asked, _make(*asked))


def _make(  # noqa: PLR0913, PLR0917 - one parameter for each option
    insecure: bool,  # noqa: FBT001 - the same
    any_name: bool,  # noqa: FBT001 - the same
    ca: str,
    cert: str,
    key: str,
    protocol: str,
) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = not any_name
    # A CA that was signed by another, or the server's own certificate, is enough: as in curl.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif ca:
        _trust_file(made, "ca", ca)
    else:
        _load_system_cas(made)
    if cert:
        _load_client_certificate(made, cert, key)
    if protocol:
        made.set_alpn_protocols([protocol])
    return made


def _trust_file(made: ssl.SSLContext, source: str, path: str) -> None:
    _reading(source, path, lambda: made.load_verify_locations(path))


def _load_system_cas(made: ssl.SSLContext) -> None:
    """Trust the CAs that this machine trusts; raise NeverReady if there are none."""
    default = ssl.get_default_verify_paths()
    file, folder = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    if file:
        _trust_file(made, "SSL_CERT_FILE", file)
    trusts = bool(file) or _trusted(made, default.openssl_cafile)
    # OpenSSL opens what it needs there, by the hash of a name, when it needs it.
    folders = [path for path in (folder or default.openssl_capath).split(":") if _is_store(path)]
    if folders:
        made.load_verify_locations(capath=":".join(folders))
    elif folder:
        problem = "there are no certificates that OpenSSL would find (c_rehash makes links to them)"
        raise _unusable(f"SSL_CERT_DIR={shown(folder)}", problem)
    if not (trusts or folders or any(_trusted(made, path) for path in CA_BUNDLE_PATHS)):
        raise NeverReady(
            "no-ca-store",
            "there are no CA certificates on this machine to verify the server's with: name a file of them by ca= or SSL_CERT_FILE, or install ca-certificates",
            "FROM scratch images have none: copy /etc/ssl/certs/ca-certificates.crt from another",
        )


def _trusted(made: ssl.SSLContext, path: str) -> bool:
    """Trust the CAs in the file at *path*, if it is one; tell whether there are any."""
    try:
        made.load_verify_locations(path)
    except OSError as error:  # ssl's too
        if limit := limit_reached(error):
            raise limit from error
        return False
    return True


def _is_store(folder: str) -> bool:
    """Tell whether the directory *folder* has a certificate that OpenSSL would find: ``5ed36f99.0``."""
    try:
        names = os.listdir(folder)
    except OSError as error:
        if limit := limit_reached(error):
            raise limit from error
        return False
    return any(
        len(stem) == 8 and HEXADECIMAL.issuperset(stem) and number.isdecimal()  # noqa: PLR2004 - X509_NAME_hash(3)
        for stem, _, number in (name.partition(".") for name in names)
    )


def _load_client_certificate(made: ssl.SSLContext, cert: str, key: str) -> None:
    """Have *made* show the certificate in the file *cert*."""

    def refuse() -> str:  # OpenSSL would ask the terminal
        raise _unusable(f"key={shown(key or cert)}", "the key is encrypted")

    for source, path in (("cert", cert), ("key", key or cert)):
        _reading(source, path, lambda: None)
    load = partial(made.load_cert_chain, cert, key or None, password=refuse)
    _reading(f"key={shown(key)} and cert" if key else "cert", cert, load)


def _reading(source: str, path: str, load: Callable[[], None]) -> None:
    """Call *load*; raise NeverReady where the file at *path*, which *source* names, is no good."""
    named = f"{source}={shown(path)}"
    try:
        with open(path, "rb"):
            pass
        load()
    except ssl.SSLError as error:
        raise _unusable(named, _problem(error)) from None
    except OSError as error:
        if limit := limit_reached(error):
            raise limit from error
        raise _unusable(named, describe_errno(error)) from None


def _problem(error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key is not that of the certificate"
    if error.reason in {None, "NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE"}:
        return "it does not have what it should, in PEM form"
    return f"it cannot be used ({error.reason.lower().replace('_', ' ')})"


def _unusable(named: str, problem: str) -> NeverReady:
    return NeverReady(
        "unusable-file",
        f"{named}: {problem}",
    )
