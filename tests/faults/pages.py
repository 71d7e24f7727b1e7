"""Pages without a browser: many streams that record, send, resend, back off, and keep a journal of all they said and heard.

What a ``Page`` promises of itself is what a recorder promises: numbered bytes never change; what is not acked is sent again;
the window is honoured; a transient refusal is waited out; a permanent one becomes a gap under the same seq. Beyond that it
is a difficult page: it says things twice, out of order, and breaks its socket now and then.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from replay.wire.frames import Kind, join_frames, split_frames
from tests.faults.events import make_events
from tests.faults.journal import Cut, Journal, Manner
from tests.pages_say import PageStream

LOST = (OSError, WebSocketException, TimeoutError, EOFError)
MOST_BACKOFF_S = 1.0  # a recorder's is 30 s; here the server's recovery is measured, not the page's patience
POST_CHUNKS = 24  # in one beacon
SILENCE_S = 30.0  # with data in flight, after which a socket is given up
MOST_BEHIND = 64  # chunks that wait for their ack, before a page holds still


class Page:
    """One stream on its way to the server."""

    def __init__(self, stream: PageStream, manner: Manner, dice: random.Random) -> None:
        self.journal = Journal(stream)
        self.manner = manner
        self._dice = dice
        self._todo: set[int] = set()  # cut, not in flight, not acked
        self._flight: dict[int, int] = {}  # seq → bytes
        self._window = (1 << 20, 32)
        self._hold_until = 0.0
        self._failures = 0
        self._news = asyncio.Event()
        self._is_sent_away = False
        self.is_enough = False
        self.is_stopped = False

    @property
    def is_done(self) -> bool:
        return self.is_stopped or (self._has_cut_all and self.journal.acked >= len(self.journal.cuts))

    @property
    def _has_cut_all(self) -> bool:
        return self.is_enough and len(self.journal.cuts) >= self.manner.chunks

    async def run(self, url: str) -> None:
        """Cut and send until it is enough; return when all is acked, or when stopped."""
        cutter = asyncio.create_task(self._cut_all())
        try:
            while not self.is_done:
                by_post = self.manner.road == "post" or (self.manner.road == "both" and self._dice.random() < 0.4)
                try:
                    await (self._post if by_post else self._talk)(url)
                except LOST:
                    self._failures += 1
                if not self.is_done:
                    await asyncio.sleep(self._backoff_s())
        finally:
            cutter.cancel()

    def _backoff_s(self) -> float:
        """Full jitter; none to speak of after a socket that went well."""
        return self._dice.uniform(0.01, min(MOST_BACKOFF_S, 0.05 * 2 ** min(self._failures, 6)))

    async def _cut_all(self) -> None:
        while not self._has_cut_all:
            seq = len(self.journal.cuts)
            if seq - self.journal.acked < MOST_BEHIND:
                self.journal.cuts.append(self.make_cut(seq))
                self._todo.add(seq)
                self._news.set()
            await asyncio.sleep(self.manner.pace_s)

    def make_cut(self, seq: int) -> Cut:
        """Return what this page says under a seq."""
        stream = self.journal.stream
        now_ms = max(time.time() * 1000, stream.now_ms)
        events, moments, counts = make_events(self._dice, now_ms, stream.distinct_id if self.manner.identifies else "")
        noise = base64.b64encode(self._dice.randbytes(self.manner.body_bytes * 3 // 4)).decode()
        dom = [{"type": 3, "timestamp": now_ms, "data": {"seq": seq, "noise": noise}}]
        return Cut(stream.chunk(seq, *events, dom=dom), moments, counts)

    # By socket

    async def _talk(self, url: str) -> None:
        options: dict[str, Any] = {"subprotocols": [Subprotocol("playhead.v1")], "compression": None, "open_timeout": 15}
        self._is_sent_away = False
        async with connect(url, **options, close_timeout=0.2, ping_interval=None) as socket:
            self.journal.sockets += 1
            await socket.send(self.journal.stream.hello_frame(client_ms=time.time() * 1000))
            async with asyncio.timeout(SILENCE_S):
                while not self._hear(await socket.recv()):
                    if self._is_sent_away:
                        return
            ears = asyncio.create_task(self._listen(socket))
            try:
                while not (self.is_done or ears.done()):
                    await self._send_next(socket)
                if ears.done():
                    ears.result()
            finally:
                ears.cancel()
                with suppress(asyncio.CancelledError, *LOST):
                    await ears

    async def _listen(self, socket: ClientConnection) -> None:
        while not self._is_sent_away:
            async with asyncio.timeout(SILENCE_S):
                self._hear(await socket.recv())
            self._news.set()

    async def _send_next(self, socket: ClientConnection) -> None:
        """Send one chunk, or wait until there may be one to send."""
        seq = self._pick()
        if seq is None:
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 0.2)
            return
        for _ in range(2 if self._dice.random() < self.manner.twice else 1):
            await socket.send(self.journal.cuts[seq].chunk.to_frame())
        if self._dice.random() < self.manner.drop:
            socket.transport.abort()
            raise ConnectionAbortedError

    def _pick(self) -> int | None:
        """Return a seq that the window has room for, mostly the lowest."""
        window_bytes, window_chunks = self._window
        if not self._todo or time.monotonic() < self._hold_until:
            return None
        if window_bytes == 0 or len(self._flight) * 2 >= window_chunks or sum(self._flight.values()) * 2 > window_bytes:
            return None  # half the window: what is said twice counts twice
        lowest = sorted(self._todo)[:2]
        seq = lowest[-1] if self._dice.random() < self.manner.swap else lowest[0]
        self._todo.discard(seq)
        self._flight[seq] = len(self.journal.cuts[seq].chunk.to_frame())
        return seq

    # By POST

    async def _post(self, url: str) -> None:
        while not self.is_done:
            todo = sorted(seq for seq in range(self.journal.acked, len(self.journal.cuts)))[:POST_CHUNKS]
            if not todo:
                await asyncio.sleep(0.02)
                continue
            if self.manner.swap and self._dice.random() < self.manner.swap:
                self._dice.shuffle(todo)
            frames = [self.journal.cuts[seq].chunk.to_frame() for seq in todo]
            hello = self.journal.stream.hello_frame(client_ms=time.time() * 1000)
            answer = await asyncio.to_thread(_fetch, _beacon_url(url), join_frames([hello, *frames]))
            self.journal.posts += 1
            before = self.journal.acked
            for frame in split_frames(answer):
                self._hear(frame)
            if self.journal.acked == before or self.manner.road == "both":
                return

    # Hearing

    def _hear(self, frame: Any) -> bool:
        """Act on what the server says; return whether it was a welcome."""
        assert isinstance(frame, bytes)
        said = json.loads(frame[1:])
        if frame[0] == Kind.WELCOME:
            self._window = (said["window_bytes"], said["window_chunks"])
            self.journal.hear_welcome(said["next_seq"])
            self._is_sent_away = False
            self._flight.clear()
            self._todo = set(range(self.journal.acked, len(self.journal.cuts)))
            return True
        if frame[0] == Kind.ACK:
            self._acked(said["upto"])
        if "window_bytes" in said:
            self._window = (said["window_bytes"], said["window_chunks"])
        elif frame[0] == Kind.NACK:
            self._refused(said["seq"], said["code"], said["permanent"])
        elif frame[0] == Kind.GOAWAY:
            self.journal.refused[said["code"]] += 1
            if not said.get("retry", True):
                self.journal.broken.append(f"sent away for good: {said['code']}")
                self.is_stopped = True
            self._failures += 1
            self._is_sent_away = True
        return False

    def _acked(self, upto: int) -> None:
        self.journal.hear_ack(upto)
        self._failures = 0
        for known in (self._flight, self._todo):
            for seq in [seq for seq in known if seq < self.journal.acked]:
                known.pop(seq) if isinstance(known, dict) else known.discard(seq)

    def _refused(self, seq: int, code: str, permanent: bool) -> None:
        self.journal.refused[code] += 1
        if permanent:
            self.be_refused(seq, code)
        self._flight.pop(seq, None)
        if seq >= self.journal.acked:
            self._todo.add(seq)
            if not permanent:
                self._failures += 1
                self._hold_until = time.monotonic() + self._backoff_s()

    def be_refused(self, seq: int, code: str) -> None:
        """A chunk will never be taken: a gap says so under its seq."""
        self.journal.permanent[seq] = code
        if self.journal.cuts[seq].reason:
            self.journal.broken.append(f"a gap got {code}")
            self.is_stopped = True
        if code in ("conflict", "too_late") or seq < self.journal.acked:
            self.journal.broken.append(f"seq {seq} got {code}, and its bytes never changed")
            return
        self.journal.cuts[seq] = Cut(self.journal.stream.gap(seq, code, "both"), [], Counter(), reason=code)


def _beacon_url(socket_url: str) -> str:
    return socket_url.replace("ws", "http", 1) + "/beacon"


def _fetch(url: str, body: bytes) -> bytes:
    """POST, and return the answer's body whatever its status; nothing where no frames came back."""
    request = urllib.request.Request(url, body, {"Content-Type": "text/plain"})
    try:
        with urllib.request.urlopen(request, timeout=SILENCE_S) as answer:
            data: bytes = answer.read()
    except urllib.error.HTTPError as error:
        data = error.read() if "octet-stream" in error.headers.get("Content-Type", "") else b""
        if not data:
            raise ConnectionError(f"{url} answers {error.code}") from error
    return data
