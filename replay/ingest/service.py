"""What a web process has once, for all its sockets."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from replay.index.arrival import Outcome
from replay.index.digest import digest
from replay.ingest.admission import Admission, Admitted
from replay.ingest.budget import Budget
from replay.ingest.refusals import Refusals
from replay.ingest.writer import Announce, Item, Writer
from replay.store.base import BlobStore
from replay.wire.frames import Chunk
from replay.wire.log import open_log
from replay.wire.messages import Hello

if TYPE_CHECKING:
    from replay.index.arrival import Source
    from replay.ingest.consumer import Socket

HELD_BYTES: Final = 64 * 1024 * 1024  # chunks between the socket and the ack, all sockets together
ADMIT_THREADS: Final = 4
LOG_THREADS: Final = 2
CLOSE_TIMEOUT_S: Final = 12  # of flushing; the process has 20 s in all


class Ingest:
    """Admits, opens and keeps. Made inside the event loop that uses it."""

    def __init__(self, store: BlobStore, announce: Announce) -> None:
        self.budget = Budget(HELD_BYTES)
        self.refusals = Refusals()
        self.sockets: set[Socket] = set()
        self.is_closing = False
        self._admission = Admission()
        self._writer = Writer(store, announce)
        self._admit_pool = ThreadPoolExecutor(ADMIT_THREADS, "playhead-admit")
        self._log_pool = ThreadPoolExecutor(LOG_THREADS, "playhead-log")

    async def admit(self, hello: Hello, origin: str, user_agent: str) -> Admitted:
        """Return who speaks; raises ``FrameRefused``."""
        arguments = (hello, origin, user_agent, now_ms())
        return await asyncio.get_running_loop().run_in_executor(self._admit_pool, self._admission.admit, *arguments)

    async def renew(self, write_key: str, origin: str) -> float:
        """Return until when (monotonic) an admitted stream may go on; raises ``FrameRefused``."""
        return await asyncio.get_running_loop().run_in_executor(self._admit_pool, self._admission.renew, write_key, origin)

    async def open(self, source: Source, chunk: Chunk, page_url: str) -> Item:
        """Return the chunk with its log opened; raises ``ChunkRefused``."""
        received_at = datetime.now(UTC)
        if not chunk.log and not chunk.header.flags:
            return Item(source, chunk, digest((), page_url), received_at)
        read = lambda: digest(open_log(chunk), page_url)  # noqa: E731
        result = await asyncio.get_running_loop().run_in_executor(self._log_pool, read)
        return Item(source, chunk, result, received_at)

    def keep(self, item: Item) -> asyncio.Future[Outcome]:
        """Return the promise of what becomes of the chunk."""
        return self._writer.keep(item)

    async def close(self) -> None:
        """Hear no more, keep what was heard, say goodbye to every socket."""
        if self.is_closing:
            return
        self.is_closing = True
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._writer.close()
        except TimeoutError:
            pass  # unacked: the pages still have it
        await asyncio.gather(*(socket.say_goodbye() for socket in list(self.sockets)), return_exceptions=True)
        self._admit_pool.shutdown(wait=False)
        self._log_pool.shutdown(wait=False)


def now_ms() -> float:
    """Return the server's clock in epoch milliseconds."""
    return time.time() * 1000
