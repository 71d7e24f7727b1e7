"""``POST /ingest/v1/assets``: stylesheets, fonts and images by hash (SPEC §9). Never in the way of a chunk.

The gates are the beacon's: address, write key, origin, secret, the day's bytes, the project's rate. The work has threads of its
own, few of them, and whoever finds no room is sent away: a page can do without, another page brings it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from replay.index.arrival import Source
from replay.index.assets import answer_offers, keep_asset
from replay.ingest.address import address_of
from replay.ingest.admission import Admission
from replay.ingest.allowances import BURST_S, MAX_PROJECTS, ComeLater
from replay.ingest.beacon import PREFLIGHT, answer, read_body
from replay.ingest.bucket import Buckets
from replay.ingest.consumer import Message, Receive, Sender, header
from replay.ingest.service import Ingest, now_ms
from replay.store.base import BlobStore, StoreFull, StoreUnavailable
from replay.wire import limits
from replay.wire.assets import Answer, Heard, open_body, parse_request
from replay.wire.connection import Refused
from replay.wire.errors import REFUSALS, Code, FrameRefused, WireError
from replay.wire.messages import parse_hello

T = TypeVar("T")

PATH: Final = "/ingest/v1/assets"
AT_ONCE: Final = 8  # requests, each up to 5 MiB
THREADS: Final = 2
ROOM_WAIT_S: Final = 5
WORK_WAIT_S: Final = 30


class AssetDesk:
    """What a process has for assets: a little room, and two threads."""

    def __init__(self, ingest: Ingest, store: BlobStore) -> None:
        self._ingest = ingest
        self._store = store
        self._admission = Admission()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._pool = ThreadPoolExecutor(THREADS, "playhead-assets")
        per_s = ingest.allowances.allowed.hellos_per_min / 60
        self._requests: Buckets[int] = Buckets(per_s, per_s * BURST_S, MAX_PROJECTS)

    async def serve(self, scope: Message, receive: Receive, send: Sender) -> None:
        """Answer one request: ``{"answers": […]}`` in the order of the offers, or a code and its sentence."""
        if scope["method"] == "OPTIONS":
            return await answer(send, 204, b"", PREFLIGHT)
        if scope["method"] != "POST":
            return await answer(send, 405, b"", [(b"allow", b"POST, OPTIONS")])
        self._ingest.meter.asset_requests += 1
        try:
            said = await self._hear_in_turn(scope, receive)
        except WireError as refused:
            self._ingest.refusals.count(Refused(refused.code))
            refusal = REFUSALS[refused.code]
            body = msgspec.json.encode({"code": refused.code, "message": refusal.sentence})
            after_s = refused.after_ms // 1000 + 1 if isinstance(refused, ComeLater) else 0
            return await answer(send, refusal.http_status, body, [(b"retry-after", str(after_s).encode())] if after_s else [])
        return await answer(send, 200, msgspec.json.encode({"answers": said}), [])

    async def _hear_in_turn(self, scope: Message, receive: Receive) -> list[Answer]:
        address = address_of(scope, trust_proxy=settings.TRUST_PROXY)
        wait_s = self._ingest.allowances.knock(address, time.monotonic())
        try:
            async with asyncio.timeout(ROOM_WAIT_S):
                await self._room.acquire()  # its bytes stay with the server until then, which counts them
        except TimeoutError as error:
            raise ComeLater(Code.TOO_MANY, ROOM_WAIT_S) from error
        try:
            body = await read_body(scope, receive, limits.MAX_ASSETS_BYTES)
            if body is None:
                raise FrameRefused(Code.FRAME_TOO_LARGE)
            if self._ingest.is_closing or wait_s:
                raise ComeLater(Code.TOO_MANY if wait_s else Code.SERVER_CLOSING, wait_s)
            return await self._hear(parse_request(body), header(scope, b"origin"), header(scope, b"user-agent"))
        finally:
            self._room.release()

    async def _hear(self, heard: Heard, origin: str, user_agent: str) -> list[Answer]:
        hello = parse_hello(heard.hello)
        source = (await self._in_thread(lambda: self._admission.admit(hello, origin, user_agent, now_ms()))).source
        project_id, now = source.project_id, time.monotonic()
        sent = {place: open_body(heard.offers[place], body) for place, body in heard.bodies.items()}
        size_bytes = sum(len(body) for body in heard.bodies.values())
        self._ingest.quota.meet(project_id)
        if wait_s := self._ingest.quota.wait_s(project_id):
            raise ComeLater(Code.OVER_QUOTA, wait_s)
        if wait_s := self._requests[project_id].take(1, now) or self._ingest.allowances.bring(project_id, size_bytes, now):
            raise ComeLater(Code.TOO_MANY, wait_s)
        self._ingest.quota.count(project_id, size_bytes)
        answers = await self._in_thread(lambda: self._keep(source, heard, sent))
        self._ingest.meter.assets += sum(answers[place] == Answer.KNOWN for place in sent)
        return answers

    def _keep(self, source: Source, heard: Heard, sent: dict[int, bytes | None]) -> list[Answer]:
        """Note what is offered, keep what is sent. Blocks; runs in a thread."""
        now = datetime.now(UTC)
        asked = [offer for place, offer in enumerate(heard.offers) if place not in sent]
        noted = iter(answer_offers(source.project_id, source.session, asked, now) if asked else ())
        answers: list[Answer] = []
        for place, offer in enumerate(heard.offers):
            if place not in sent:
                answers.append(next(noted))
            elif (data := sent[place]) is None:
                answers.append(Answer.BAD_BYTES)
            else:
                answers.append(keep_asset(self._store, source.project_id, source.project, source.session, offer, data, now))
        return answers

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(WORK_WAIT_S):
                return await asyncio.get_running_loop().run_in_executor(self._pool, _done, work)
        except TimeoutError as error:
            raise FrameRefused(Code.INDEX_UNAVAILABLE) from error

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _done(work: Callable[[], T]) -> T:
    """Do it; where store or database fail, say which."""
    try:
        return work()
    except StoreUnavailable as error:
        raise FrameRefused(Code.STORE_FULL if isinstance(error, StoreFull) else Code.STORE_UNAVAILABLE) from error
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        raise FrameRefused(Code.INDEX_UNAVAILABLE) from error
    finally:
        if connection.vendor == "postgresql" and not connection.in_atomic_block:  # a test's transaction is not ours
            connection.close_if_unusable_or_obsolete()  # back to the pool: others wait for it
