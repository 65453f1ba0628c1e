"""Parses the identification of an SSH server, which speaks first (RFC 4253 section 4.2)."""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import answered
from untilup.protocols.framing import WrongProtocol, is_prefix_of_any, too_long

# Lines of text may precede the identification. Servers send few.
MAX_RECEIVED = 64 * 1024
_IDENTIFICATION = b"SSH-"
# Section 5.1: a server with 1.99 speaks version 2, too.
_VERSIONS = (b"2.0-", b"1.99-")
# How servers of other protocols greet: SMTP and FTP, IMAP, POP3, NATS and HTTP.
_OTHERS = (b"220", b"421", b"554", b"* ", b"+OK", b"-ERR", b"INFO {", b"HTTP/")
# What OpenSSH sends in place of the identification (sshd.c): from 9.8 on to a host with penalties
# (PerSourcePenalties), and to one client too many.
_PENALTY, _FULL = b"Not allowed at this time", b"Exceeded MaxStartups"
# The bytes that no text has.
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\r\n\x1b")


def identification(received: bytes) -> str | None:
    """Return the identification that *received* ends with, ``SSH-2.0-OpenSSH_10.0``; None if more has to come.

    Raise NotReady for a refusal, WrongProtocol for another protocol.
    """
    if len(received) >= 3 and received.startswith(_OTHERS):  # noqa: PLR2004 - the shortest of them
        raise WrongProtocol
    *lines, rest = received[:MAX_RECEIVED].split(b"\n")
    for line in lines:
        if line.startswith(_IDENTIFICATION):
            return _of_version_2(line.rstrip(b"\r"))
        _raise_for(line)
    if not rest.startswith(_IDENTIFICATION):
        _raise_for(rest)
    if len(received) >= MAX_RECEIVED:
        raise too_long()
    return None


def _raise_for(line: bytes) -> None:
    """Raise what the *line*, which may be incomplete, means before an identification."""
    if not _CONTROLS.isdisjoint(line):
        raise WrongProtocol
    if line.startswith(_PENALTY):
        raise answered(
            "host-blocked",
            "the server accepts no connections from this host for now, after too many without a login (PerSourcePenalties)",
            "Wait, or exempt this host on the server (PerSourcePenaltyExemptList).",
        )
    if line.startswith(_FULL):
        raise answered(
            "too-many-clients",
            "the server answers, but too many of its clients have not logged in yet (MaxStartups)",
            "Raise its MaxStartups, or find the client that keeps connections open.",
        )


def _of_version_2(line: bytes) -> str:
    """Return the identification *line* as a text; raise NotReady if the server does not speak SSH 2."""
    version = line.removeprefix(_IDENTIFICATION)
    text = printable(line.decode("utf-8", "replace"))
    if is_prefix_of_any(version, _VERSIONS) and version.startswith(_VERSIONS):
        return text
    raise answered("server-error", f"the server does not speak version 2 of SSH: {text}")
