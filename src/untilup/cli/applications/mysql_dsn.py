"""Data source names of Go's driver of MySQL: ``user:password@tcp(host:3306)/database``."""

from __future__ import annotations

from untilup.cli.applications.meaning import Meaning
from untilup.errors import InvalidTarget
from untilup.targets import url

# The networks that the driver connects by without the help of the application.
NETWORKS = ("tcp", "unix")


def meaning_of(text: str) -> Meaning | None:
    """Return what *text* means; None if it is no such name.

    As in the driver, the last slash ends the address.
    """
    if not any(f"@{each}(" in text or text.startswith(f"{each}(") for each in NETWORKS):
        return None
    # A '#' before the address is part of the password.
    _, bracket, after = text.rpartition(")")
    _, hash_sign, options = after.partition("#")
    name = text.removesuffix(f"{hash_sign}{options}") if hash_sign else text
    before, slash, database = name.rpartition("/")
    database = database.partition("?")[0]
    if not (slash and bracket and before.endswith(")")):
        raise InvalidTarget("it must be USER:PASSWORD@tcp(HOST:PORT)/DATABASE")
    network, _, address = before.removesuffix(")").rpartition("(")
    if url.separates(address) or url.separates(database):
        raise InvalidTarget("it is a list; write one target")
    if network.rpartition("@")[2] == "unix":
        return Meaning("mysql", f"/{database}?unix_socket={address}{hash_sign}{options}")
    return Meaning("mysql", f"{address}/{database}{hash_sign}{options}")
