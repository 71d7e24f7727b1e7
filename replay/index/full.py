"""Whether a database refused for want of room."""

from __future__ import annotations

import sqlite3
from typing import Final

_NO_ROOM: Final = frozenset({"53100"})  # PostgreSQL: disk full


def is_full(error: BaseException | None) -> bool:
    """Say whether an error, or what caused it, is a database's word for a full disk.

    >>> is_full(sqlite3.OperationalError("database or disk is full")), is_full(sqlite3.OperationalError("no such table"))
    (True, False)
    """
    while error is not None:
        if getattr(error, "sqlstate", None) in _NO_ROOM or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return True
        if isinstance(error, sqlite3.OperationalError) and "disk is full" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
