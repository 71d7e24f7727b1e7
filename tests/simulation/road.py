"""One stream's road, as ``recorder_js/src/transport.ts`` is: carries out the effects of the real page core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from replay.wire import effects
from replay.wire.flight import Held
from replay.wire.frames import Flag, Kind
from replay.wire.page import PageConnection, State
from tests.simulation.identity import Identity, gap_for
from tests.simulation.journal import Broken
from tests.simulation.net import Socket, post

if TYPE_CHECKING:
    from tests.simulation.browser import Browser

TICK_MS: Final = 1_000
SEQ: Final = slice(36, 40)  # of a chunk frame
SENT_MOST: Final = 20  # backing off, a seq is sent some ten times in the life of a socket
REST_MS: Final = 5_000  # with nothing to do, only the heartbeat needs us

OVER: Final = (State.FINISHED, State.STOPPED, State.IDLE)


class Road:
    """Feeds one stream, for its own page or for a later one that found it in the spool."""

    def __init__(self, browser: Browser, identity: Identity, on_effect: Callable[[effects.Effect], None]) -> None:
        self.world = browser.world
        self.browser = browser
        self.identity = identity
        self.is_alive = True
        self._on_effect = on_effect
        self._socket: Socket | None = None
        self._is_open = False
        self._ticks = 0
        self._sent: dict[bytes, int] = {}  # how often each seq went over this socket
        self.core = PageConnection(identity.stream, identity.hello, self._gap, self.world.random.random)

    @property
    def is_online(self) -> bool:
        return self.browser.is_online

    def start(self) -> None:
        self.run(self.core.start(self.world.loop.now))
        self._ticks += 1
        self._tick(self._ticks)

    def keep(self, seq: int, frame: bytes, flags: Flag) -> None:
        self.run(self.core.keep(seq, frame, flags, self.world.loop.now))

    def hurry(self) -> None:
        if self.is_alive:
            self.run(self.core.hurry(self.world.loop.now))

    def leave(self) -> None:
        """The page hides for good, or into the cache: hand over the unacked, leave the socket."""
        if frames := self.core.tail(60_000):
            post(self.world, [self.identity.hello(self.world.loop.now), *frames], self.is_online, lambda said: None)
        self._ticks += 1
        self.run(self.core.suspend())

    def die(self) -> None:
        """Nothing more is heard or said."""
        self.is_alive = False
        self._close()

    def run(self, asked: Sequence[effects.Effect]) -> None:
        for effect in asked:
            if not self.is_alive:
                return
            match effect:
                case effects.Open():
                    self._is_open = False
                    self._socket = Socket(self.world, self)
                case effects.Close():
                    self._close()
                case effects.Send(frame):
                    self._send(frame)
                case effects.Post(frames):
                    post(self.world, list(frames), self.is_online, self._posted)
                case effects.Acked(upto):
                    if self.world.trace is not None:
                        self.world.say(f"page {self.identity.stream[-2:]}: acked upto {upto}")
                    self.world.journal.acked(self.identity.stream, upto)
                    self.browser.forget_spooled(self.identity.stream, upto)
                case _:
                    self._on_effect(effect)

    def _send(self, frame: bytes) -> None:
        if self._socket is None or not self._is_open:
            return
        self._socket.send(frame)
        if frame[0] == Kind.CHUNK:
            seq = frame[SEQ]
            times = self._sent[seq] = self._sent.get(seq, 0) + 1
            if times > SENT_MOST:
                raise Broken(
                    f"endless chatter: {self.identity.stream[-2:]}/{int.from_bytes(seq, 'big')} is sent again and again"
                )

    def socket_opened(self, socket: Socket) -> None:
        if self.is_alive and socket is self._socket:
            self._is_open = True
            self._sent = {}
            self.run(self.core.opened(self.world.loop.now))

    def socket_received(self, socket: Socket, frame: bytes) -> None:
        if self.is_alive and socket is self._socket:
            self.run(self.core.received(frame, self.world.loop.now))

    def socket_closed(self, socket: Socket) -> None:
        if self.is_alive and socket is self._socket:
            self._socket = None
            self.run(self.core.closed(self.world.loop.now))

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.leave()
        self._socket = None

    def _posted(self, frames: list[bytes] | None) -> None:
        if self.is_alive:
            self.run(self.core.posted(frames, self.world.loop.now))

    def _tick(self, ticks: int) -> None:
        if not self.is_alive or ticks != self._ticks or self.core.state in OVER:
            return
        self.run(self.core.tick(self.world.loop.now))
        rests = self.core.state is State.OPEN and not self.core.unacked
        self.world.loop.after(REST_MS if rests else TICK_MS, self._tick, ticks)

    def _gap(self, held: Held, reason: str, body: str) -> bytes:
        frame = gap_for(held.frame, reason, body)
        self.world.journal.replaced(self.identity.stream, held.seq, frame)
        return frame
