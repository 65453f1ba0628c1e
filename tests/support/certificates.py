"""Certificates for the servers and clients of tests, each with one thing that may be wrong."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import trustme

from tests.support import tcp_servers

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC)


class Authority:
    """A CA, whose certificate is in *file*."""

    def __init__(self, directory: Path, name: str = "ca") -> None:
        self._ca = trustme.CA()
        self._directory = directory
        self._name = name
        self._count = 0
        self.file = directory / f"{name}.pem"
        self._ca.cert_pem.write_to_path(self.file)

    def issue(
        self,
        *names: str,
        not_before: dt.datetime | None = None,
        not_after: dt.datetime | None = None,
    ) -> Path:
        """Return a file with a certificate for *names*, loopback if there are none, and its key."""
        issued = self._ca.issue_cert(
            *(names or (tcp_servers.LOOPBACK,)), not_before=not_before, not_after=not_after
        )
        self._count += 1
        file = self._directory / f"{self._name}-{self._count}.pem"
        issued.private_key_and_cert_chain_pem.write_to_path(file)
        return file

    def expired(self) -> Path:
        """Return the same, expired."""
        return self.issue(not_before=NOW - 2 * DAY, not_after=NOW - DAY)

    def early(self) -> Path:
        """Return the same, not valid yet."""
        return self.issue(not_before=NOW + DAY, not_after=NOW + 2 * DAY)


def serving(file: Path, *, clients_of: Authority | None = None) -> ssl.SSLContext:
    """Return the context of a server with the certificate in *file*, which accepts clients of *clients_of* only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    if clients_of:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients_of.file)
    return context
