"""The page's end of the conversation, for one stream, without I/O: facts in, effects out, time is an argument.

Twin of recorder_js/src/wire/connection.ts, which draws its states. Here it is what simulations and load tests speak with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final, assert_never

from replay.wire import messages
from replay.wire.effects import Acked, Close, Effect, Finished, NewSession, Open, Post, Send, Stop
from replay.wire.errors import Code, FrameRefused
from replay.wire.flight import Flight, Held
from replay.wire.frames import Kind
from replay.wire.heartbeat import Heartbeat
from replay.wire.losses import Losses, MakeGap
from replay.wire.messages import Ack, Goaway, Nack, Pong, Welcome, Window
from replay.wire.remedies import Remedy, remedy_for
from replay.wire.road import Road


class State(StrEnum):
    IDLE = "idle"
    WAITING = "waiting"
    OPENING = "opening"
    GREETING = "greeting"
    OPEN = "open"
    POSTING = "posting"
    FINISHED = "finished"
    STOPPED = "stopped"


GREETING_MS: Final = 10_000  # from opening to welcome; a proxy may swallow the upgrade

Heard = Welcome | Ack | Nack | Goaway | Pong | Window
_HEARD: Final[dict[int, Any]] = {
    Kind.WELCOME: Welcome,
    Kind.ACK: Ack,
    Kind.NACK: Nack,
    Kind.GOAWAY: Goaway,
    Kind.PONG: Pong,
    Kind.WINDOW: Window,
}


class PageConnection:
    """One stream's conversation with whichever server answers."""

    def __init__(self, stream: str, hello: Callable[[float], bytes], gap: MakeGap, random: Callable[[], float]) -> None:
        self.state = State.IDLE
        self.next_seq = 0  # the server's lower bound
        self._stream = stream
        self._hello = hello
        self.codecs: tuple[int, ...] = ()  # what the last welcome takes beside JSON
        self._flight = Flight()
        self._heartbeat = Heartbeat()
        self._road = Road(random)
        self._losses = Losses(self._flight, gap)
        self._opened_at = 0.0
        self._is_posting = False
        self._is_post_stale = False  # it was sent before the page left: other bytes may stand there when its answer comes
        self._is_ending = False

    @property
    def unacked(self) -> Sequence[Held]:
        return self._flight.held

    @property
    def held_bytes(self) -> int:
        return self._flight.held_bytes

    def restore(self, seq: int, frame: bytes, flags: int) -> None:
        """Hold what an earlier page left, before the start."""
        if seq >= self.next_seq and not self._is_over:
            self._flight.add(seq, frame, flags)

    def start(self, now: float) -> list[Effect]:
        if self.state != State.IDLE:
            return []
        self.state = State.WAITING
        self._road.hurry(now)
        return self.tick(now)

    def keep(self, seq: int, frame: bytes, flags: int, now: float) -> list[Effect]:
        """Hold numbered bytes until they are acked."""
        if self._is_over:
            return []
        if seq < self.next_seq:
            return [Acked(self.next_seq)]
        self._losses.kept(flags)
        self._flight.add(seq, frame, flags)
        return self._pump(now)

    def give_up(self, seq: int, reason: str) -> bool:
        """Let bytes go that are too old or too many: a gap takes their seq. Not while an answer is due."""
        one = self._flight.find(seq)
        if one is None or one.is_sent or self._is_posting:
            return False
        self._losses.replace(one, reason)
        return True

    def end(self) -> list[Effect]:
        """No more will come: close once all is acked."""
        self._is_ending = True
        return self._finish_if_done()

    def opened(self, now: float) -> list[Effect]:
        if self.state != State.OPENING:
            return []
        self.state = State.GREETING
        self._heartbeat.begin(now)
        return [Send(self._hello(now))]

    def closed(self, now: float) -> list[Effect]:
        """The socket is gone, by whichever end."""
        if self._has_socket:
            self._lose(now)
        return []

    def received(self, frame: bytes, now: float) -> list[Effect]:
        if self.state not in (State.GREETING, State.OPEN):
            return []
        self._heartbeat.heard(now)
        return self._read(frame, now)

    def posted(self, frames: Sequence[bytes] | None, now: float) -> list[Effect]:
        """A POST came back: its frames, or None when the road itself failed. Every one must."""
        if self.state != State.POSTING or self._is_post_stale:
            self._is_posting = self._is_post_stale = False
            return self._pump(now) if self._is_on_posts else []
        before = self.next_seq
        effects: list[Effect] = []
        for frame in frames or ():
            effects += self._read(frame, now)
            if not self._is_on_posts:
                break
        self._is_posting = False  # not before: an answer's welcome must not post anew what its ack covers
        if not self._is_on_posts:
            return effects
        if self.next_seq == before:
            self._road.delay(now)
        elif self._road.has_worked and self._road.is_awake(now):
            return [*effects, *self._open(now)]
        return [*effects, *self._pump(now)]

    def tick(self, now: float) -> list[Effect]:
        """Let time act; call about once a second."""
        match self.state:
            case State.WAITING:
                if not self._road.is_awake(now):
                    return []
                if not self._road.is_for_posts(now):
                    return self._open(now)
                self.state = State.POSTING
                return self._pump(now)
            case State.POSTING:
                if not self._is_posting and self._road.is_socket_due(now):
                    return self._open(now)
                return self._pump(now)
            case State.OPENING | State.GREETING:
                return self._fail(now) if now - self._opened_at > GREETING_MS else []
            case State.OPEN:
                if self._heartbeat.is_dead(now, self._flight.sent_chunks > 0):
                    return self._fail(now)
                pings = self._ping(now) if self._heartbeat.is_ping_due(now) else []
                return [*pings, *self._pump(now)]
            case _:
                return []

    def hurry(self, now: float) -> list[Effect]:
        """The network is back: do not wait any longer than the server asked."""
        if self.state not in (State.WAITING, State.POSTING):
            return []
        self._road.hurry(now)
        return self.tick(now)

    def suspend(self) -> list[Effect]:
        """The page hides for good or for a while: leave the socket, keep what is held."""
        if self._is_over:
            return []
        self.state = State.IDLE
        self._is_post_stale = self._is_posting
        self._flight.land()
        return [Close()]

    def tail(self, most_bytes: int) -> list[bytes]:
        """What a last beacon of so many bytes should carry."""
        return self._flight.tail(most_bytes)

    @property
    def _is_over(self) -> bool:
        return self.state in (State.STOPPED, State.FINISHED)

    @property
    def _has_socket(self) -> bool:
        return self.state in (State.OPENING, State.GREETING, State.OPEN)

    @property
    def _is_on_posts(self) -> bool:
        return self.state == State.POSTING

    def _open(self, now: float) -> list[Effect]:
        self.state = State.OPENING
        self._opened_at = now
        self._road.opens()
        self._flight.land()
        return [Open()]

    def _fail(self, now: float) -> list[Effect]:
        self._lose(now)
        return [Close()]

    def _lose(self, now: float) -> None:
        """The socket failed, or the other end left."""
        self._road.lost(now, self.state == State.OPEN and self._flight.sent_chunks == 0)
        self._road.wait(now)
        self._leave()

    def _leave(self) -> None:
        self.state = State.WAITING
        self._flight.land()

    def _ping(self, now: float) -> list[Effect]:
        rtt = self._heartbeat.rtt_ms
        self._heartbeat.pinged(now)
        ping = messages.Ping(now) if rtt is None else messages.Ping(now, self._stream, rtt)
        return [Send(messages.to_frame(ping))]

    def _read(self, frame: bytes, now: float) -> list[Effect]:
        shape = _HEARD.get(frame[0]) if frame else None
        if shape is None:
            return []  # a later server's frame: nothing to us
        try:
            return self._heard(messages.parse_message(frame, shape), now)
        except FrameRefused:
            return []

    def _heard(self, heard: Heard, now: float) -> list[Effect]:
        match heard:
            case Welcome():
                return self._welcomed(heard, now) if heard.stream == self._stream else []
            case Ack():
                if heard.stream != self._stream:
                    return []
                self._narrow(heard)
                return self._acked(heard.upto, now)
            case Nack():
                return self._refused(heard, now) if heard.stream == self._stream else []
            case Goaway():
                return self._sent_away(heard, now)
            case Pong():
                self._heartbeat.answered(now, heard.client_ms)
                return []
            case Window():
                self._narrow(heard)
                return self._pump(now)
            case _:
                assert_never(heard)

    def _narrow(self, window: Welcome | Ack | Window) -> None:
        if self.state == State.OPEN:
            self._flight.narrow(window.window_bytes, window.window_chunks)

    def _welcomed(self, welcome: Welcome, now: float) -> list[Effect]:
        self._heartbeat.every_ms = welcome.heartbeat_s * 1000 or self._heartbeat.every_ms
        is_greeted = self.state == State.GREETING
        if is_greeted:
            self.state = State.OPEN
            self._road.greeted()
            self._heartbeat.answered(now)
        self.codecs = welcome.codecs
        self._narrow(welcome)
        first = self._ping(now) if is_greeted else []  # before the first chunk, whose row takes the clock
        return [*first, *self._acked(welcome.next_seq, now)]

    def _acked(self, upto: int, now: float) -> list[Effect]:
        if upto <= self.next_seq:
            return self._pump(now)
        self.next_seq = upto
        self._road.acked(now)
        self._heartbeat.moved(now)
        if self.state == State.OPEN:
            self._road.answered()
        self._flight.settle(upto)
        return [Acked(upto), *self._pump(now)]

    def _refused(self, nack: Nack, now: float) -> list[Effect]:
        if self.state == State.OPEN:
            self._road.answered()
        one = self._flight.find(nack.seq)
        if one is None:
            return []
        wishes, is_transient = self._losses.refused(one, nack.code, nack.permanent, now)
        if is_transient:
            self._road.delay(now)
        return [*wishes, *self._pump(now)]

    def _sent_away(self, goaway: Goaway, now: float) -> list[Effect]:
        remedy = remedy_for(goaway.code, "goaway", not goaway.retry)
        if remedy in (Remedy.STOP, Remedy.NEW_SESSION):
            self.state = State.STOPPED
            self._flight.settle(float("inf"))
            return [Close(), Stop(goaway.code, goaway.message) if remedy == Remedy.STOP else NewSession()]
        effects: list[Effect] = [] if self._is_on_posts else [Close()]
        first = self._flight.held[0] if self._flight.held else None
        if goaway.code == Code.BAD_FRAME and first:
            effects += self._losses.suspect(first, goaway.code, now)
        self._road.sent_away(now, goaway.after_ms)
        if not self._is_on_posts:
            self._leave()
        return [*effects, *self._finish_if_done()]

    def _pump(self, now: float) -> list[Effect]:
        due = self._losses.due(now)
        if not self._road.is_awake(now):
            return [*due]
        if self.state == State.POSTING:
            return [*due, *self._post(now)]
        if self.state != State.OPEN:
            return [*due]
        is_first = self._flight.sent_chunks == 0
        launched = self._flight.launch()
        if launched:
            self._heartbeat.launched(now, is_first)
        return [*due, *(Send(one.frame) for one in launched), *self._finish_if_done()]

    def _post(self, now: float) -> list[Effect]:
        if self._is_posting or not self._flight.held:
            return self._finish_if_done()
        self._is_posting = True
        return [Post((self._hello(now), *self._flight.head()))]

    def _finish_if_done(self) -> list[Effect]:
        if not self._is_ending or self._flight.held or self._is_over:
            return []
        self.state = State.FINISHED
        return [Close(), Finished()]
