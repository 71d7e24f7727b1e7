"""The road between page and server: sockets that are in order until they break, and POSTs that are in no order at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from replay.wire.connection import Close, Send
from replay.wire.frames import HEADER_BYTES, Kind
from tests.simulation.talk import Talk

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World


class PageEnd(Protocol):
    """What a page's side of a socket hears."""

    @property
    def is_online(self) -> bool: ...

    def socket_opened(self, socket: Socket) -> None: ...

    def socket_received(self, socket: Socket, frame: bytes) -> None: ...

    def socket_closed(self, socket: Socket) -> None: ...


class Socket:
    """One WebSocket, from the page's wish for it to the end of it."""

    def __init__(self, world: World, page: PageEnd) -> None:
        self._world = world
        self._page = page
        self._talk: Talk | None = None
        self._up_at = 0.0  # when the last frame on its way up arrives; none overtakes another
        self._down_at = 0.0
        self.is_left = False  # the page has closed it
        self.is_broken = False
        process = world.random.choice(world.processes)
        fails = not page.is_online or world.random.random() < world.weather.connect_fails
        world.loop.after(self._latency(), self._connect, None if fails else process)

    def _connect(self, process: Process | None) -> None:
        if process is None or not process.hears or not self._page.is_online:
            self.is_broken = True
            self._tell_page()
            return
        self._talk = process.accept(self._emit)
        self._talk.socket = self
        self._world.sockets[self] = None
        self._world.loop.after(self._latency(), self._opened)

    def _opened(self) -> None:
        if not (self.is_left or self.is_broken):
            self._page.socket_opened(self)

    # Page to server

    def send(self, frame: bytes) -> None:
        """Send a frame up; it arrives, or the socket breaks."""
        world = self._world
        if self.is_left or self.is_broken:
            return  # it goes into a buffer of which nobody hears again
        world.frames_up += 1
        self._up_at = max(self._up_at, world.loop.now + self._latency())
        if frame[0] == Kind.CHUNK and world.random.random() < world.weather.corrupts:
            frame = corrupted(frame, world.random.randrange(HEADER_BYTES, len(frame)))
        world.loop.after(self._up_at - world.loop.now, self._arrive, frame)
        self._may_break()

    def leave(self) -> None:
        """The page closes; what it sent before still arrives."""
        if not self.is_left and not self.is_broken:
            self._world.loop.after(max(0.0, self._up_at - self._world.loop.now), self._left)
        self.is_left = True

    def _arrive(self, frame: bytes) -> None:
        if self._talk is not None and not self.is_broken:
            self._talk.hear(frame)

    def _left(self) -> None:
        self._world.sockets.pop(self, None)
        if self._talk is not None:
            self._talk.leave()

    # Server to page

    def _emit(self, command: Send | Close) -> None:
        if self.is_broken:
            return
        world = self._world
        self._down_at = max(self._down_at, world.loop.now + self._latency())
        world.loop.after(self._down_at - world.loop.now, self._deliver, command)
        self._may_break()

    def _deliver(self, command: Send | Close) -> None:
        if self.is_broken or self.is_left:
            return
        if isinstance(command, Send):
            self._page.socket_received(self, command.frame)
        else:
            self.is_broken = True
            self._left()
            self._page.socket_closed(self)

    # Breaking

    def _may_break(self) -> None:
        world = self._world
        if world.weather.breaks and world.random.random() < world.weather.breaks:
            world.loop.after(self._latency(), self.break_off, world.random.random() < world.weather.half_open)

    def break_off(self, is_half_open: bool = False) -> None:
        """What is on its way is lost; both ends are told, or neither."""
        if self.is_broken:
            return
        self.is_broken = True
        self._world.sockets.pop(self, None)
        if is_half_open:
            return
        self._world.loop.after(self._latency(), self._tell_page)
        if self._talk is not None:
            self._world.loop.after(self._latency(), self._talk.leave)

    def _tell_page(self) -> None:
        if not self.is_left:
            self._page.socket_closed(self)

    def _latency(self) -> float:
        return self._world.random.random() * self._world.weather.latency_ms


def post(world: World, frames: list[bytes], is_online: bool, answer: Callable[[list[bytes] | None], None]) -> None:
    """Carry a request and its answer; either may be lost, and the request may be late."""
    random, weather = world.random, world.weather
    world.frames_up += len(frames)
    there, back = random.random() * weather.latency_ms, random.random() * weather.latency_ms
    if random.random() < weather.post_late:
        there += random.random() * 40_000
    if not is_online or random.random() < weather.post_lost:
        world.loop.after(there + back, answer, None)
        return
    process = random.choice(world.processes)
    is_unanswered = random.random() < weather.post_unanswered

    def answered(said: list[bytes] | None) -> None:
        world.loop.after(back, answer, None if is_unanswered else said)

    world.loop.after(there, process.hear_beacon, frames, answered)


def corrupted(frame: bytes, at: int) -> bytes:
    """Return the frame with one bit of one byte turned.

    >>> corrupted(b"abc", 1)
    b'acc'
    """
    return frame[:at] + bytes((frame[at] ^ 1,)) + frame[at + 1 :]
