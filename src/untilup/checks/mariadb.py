"""mariadb:// - up when the server sends its greeting, and answers a login without a password, even with a refusal."""

from __future__ import annotations

from untilup.checks import mysql
from untilup.checks.mysql import ask, normalize

__all__ = ["SYNTAX", "ask", "normalize"]

SYNTAX = mysql.SYNTAX.alias("mariadb://db/app", "mariadb+mariadbconnector://user:password@db/app")
