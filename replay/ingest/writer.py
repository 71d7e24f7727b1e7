"""Bytes, then row, then ack: writes what all sockets of this process bring, pack by pack.

For each pack: (1) its row is committed ``open``; (2) its bytes are put; (3) one transaction writes the rows of its chunks
and turns the pack ``kept``; (4) the waiting futures learn what became of their chunk. A process that dies in between has
acked nothing: the page sends again, and the sweeper removes what was put.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import Error as DatabaseFault
from django.db import connection

from replay.index.arrival import Arrival, Outcome, Source
from replay.index.digest import Digest
from replay.index.full import is_full
from replay.index.keep import IndexUnavailable, keep_pack
from replay.index.ops import PackSwept
from replay.index.packs import open_pack
from replay.ingest.conditions import Conditions
from replay.ingest.meter import Meter
from replay.ingest.packer import Packer
from replay.store import pack
from replay.store.base import BlobStore, StoreError, StoreFull
from replay.store.keys import pack_key
from replay.wire.errors import Code
from replay.wire.frames import HEADER_BYTES, Chunk

logger = logging.getLogger(__name__)

PUT_THREADS: Final = 4  # packs on their way to the store at once

Announce = Callable[[str, UUID, str, int], None]  # (project's public id, session, stream, upto); must not block


@dataclass(frozen=True, slots=True)
class Item:
    """A chunk that was heard, opened and judged."""

    source: Source
    chunk: Chunk
    digest: Digest
    received_at: datetime

    @property
    def size_bytes(self) -> int:
        return HEADER_BYTES + len(self.chunk.dom) + len(self.chunk.log)


Waiting = tuple[Item, "asyncio.Future[Outcome]"]


class Writer:
    """The process-wide group commit. All methods are called from one event loop."""

    def __init__(
        self, store: BlobStore, announce: Announce, meter: Meter | None = None, conditions: Conditions | None = None
    ) -> None:
        self._store = store
        self._announce = announce
        self._meter = meter or Meter()
        self._conditions = conditions or Conditions()
        self._packer: Packer[Waiting] = Packer()
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._put_pool = ThreadPoolExecutor(PUT_THREADS, "playhead-put")
        self._index_pool = ThreadPoolExecutor(1, "playhead-index")  # one writer: transactions of a process never meet

    def keep(self, item: Item) -> asyncio.Future[Outcome]:
        """Return the promise of what becomes of a chunk."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        if batch := self._packer.add((item, future), item.size_bytes, loop.time()):
            self._start(batch)
        elif self._timer is None:
            self._timer = loop.call_at(self._packer.due_at, self._due)
        return future

    async def close(self) -> None:
        """Write what is at hand, then end the threads."""
        self._due()
        while self._writing:
            await asyncio.wait(self._writing)
        if not self._is_closed:
            self._is_closed = True
            self._index_pool.submit(_close_connection)
        self._put_pool.shutdown(wait=False)
        self._index_pool.shutdown(wait=True)

    def _due(self) -> None:
        if batch := self._packer.take():
            self._start(batch)
        elif self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self, batch: list[Waiting]) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        task = asyncio.get_running_loop().create_task(self._write(batch))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, batch: list[Waiting]) -> None:
        items = [item for item, _ in batch]
        try:
            outcomes = await self._keep(items)
            self._conditions.note(None)
        except StoreError as error:
            outcomes = self._not_kept(items, Code.STORE_FULL if isinstance(error, StoreFull) else Code.STORE_UNAVAILABLE, error)
        except (IndexUnavailable, PackSwept, DatabaseFault) as error:
            outcomes = self._not_kept(items, Code.STORE_FULL if is_full(error) else Code.INDEX_UNAVAILABLE, error)
        except Exception as error:
            logger.exception("a pack was not written")
            outcomes = self._not_kept(items, Code.INDEX_UNAVAILABLE, error)
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():  # the socket may have gone meanwhile
                future.set_result(outcome)
        self._tell(items, outcomes)

    def _not_kept(self, items: list[Item], code: Code, error: Exception) -> list[Outcome]:
        self._conditions.note(code, type(error).__name__)
        return [Outcome(code)] * len(items)

    async def _keep(self, items: list[Item]) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        now = datetime.now(UTC)
        key = pack_key(now, uuid4())
        frames = ((item.source.project, item.chunk.to_frame()) for item in items)
        data, offsets = await loop.run_in_executor(self._put_pool, pack.build, frames)
        pack_id = await loop.run_in_executor(self._index_pool, _open_pack, key, len(data), now)
        began = loop.time()
        await loop.run_in_executor(self._put_pool, self._store.put, key, data)
        self._meter.put(loop.time() - began)
        arrivals = [
            Arrival(item.source, item.chunk.header, item.digest, at + HEADER_BYTES, item.received_at)
            for item, at in zip(items, offsets, strict=True)
        ]
        began = loop.time()
        outcomes = await loop.run_in_executor(self._index_pool, keep_pack, pack_id, arrivals)
        self._meter.committed(loop.time() - began, len(data))
        return outcomes

    def _tell(self, items: list[Item], outcomes: list[Outcome]) -> None:
        """Announce how far each stream is kept now; nobody waits for it."""
        moved = {
            (item.source.project, item.source.session, item.source.stream): outcome.next_seq
            for item, outcome in zip(items, outcomes, strict=True)
            if outcome.code is None and outcome.next_seq is not None
        }
        for (project, session, stream), upto in moved.items():
            try:
                self._announce(project, session, stream, upto)
            except Exception:
                logger.exception("a commit was not announced")


def _close_connection() -> None:
    connection.close()  # this thread's: looked up here, not where it is submitted


def _open_pack(key: str, size_bytes: int, now: datetime) -> int:
    try:
        return open_pack(key, size_bytes, now)
    except DatabaseFault:
        connection.close()  # the next pack begins on a fresh connection
        raise
