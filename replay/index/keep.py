"""The one transaction that keeps a pack's chunks, on a real database.

What comes in: arrivals whose bytes lie in a pack that is put. What goes out: one outcome each. What is guaranteed: when
this returns, every kept arrival's row is committed and on disk, once; what follows from a chunk (moments, counters, identify
calls) is written in the same transaction and only for rows that its insert returned; and one arrival that the database
cannot take does not keep its neighbours out. ``ledger`` decides all that; this runs it, and again after a deadlock.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Final

from django.db import Error, connection

from replay.index import ledger
from replay.index.arrival import Arrival, Outcome
from replay.index.durable import durable_transaction
from replay.index.sql import Database
from replay.index.sql_postgres import PostgreSQL
from replay.index.sql_sqlite import SQLite

ATTEMPTS: Final = 5
_AGAIN: Final = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_DATABASES: Final[dict[str, Database]] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}


class IndexUnavailable(Exception):
    """The database cannot be asked right now; nothing of the pack is known to be kept."""


def keep_pack(pack_id: int, arrivals: Sequence[Arrival]) -> list[Outcome]:
    """Keep the arrivals of a pack; one outcome for each, in order. Raises PackSwept, IndexUnavailable.

    Where the connection breaks during COMMIT nobody knows the outcome: it counts as not kept, and who sends again meets a
    duplicate.
    """
    for attempt in range(ATTEMPTS):
        try:
            with durable_transaction():
                return _DATABASES[connection.vendor].run(ledger.keep(pack_id, arrivals))
        except Error as error:
            if getattr(error.__cause__, "sqlstate", None) not in _AGAIN or attempt + 1 == ATTEMPTS:
                connection.close()  # whatever it was, the next transaction begins on a fresh connection
                raise IndexUnavailable(type(error).__name__) from error
            time.sleep(random.uniform(0.005, 0.05) * (attempt + 1))  # noqa: S311  # jitter
    raise AssertionError("unreachable")
