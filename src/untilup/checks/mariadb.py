"""mariadb:// - ready when mysql:// is: they speak the same protocol."""

from __future__ import annotations

from untilup.checks import mysql
from untilup.checks.mysql import check, normalize

__all__ = ["SYNTAX", "check", "normalize"]

SYNTAX = mysql.SYNTAX.alias("mariadb://db/app", "mariadb+mariadbconnector://user:password@db/app")
