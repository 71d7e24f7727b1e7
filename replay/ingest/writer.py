"""Bytes, then row, then ack: writes what all sockets of this process bring, pack by pack.

For each pack: (1) its logs are opened, within bounds, in a thread; (2) its row is committed ``open``; (3) its bytes are put;
(4) one transaction writes the rows of its chunks and turns the pack ``kept``; (5) whoever brought chunks hears what became
of them. A process that dies in between has acked nothing: the page sends again, and the sweeper removes what was put.

Few packs are under way at once, each for a bounded time: a store or a database that hangs costs nacks, not memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from django.conf import settings

from replay.index.arrival import Arrival, Outcome
from replay.index.digest import Digest
from replay.index.full import is_full
from replay.index.keep import IndexUnavailable, keep_pack
from replay.index.ops import PackSwept
from replay.index.packs import open_pack
from replay.ingest.conditions import Conditions
from replay.ingest.indexer import IndexThread
from replay.ingest.item import Item, Listener, open_item
from replay.ingest.meter import Meter
from replay.ingest.packer import Packer
from replay.store import pack
from replay.store.base import BlobStore, StoreError, StoreFull, StoreUnavailable
from replay.store.keys import pack_key
from replay.wire.errors import Code
from replay.wire.frames import HEADER_BYTES

logger = logging.getLogger(__name__)
T = TypeVar("T")

MOST_UNDER_WAY: Final = 4  # packs at once: one in the database, one in the store, and their neighbours

Kept = tuple[str, UUID, str, int]  # a project's public id, a session, a stream of it, and how far that is kept
Announce = Callable[[list[Kept]], None]  # of one pack; must not block
Opened = list[tuple[Item, Digest]]


class Writer:
    """The process-wide group commit. All methods are called from one event loop."""

    def __init__(
        self, store: BlobStore, announce: Announce, meter: Meter | None = None, conditions: Conditions | None = None
    ) -> None:
        self._store = store
        self._announce = announce
        self._meter = meter or Meter()
        self._conditions = conditions or Conditions()
        self._packer: Packer[Item] = Packer()
        self._ready: deque[list[Item]] = deque()  # full packs that wait for one under way
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()
        self._log_pool = ThreadPoolExecutor(1, "playhead-log")  # one: a stream's logs are opened in order
        self._put_pool = ThreadPoolExecutor(MOST_UNDER_WAY, "playhead-put")
        self._intents = IndexThread("playhead-intent")
        self._rows = IndexThread("playhead-index")  # one writer: transactions of a process never meet

    def keep(self, item: Item) -> None:
        """Keep a chunk; its listener hears what becomes of it."""
        loop = asyncio.get_running_loop()
        if batch := self._packer.add(item, item.frame_bytes + item.chunk.header.log_raw_length, loop.time()):
            self._ready.append(batch)
            self._next()
        elif self._timer is None:
            self._timer = loop.call_at(self._packer.due_at, self._next)

    async def close(self) -> None:
        """Write what is at hand, then end the threads."""
        if batch := self._packer.take():
            self._ready.append(batch)
        self._next()
        while self._writing:
            await asyncio.wait(self._writing)
        for thread in (self._intents, self._rows):
            thread.close()
        for pool in (self._log_pool, self._put_pool):
            pool.shutdown(wait=False)

    def _next(self) -> None:
        """Start what is due, as far as there is room; what arrives meanwhile gathers."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        while len(self._writing) < MOST_UNDER_WAY:
            if not self._ready and self._packer.due_at <= loop.time():
                self._ready.append(self._packer.take())
            if not self._ready:
                break
            task = loop.create_task(self._write(self._ready.popleft()))
            self._writing.add(task)
            task.add_done_callback(self._written)
        else:
            return
        if self._packer.due_at < float("inf"):
            self._timer = loop.call_at(self._packer.due_at, self._next)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("nobody heard what became of a pack", exc_info=error)
        self._next()

    async def _write(self, items: list[Item]) -> None:
        try:
            outcomes = await self._keep(items)
            self._conditions.note(None)
        except StoreError as error:
            outcomes = self._not_kept(items, Code.STORE_FULL if isinstance(error, StoreFull) else Code.STORE_UNAVAILABLE, error)
        except (IndexUnavailable, PackSwept) as error:
            outcomes = self._not_kept(items, Code.STORE_FULL if is_full(error) else Code.INDEX_UNAVAILABLE, error)
        except Exception as error:
            logger.exception("a pack was not written")
            outcomes = self._not_kept(items, Code.INDEX_UNAVAILABLE, error)
        heard: dict[int, tuple[Listener, list[tuple[Item, Outcome]]]] = {}
        for item, outcome in zip(items, outcomes, strict=True):
            heard.setdefault(id(item.listener), (item.listener, []))[1].append((item, outcome))
        for listener, told in heard.values():
            listener.settled(told)
        self._tell(items, outcomes)

    def _not_kept(self, items: list[Item], code: Code, error: Exception) -> list[Outcome]:
        self._conditions.note(code, type(error).__name__)
        return [Outcome(code)] * len(items)

    async def _keep(self, items: list[Item]) -> list[Outcome]:
        """Take a pack all the way; return an outcome for each item."""
        loop = asyncio.get_running_loop()
        results, opened, data, offsets = await loop.run_in_executor(self._log_pool, _open_and_build, items)
        if opened:
            now = datetime.now(UTC)
            key = pack_key(now, uuid4())
            pack_id = await self._intents.run(open_pack, key, len(data), now)
            await self._put(key, data)
            arrivals = [
                Arrival(item.source, item.chunk.header, digest, at + HEADER_BYTES, item.received_at)
                for (item, digest), at in zip(opened, offsets, strict=True)
            ]
            began = loop.time()
            kept = iter(await self._rows.run(keep_pack, pack_id, arrivals))
            self._meter.committed(loop.time() - began, len(data))
        return [Outcome(result) if isinstance(result, Code) else next(kept) for result in results]

    async def _put(self, key: str, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(settings.STORE_PUT_TIMEOUT_S):
                await loop.run_in_executor(self._put_pool, self._store.put, key, data)
        except TimeoutError as error:  # should it land after all, the sweeper finds its row open and removes it
            raise StoreUnavailable(key, "does not answer") from error
        self._meter.put(loop.time() - began)

    def _tell(self, items: list[Item], outcomes: list[Outcome]) -> None:
        """Announce how far each stream is kept now; nobody waits for it."""
        moved: dict[int, tuple[Any, int]] = {}
        for item, outcome in zip(items, outcomes, strict=True):
            if outcome.code is None and outcome.next_seq is not None:
                moved[id(item.source)] = (item.source, outcome.next_seq)
        if not moved:
            return
        try:
            self._announce([(source.project, source.session, source.stream, upto) for source, upto in moved.values()])
        except Exception:
            logger.exception("a commit was not announced")


def _open_and_build(items: list[Item]) -> tuple[list[Digest | Code], Opened, bytes, list[int]]:
    """Open all logs, and build the pack of the chunks whose log can be read."""
    results = [open_item(item) for item in items]
    opened = [(item, result) for item, result in zip(items, results, strict=True) if not isinstance(result, Code)]
    data, offsets = pack.build((item.source.project, item.chunk.frame) for item, _ in opened)
    return results, opened, data, offsets
