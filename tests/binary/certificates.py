"""Keys and certificates that are made for a test, as files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAME = "db.test"
PASSWORD = "of a key"
PEM = serialization.Encoding.PEM
END_OF_KEY = b"-----END RSA PRIVATE KEY-----\n"


class Authority:
    """A CA."""

    def __init__(self, directory: Path) -> None:
        self._signs = trustme.CA()
        self._directory = directory
        self.file = directory / "ca.pem"
        self._signs.cert_pem.write_to_path(self.file)

    def issue(self, name: str, kind: str = "RSA", days: int = 1) -> Path:
        """Return a file of a key and of a certificate that is good for so many days."""
        now = dt.datetime.now(dt.UTC)
        leaf = self._signs.issue_cert(
            name,
            key_type=trustme.KeyType[kind],
            not_before=now - dt.timedelta(days=2),
            not_after=now + dt.timedelta(days=days),
        )
        path = self._directory / f"{name}-{kind}-{days}.pem"
        leaf.private_key_and_cert_chain_pem.write_to_path(path)
        return path


def signed_by_itself(path: Path) -> Path:
    """Put an Ed25519 key into the file *path* and a certificate that it has signed."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, None)
    )
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(PEM, form, plain) + certificate.public_bytes(PEM))
    return path


def encrypted(path: Path, form: str) -> Path:
    """Return a file of what is in the file *path*, an RSA key first, with that key encrypted."""
    pem = path.read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    cipher = serialization.BestAvailableEncryption(PASSWORD.encode())
    secret = key.private_bytes(PEM, getattr(serialization.PrivateFormat, form), cipher)
    encrypted = path.with_suffix(f".{form}.pem")
    encrypted.write_bytes(secret + pem.partition(END_OF_KEY)[2])
    return encrypted
