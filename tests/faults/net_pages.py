"""Pages that speak with the recorder's own core (replay/wire/page.py): its patience, its back-off, its heartbeat."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from replay.wire.effects import Acked, Close, Effect, Finished, LostBody, Open, Post, Send, Snapshot
from replay.wire.flight import Held
from replay.wire.frames import join_frames, split_frames
from replay.wire.page import PageConnection, State
from tests.faults.crowd import Crowd
from tests.faults.journal import Cut, Manner
from tests.faults.net_link import Link
from tests.faults.pages import LOST, Page, _beacon_url, _fetch
from tests.pages_say import PageStream

TICK_S = 0.25  # a recorder looks once a second; what is measured here must not be blurred by it


class CorePage(Page):
    """One stream whose every decision is the core's; this class only carries them out."""

    def __init__(self, stream: PageStream, manner: Manner, dice: random.Random, link: Link | None = None) -> None:
        super().__init__(stream, manner, dice)
        self.core = PageConnection(stream.stream, self._hello, self._make_gap, dice.random)
        self.kept: list[float] = []  # monotonic s, when each chunk was handed to the core
        self.knocks: list[float] = []  # when it tried to reach the server, by socket or POST
        self.opened: list[float] = []  # when a socket was there
        self.welcomed: list[float] = []
        self.gave_up: list[float] = []  # when an open socket was found dead
        self._link = link
        self._url = ""
        self._out: asyncio.Queue[bytes] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._talking: asyncio.Task[None] | None = None

    @property
    def waits_s(self) -> list[float]:
        """Return how long each acked chunk waited for its ack."""
        waits: list[float] = []
        for at, upto in self.journal.acks:
            waits += [at - kept for kept in self.kept[len(waits) : upto]]
        return waits

    async def run(self, url: str) -> None:
        self._url = url
        cutter = asyncio.create_task(self._cut_all())
        try:
            self._act(self.core.start(_now()))
            while not self.is_done:
                await asyncio.sleep(TICK_S)
                was = self.core.state
                self._act(self.core.tick(_now()))
                if was == State.OPEN and self.core.state == State.WAITING:
                    self.gave_up.append(time.monotonic())
                if cutter.done():
                    cutter.result()
        finally:
            for task in (cutter, *self._tasks):
                task.cancel()
            await asyncio.gather(cutter, *self._tasks, return_exceptions=True)

    async def _cut_all(self) -> None:
        while len(self.journal.cuts) < self.manner.chunks:  # not more, unlike its parents: then it is idle
            seq = len(self.journal.cuts)
            cut = self.make_cut(seq)
            self.journal.cuts.append(cut)
            self.kept.append(time.monotonic())
            self._act(self.core.keep(seq, cut.chunk.to_frame(), int(cut.chunk.header.flags), _now()))
            await asyncio.sleep(self.manner.pace_s)

    def _hello(self, now: float) -> bytes:
        return self.journal.stream.hello_frame(client_ms=now)

    def _make_gap(self, held: Held, reason: str, body: LostBody) -> bytes:
        gap = self.journal.stream.gap(held.seq, reason, body)
        self.journal.cuts[held.seq] = Cut(gap, [], Counter(), reason=reason)
        return gap.to_frame()

    def _act(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Open | Post):
                self.knocks.append(time.monotonic())
            match effect:
                case Open():
                    self._out = asyncio.Queue()
                    self._talking = self._spawn(self._socket(self._out))
                case Close():
                    if self._talking is not None:
                        self._talking.cancel()
                    self._talking = None
                case Send(frame):
                    self._out.put_nowait(frame)
                case Post(frames):
                    self._spawn(self._send_post(frames))
                case Acked(upto):
                    self.journal.hear_ack(upto)
                case Finished() | Snapshot():
                    pass
                case _:
                    self.journal.broken.append(f"the core wants {effect}")
                    self.is_stopped = True

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _socket(self, out: asyncio.Queue[bytes]) -> None:
        mine = asyncio.current_task()
        with suppress(*LOST):
            socket = await self._connect()
            sender = asyncio.create_task(_send_all(socket, out))
            try:
                self.journal.sockets += 1
                self.opened.append(time.monotonic())
                self._act(self.core.opened(_now()))
                async for frame in socket:
                    self._received(frame)
            finally:
                sender.cancel()
                socket.transport.abort()
        if self._talking is mine:
            self._talking = None
            self._act(self.core.closed(_now()))

    def _received(self, frame: str | bytes) -> None:
        assert isinstance(frame, bytes)
        was = self.core.state
        self._act(self.core.received(frame, _now()))
        if was == State.GREETING and self.core.state == State.OPEN:
            self.welcomed.append(time.monotonic())

    async def _connect(self) -> ClientConnection:
        options: dict[str, Any] = {"subprotocols": [Subprotocol("playhead.v1")], "compression": None, "open_timeout": None}
        options |= {"ping_interval": None, "max_queue": None, "proxy": None}
        if self._link is not None:
            raw = self._link.socket()
            parts = urlsplit(self._url)
            try:
                await asyncio.get_running_loop().sock_connect(raw, (parts.hostname, parts.port))
            except BaseException:
                raw.close()
                raise
            options["sock"] = raw
        return await connect(self._url, **options)

    async def _send_post(self, frames: tuple[bytes, ...]) -> None:
        self.journal.posts += 1

        def post() -> list[bytes]:
            with self._link.inside() if self._link else nullcontext():
                return list(split_frames(_fetch(_beacon_url(self._url), join_frames(frames))))

        try:
            answer = await asyncio.to_thread(post)
        except LOST:
            answer = None
        self._act(self.core.posted(answer, _now()))


async def _send_all(socket: ClientConnection, out: asyncio.Queue[bytes]) -> None:
    with suppress(*LOST):
        while True:
            await socket.send(await out.get())


class CoreCrowd(Crowd):
    """A crowd of pages that are as patient as recorders are, behind a line or not."""

    def __init__(self, url: str, write_key: str, seed: int, streams: int, link: Link | None = None, **manner: Any) -> None:
        self._link = link
        super().__init__(url, write_key, seed, streams, Manner(**{"twice": 0, "swap": 0, "drop": 0} | manner), posts=0)

    def _page(self, write_key: str, number: int, manner: Manner, by_post: bool) -> CorePage:
        page = super()._page(write_key, number, manner, by_post)
        return CorePage(page.journal.stream, manner, random.Random(self.dice.random()), self._link)

    @property
    def cores(self) -> list[CorePage]:
        return [page for page in self.pages if isinstance(page, CorePage)]


def _now() -> float:
    """Return the page's clock in ms: monotonic, near the wall's."""
    return _BEGAN_MS + time.monotonic() * 1000


_BEGAN_MS = (time.time() - time.monotonic()) * 1000
