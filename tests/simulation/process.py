"""One web process: the real packer, and around it what ``ingest.writer`` and ``ingest.service`` do, on virtual time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from replay.index import ledger
from replay.index.arrival import Arrival, Outcome, Source
from replay.index.digest import Digest
from replay.ingest.packer import Packer
from replay.store import pack
from replay.store.keys import pack_key
from replay.wire import limits, messages
from replay.wire.connection import Close, Connection, Send
from replay.wire.errors import Code
from replay.wire.frames import HEADER_BYTES, Chunk
from replay.wire.messages import Hello
from tests.simulation import actors
from tests.simulation.client import Run, Script
from tests.simulation.database import Deadlock
from tests.simulation.talk import PROJECT, Emit, Talk, moment, source_of

if TYPE_CHECKING:
    from tests.simulation.world import World

ATTEMPTS: Final = 5  # after a deadlock
ADMIT_MS: Final = 5
CLOSE_TIMEOUT_MS: Final = 12_000


class Waiting(NamedTuple):
    """A chunk on its way into a pack."""

    source: Source
    chunk: Chunk
    digest: Digest
    received_ms: float
    tell: Callable[[Chunk, Outcome], None]


class Process:
    """Lives until it is killed; another takes its place."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.is_up = True
        self.is_closing = False
        self.pressure = 0.0
        self.oversleeps = False
        self._packer: Packer[Waiting] = Packer()
        self._writing = 0
        self._index: deque[tuple[str, Script, Callable[[Any, Exception | None], None]]] = deque()
        self._run: Run | None = None
        self._talks: dict[Talk, None] = {}
        self._speakers: dict[str, Talk] = {}

    @property
    def hears(self) -> bool:
        return self.is_up and not self.is_closing

    @property
    def now_ms(self) -> float:
        return self.world.loop.now

    # Who speaks

    def accept(self, emit: Emit) -> Talk:
        talk = Talk(self, Connection(), emit)
        talk.connection.press(self.pressure)
        self._talks[talk] = None
        return talk

    def forget(self, talk: Talk) -> None:
        self._talks.pop(talk, None)

    def admit(self, hello: Hello, done: Callable[[Hello, int | Code], None]) -> None:
        """Look up, in a moment, whether the stream may speak."""
        self.world.loop.after(self.world.random.random() * ADMIT_MS, self._look_up, hello, done)

    def _look_up(self, hello: Hello, done: Callable[[Hello, int | Code], None]) -> None:
        if self.is_up:
            done(hello, self._verdict(hello) if self.world.database_is_up else Code.INDEX_UNAVAILABLE)

    def _verdict(self, hello: Hello) -> int | Code:
        tables, source = self.world.tables, source_of(hello, self.now_ms)
        session = tables.sessions.rows.get((PROJECT, source.session))
        if session is None:
            return 0
        if session.erased_at is not None:
            return Code.ERASED
        if session.secret_hash != source.secret_hash:
            return Code.WRONG_SECRET
        stream = tables.streams.rows.get((PROJECT, session.id, hello.stream))
        return stream.next_seq if stream is not None else 0

    def speaks(self, stream: str, talk: Talk) -> None:
        """Another socket for the same stream lets the older go."""
        older = self._speakers.get(stream)
        if talk.socket is None or older is talk:
            return
        self._speakers[stream] = talk
        if older is not None and older in self._talks:
            older.say(older.connection.taken_over(stream))

    def press(self, level: float) -> None:
        """Narrow every socket's window, or widen it again."""
        self.pressure = level
        for talk in self._talks:
            if talk.socket is not None:
                talk.say(talk.connection.press(level))

    def hear_beacon(self, frames: list[bytes], answer: Callable[[list[bytes] | None], None]) -> None:
        """Answer a POST when all its chunks have their outcome; a process that dies answers nothing."""
        if not self.is_up:
            answer(None)
            return
        if self.is_closing:
            answer([messages.to_frame(messages.goaway(Code.SERVER_CLOSING))])
            return
        said: list[bytes] = []

        def emit(command: Send | Close) -> None:
            if isinstance(command, Send):
                said.append(command.frame)

        talk = Talk(self, Connection(limits.MAX_BEACON_BYTES, limits.MAX_BEACON_FRAMES), emit)
        self._talks[talk] = None
        for frame in frames:
            talk.hear(frame)

        def settled(is_answered: bool) -> None:
            self.forget(talk)
            answer(said if is_answered else None)

        talk.on_settled = settled
        talk.settle()

    # Bytes, then row, then ack

    def keep(self, source: Source, chunk: Chunk, opened: Digest, tell: Callable[[Chunk, Outcome], None]) -> None:
        """Keep a chunk with others, and tell what became of it."""
        item = Waiting(source, chunk, opened, self.now_ms, tell)
        size_bytes = HEADER_BYTES + len(chunk.dom) + len(chunk.log)
        if batch := self._packer.add(item, size_bytes, self.now_ms / 1000):
            self._write(batch)
        elif math.isfinite(self._packer.due_at):
            self.world.loop.after(max(0.0, self._packer.due_at * 1000 - self.now_ms) + 0.001, self._due)

    def _due(self) -> None:
        if self.is_up and self._packer.due_at * 1000 <= self.now_ms and (batch := self._packer.take()):
            self._write(batch)

    def _write(self, batch: list[Waiting]) -> None:
        self._writing += 1
        self.world.packs_put += 1
        key = pack_key(moment(self.now_ms), UUID(int=self.world.packs_put))
        data, offsets = pack.build([(item.source.project, item.chunk.to_frame()) for item in batch])
        opening = actors.open_pack(self.world, key)
        self._in_index(f"{self.name} opens {key[-8:-5]}", opening, partial(self._opened, batch, key, data, offsets))

    def _opened(
        self, batch: list[Waiting], key: str, data: bytes, offsets: list[int], pack_id: int, error: Exception | None
    ) -> None:
        if error is not None:
            self._tell(batch, [Outcome(Code.INDEX_UNAVAILABLE)] * len(batch))
            return
        self.world.store.put(key, data, partial(self._put, batch, key, pack_id, offsets))

    def _put(self, batch: list[Waiting], key: str, pack_id: int, offsets: list[int], is_stored: bool) -> None:
        if not self.is_up:
            return
        if not is_stored:
            self._tell(batch, [Outcome(Code.STORE_UNAVAILABLE)] * len(batch))
            return
        arrivals = [
            Arrival(item.source, item.chunk.header, item.digest, at + HEADER_BYTES, moment(item.received_ms))
            for item, at in zip(batch, offsets, strict=True)
        ]
        world = self.world
        if self.oversleeps or world.random.random() < world.weather.keep_stalls:
            self.oversleeps = False
            wait = world.sweep_after_ms * (0.9 + 1.5 * world.random.random())
            world.loop.after(wait, self._keep, batch, key, pack_id, arrivals, ATTEMPTS)
        else:
            self._keep(batch, key, pack_id, arrivals, ATTEMPTS)

    def _keep(self, batch: list[Waiting], key: str, pack_id: int, arrivals: list[Arrival], attempts: int) -> None:
        if not self.is_up:
            return

        def done(outcomes: list[Outcome], error: Exception | None) -> None:
            if isinstance(error, Deadlock) and attempts > 1:
                self._keep(batch, key, pack_id, arrivals, attempts - 1)
            elif error is not None:
                self._tell(batch, [Outcome(Code.INDEX_UNAVAILABLE)] * len(batch))
            else:
                self._tell(batch, outcomes)

        self._in_index(f"{self.name} keeps {pack_id}", ledger.keep(pack_id, arrivals), done)

    def _tell(self, batch: list[Waiting], outcomes: list[Outcome]) -> None:
        self._writing -= 1
        for item, outcome in zip(batch, outcomes, strict=True):
            if self.world.trace is not None:
                header = item.chunk.header
                self.world.say(
                    f"{self.name}: {header.stream[-2:]}/{header.seq} {outcome.code or 'kept'} upto {outcome.next_seq}"
                )
            item.tell(item.chunk, outcome)
        if self.is_closing and not self._writing:
            self._say_goodbye()

    def _in_index(self, name: str, script: Script, done: Callable[[Any, Exception | None], None]) -> None:
        """Run a transaction when those before it are over: the writer has one thread."""
        self._index.append((name, script, done))
        if self._run is None:
            self._next_in_index()

    def _next_in_index(self) -> None:
        if not self._index:
            return
        name, script, done = self._index.popleft()

        def ended(result: Any, error: Exception | None) -> None:
            self._run = None
            done(result, error)
            if self._run is None:
                self._next_in_index()

        self._run = Run(self.world, name, script, ended)

    # The end

    def kill(self) -> None:
        """Die at once: nothing that was in memory is known any more."""
        if not self.is_up:
            return
        self.is_up = False
        if self._run is not None:
            self._run.desert()
        for talk in list(self._talks):
            if talk.socket is not None:
                talk.socket.break_off()
            talk.settle(is_answered=False)

    def terminate(self) -> None:
        """Hear no more, keep what was heard, say goodbye, go."""
        if not self.hears:
            return
        self.is_closing = True
        if batch := self._packer.take():
            self._write(batch)
        if not self._writing:
            self._say_goodbye()
        else:
            self.world.loop.after(CLOSE_TIMEOUT_MS, self._say_goodbye)

    def _say_goodbye(self) -> None:
        if not self.is_up:
            return
        for talk in list(self._talks):
            talk.end(Code.SERVER_CLOSING, self.world.random.randrange(2_000))
        self.world.loop.after(100, self.kill)
