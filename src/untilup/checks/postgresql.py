"""postgresql:// - ready when postgres:// is: both are names of the same."""

from __future__ import annotations

from untilup.checks import postgres
from untilup.checks.postgres import check, normalize

__all__ = ["SYNTAX", "check", "normalize"]

SYNTAX = postgres.SYNTAX.alias("postgresql://db/app", "postgresql+asyncpg://user:password@db/app")
