"""postgresql:// - up when the server requests authentication, begins a session, or rejects this user or database."""

from __future__ import annotations

from untilup.checks import postgres
from untilup.checks.postgres import ask, connect, normalize

__all__ = ["SYNTAX", "ask", "connect", "normalize"]

SYNTAX = postgres.SYNTAX.alias("postgresql://db/app", "postgresql+asyncpg://user:password@db/app")
