"""The one transaction that keeps a pack's chunks.

What comes in: arrivals whose bytes lie in a pack that is put. What goes out: one outcome each. What is guaranteed: when
this returns, every kept arrival's row is committed, once; what follows from a chunk (moments, counters, identify calls)
is written in the same transaction and only for rows that its insert returned; and one arrival that the database cannot
take does not keep its neighbours out.

Order of locks: the pack, sessions by id, streams by id, distinct_ids by name. A deadlock with a merge of persons, which
reaches further, is tried again.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from typing import Final

from django.db import InterfaceError, OperationalError, connection, transaction

from replay.index.arrival import Arrival, Outcome
from replay.index.batch import Batch
from replay.index.models import Pack
from replay.index.packs import lock_open_pack
from replay.wire.errors import Code

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 5
_AGAIN: Final = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_NOT_THE_DATA: Final = (OperationalError, InterfaceError)


class IndexUnavailable(Exception):
    """The database cannot be asked right now; nothing of the pack is known to be kept."""


def keep_pack(pack_id: int, arrivals: Sequence[Arrival]) -> list[Outcome]:
    """Keep the arrivals of a pack; one outcome for each, in order. Raises PackSwept, IndexUnavailable."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _keep(pack_id, arrivals)
        except _NOT_THE_DATA as error:
            if _is_again(error) and attempt + 1 < ATTEMPTS:
                time.sleep(random.uniform(0.005, 0.05) * (attempt + 1))  # noqa: S311  # jitter
                continue
            connection.close()  # whatever it was, the next transaction begins on a fresh connection
            raise IndexUnavailable(type(error).__name__) from error
    raise AssertionError("unreachable")


def _keep(pack_id: int, arrivals: Sequence[Arrival]) -> list[Outcome]:
    pack = lock_open_pack(pack_id)
    outcomes, kept = _keep_or_bisect(pack, arrivals)
    pack.chunks = kept
    pack.state = Pack.State.KEPT if kept else Pack.State.SWEPT  # all duplicates: dead from birth
    pack.swept_at = None if kept else max(arrival.received_at for arrival in arrivals)
    pack.save(update_fields=["chunks", "state", "swept_at"])
    return outcomes


def _keep_or_bisect(pack: Pack, arrivals: Sequence[Arrival]) -> tuple[list[Outcome], int]:
    """Keep all of them, or find by halving the one that cannot be; the rest is kept."""
    try:
        with transaction.atomic():
            batch = Batch(pack, arrivals)
            return batch.keep(), batch.kept
    except _NOT_THE_DATA:
        raise
    except Exception as error:  # DataError, IntegrityError, or a bug of ours that this one arrival meets
        if len(arrivals) == 1:
            source, header = arrivals[0].source, arrivals[0].header
            logger.error("the index refused a chunk: stream=%s seq=%d %s", source.stream, header.seq, type(error).__name__)
            return [Outcome(Code.BAD_LOG)], 0
        half = len(arrivals) // 2
        first, kept = _keep_or_bisect(pack, arrivals[:half])
        second, more = _keep_or_bisect(pack, arrivals[half:])
        return first + second, kept + more


def _is_again(error: Exception) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in _AGAIN
