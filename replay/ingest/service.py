"""What a web process has once, for all its sockets."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from replay.index.usage import add_usage
from replay.ingest.admission import Admission, Admitted
from replay.ingest.allowances import MIB, Allowances, Allowed, ComeLater
from replay.ingest.budget import Budget
from replay.ingest.conditions import Conditions
from replay.ingest.item import Item
from replay.ingest.meter import Meter
from replay.ingest.quota import Quota
from replay.ingest.refusals import Refusals
from replay.ingest.writer import Announce, Writer
from replay.store.base import BlobStore
from replay.wire.errors import Code, FrameRefused
from replay.wire.messages import Hello

if TYPE_CHECKING:
    from replay.index.arrival import Source
    from replay.ingest.consumer import Socket

StreamKey = tuple[int, UUID, str]  # project's id, session, stream

logger = logging.getLogger(__name__)

ADMIT_THREADS: Final = 4
ADMIT_WAIT_S: Final = 10  # for the database's word on a hello
FLUSH_TIMEOUT_S: Final = 8  # when the server closes; the process has 20 s in all
TELL_TIMEOUT_S: Final = 1
BEACONS_AT_ONCE: Final = 64  # each up to 1 MiB
PRESSURE_EVERY_S: Final = 0.25
PRESSURE_STEPS: Final = 4
CALM_SHARE: Final = 0.5  # of the budget, which may be used before windows shrink


class Ingest:
    """Admits, opens and keeps. Made inside the event loop that uses it."""

    def __init__(self, store: BlobStore, announce: Announce, allowed: Allowed | None = None) -> None:
        self.allowances = Allowances(allowed or Allowed.from_settings())
        self.budget = Budget(settings.INGEST_HELD_MIB * MIB)
        self.beacon_room = asyncio.Semaphore(BEACONS_AT_ONCE)
        self.conditions = Conditions()
        self.meter = Meter()
        self.quota = Quota(self.allowances.allowed.bytes_per_day, self._tell_usage)
        self.refusals = Refusals()
        self.sockets: set[Socket] = set()
        self.speakers: dict[StreamKey, Socket] = {}  # which socket a stream speaks on
        self.is_closing = False
        self._admission = Admission()
        self._writer = Writer(store, announce, self.meter, self.conditions)
        self._admit_pool = ThreadPoolExecutor(ADMIT_THREADS, "playhead-admit")
        self._usage_pool = ThreadPoolExecutor(1, "playhead-usage")
        self.pressure = 0.0  # 0 … 1: how much sockets are asked to hold back
        loop = asyncio.get_running_loop()
        self._chores = [loop.create_task(self.quota.run()), loop.create_task(self._watch_pressure())]

    async def admit(self, hello: Hello, origin: str, user_agent: str, received_ms: float) -> Admitted:
        """Return who speaks; raises ``FrameRefused``. A project that asks too much costs no look into the database."""
        known = self._admission.project_of(hello.write_key)
        if known is not None:
            self._admit_project(known)
        arguments = (hello, origin, user_agent, received_ms)
        asked = asyncio.get_running_loop().run_in_executor(self._admit_pool, self._admission.admit, *arguments)
        try:
            async with asyncio.timeout(ADMIT_WAIT_S):
                admitted = await asked
        except TimeoutError as error:
            raise FrameRefused(Code.INDEX_UNAVAILABLE) from error
        if known is None:
            self._admit_project(admitted.source.project_id)
        self.meter.hellos += 1
        return admitted

    def _admit_project(self, project_id: int) -> None:
        self.quota.meet(project_id)
        if wait_s := self.quota.wait_s(project_id):
            raise ComeLater(Code.OVER_QUOTA, wait_s)
        if wait_s := self.allowances.say_hello(project_id, time.monotonic()):
            raise ComeLater(Code.TOO_MANY, wait_s)

    async def renew(self, write_key: str, origin: str) -> float:
        """Return until when (monotonic) an admitted stream may go on; raises ``FrameRefused``."""
        return await asyncio.get_running_loop().run_in_executor(self._admit_pool, self._admission.renew, write_key, origin)

    def keep(self, item: Item) -> None:
        """Keep a chunk; its listener hears what becomes of it."""
        self._writer.keep(item)

    def speaks(self, source: Source, socket: Socket) -> None:
        """Note on which socket a stream speaks from now on; an older socket of this process is let go."""
        key = (source.project_id, source.session, source.stream)
        before, self.speakers[key] = self.speakers.get(key), socket
        if before is not None and before is not socket:
            self.meter.taken_over += 1
            before.let_go(source.stream)

    def falls_silent(self, source: Source, socket: Socket) -> None:
        """Forget that a stream speaks on a socket which is gone."""
        key = (source.project_id, source.session, source.stream)
        if self.speakers.get(key) is socket:
            del self.speakers[key]

    async def close(self) -> None:
        """Send the pages away, keep what was heard, say goodbye to every socket."""
        if self.is_closing:
            return
        self.is_closing = True
        for socket in list(self.sockets):
            socket.send_away()
        try:
            async with asyncio.timeout(FLUSH_TIMEOUT_S):
                await self._writer.close()
        except TimeoutError:
            logger.warning("closing with chunks that could not be kept; their pages still have them")
        await asyncio.gather(*(socket.say_goodbye() for socket in list(self.sockets)), return_exceptions=True)
        await self._end_chores()
        for pool in (self._admit_pool, self._usage_pool):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _watch_pressure(self) -> None:
        while True:
            await asyncio.sleep(PRESSURE_EVERY_S)
            pressure = pressure_of(self.budget.share, self.pressure)
            if pressure != self.pressure:
                self.pressure = pressure
                for socket in list(self.sockets):
                    socket.press(pressure)

    async def _end_chores(self) -> None:
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TELL_TIMEOUT_S):
                await self.quota.tell()

    async def _tell_usage(self, day: date, size_bytes: Mapping[int, int]) -> dict[int, int]:
        return await asyncio.get_running_loop().run_in_executor(self._usage_pool, _add_usage, day, size_bytes)


def pressure_of(share: float, before: float) -> float:
    """Return the pressure, given how much of the budget is used: none up to half of it, all when it is used up.

    Rises at once, in quarters; falls by one quarter a time, so that not everybody sends at once what waited.

    >>> pressure_of(0.5, 0), pressure_of(0.7, 0), pressure_of(1.0, 0.25), pressure_of(0.1, 1.0)
    (0.0, 0.5, 1.0, 0.75)
    """
    wanted = math.ceil(max(0.0, share - CALM_SHARE) / (1 - CALM_SHARE) * PRESSURE_STEPS) / PRESSURE_STEPS
    return max(wanted, before - 1 / PRESSURE_STEPS)


def _add_usage(day: date, size_bytes: Mapping[int, int]) -> dict[int, int]:
    try:
        return add_usage(day, size_bytes)
    finally:
        connection.close()  # once in half a minute: nothing to hold a connection for


def now_ms() -> float:
    """Return the server's clock in epoch milliseconds."""
    return time.time() * 1000
