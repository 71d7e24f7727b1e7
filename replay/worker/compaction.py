"""The worker's rounds of compaction: which session next, for how long, and what it came to."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import Error

from replay.index.waiting import sessions_waiting
from replay.store.base import BlobStore, StoreUnavailable
from replay.worker.backlog import Tally
from replay.worker.compact import Compacted, compact_session
from replay.worker.folder import Folder

logger = logging.getLogger(__name__)
SESSIONS_AT_ONCE: Final = 1_000
ROUND_S: Final = 20.0  # then other tasks have their turn
FRUITLESS_FOR_S: Final = 60.0  # before a session of which nothing could be compacted is tried again


@dataclass
class Compactor:
    """Compacts what waits, session by session, and counts."""

    open_store: Callable[[], BlobStore]
    folder: Folder
    after: timedelta
    hole_age: timedelta
    tally: Tally
    is_stopped: Callable[[], bool] = lambda: False
    _fruitless: dict[int, float] = field(default_factory=dict)  # session's id → when to try again

    def run(self) -> None:
        """Compact for one round; where one session cannot be compacted the others are, and then the round fails."""
        began_s = time.monotonic()
        self._fruitless = {pk: until for pk, until in self._fruitless.items() if until > began_s}
        found = [
            pk
            for pk in sessions_waiting(datetime.now(UTC), self.after, SESSIONS_AT_ONCE + len(self._fruitless))
            if pk not in self._fruitless
        ]
        failure: Exception | None = None
        for at, pk in enumerate(found):
            self.tally.sessions_waiting = len(found) - at
            if self._is_over(began_s):
                break
            try:
                self._compact(pk, began_s)
            except (StoreUnavailable, Error):
                raise
            except Exception as error:
                logger.error("session %d cannot be compacted: %s", pk, type(error).__name__)
                self._fruitless[pk] = time.monotonic() + FRUITLESS_FOR_S
                failure = error
        else:
            self.tally.sessions_waiting = 0
        if failure is not None:
            raise failure

    def _is_over(self, began_s: float) -> bool:
        return self.is_stopped() or time.monotonic() - began_s > ROUND_S

    def _compact(self, pk: int, began_s: float) -> None:
        while (done := compact_session(self.open_store(), self.folder, pk, self.hole_age, self.is_stopped)) is not None:
            self._count(done)
            if not done.chunks:
                self._fruitless[pk] = time.monotonic() + FRUITLESS_FOR_S
            if not done.is_more or not done.segments or self._is_over(began_s):
                return

    def _count(self, done: Compacted) -> None:
        tally = self.tally
        tally.cpu_s, tally.deaths = self.folder.cpu_s, self.folder.deaths
        if not done.segments:
            return
        tally.compactions += 1
        for name in ("segments", "chunks", "chunk_bytes", "stored_bytes", "spans_lost"):
            setattr(tally, name, getattr(tally, name) + getattr(done, name))
