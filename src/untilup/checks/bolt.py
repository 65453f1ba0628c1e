"""bolt:// - up when a server answers the handshake of Bolt, without a login."""

from __future__ import annotations

from untilup.checks import neo4j
from untilup.checks.neo4j import ask, validate

__all__ = ["SYNTAX", "ask", "validate"]

SYNTAX = neo4j.SYNTAX.alias("bolt://graph", "bolt+s://graph:7687")
