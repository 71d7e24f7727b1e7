"""What is held until it is acked, and how much of it is on its way. Twin of recorder_js/src/wire/flight.ts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from replay.wire.limits import MAX_BEACON_BYTES, MAX_BEACON_FRAMES


@dataclass(slots=True, eq=False)
class Held:
    seq: int
    frame: bytes
    flags: int
    is_sent: bool = False  # on the socket that is open now
    refusals: int = 0  # times the server called these bytes bad


FIRST_WINDOW_BYTES: Final = 262_144  # until a welcome says more
FIRST_WINDOW_CHUNKS: Final = 16
LENGTH_BYTES: Final = 4  # before each frame of a beacon
POST_BYTES: Final = MAX_BEACON_BYTES - 32_768  # room for the hello and the lengths


class Flight:
    def __init__(self) -> None:
        self.held: list[Held] = []  # in order of seq
        self.held_bytes = 0
        self.sent_bytes = 0
        self.sent_chunks = 0
        self._window_bytes = FIRST_WINDOW_BYTES
        self._window_chunks = FIRST_WINDOW_CHUNKS

    def add(self, seq: int, frame: bytes, flags: int) -> None:
        """Hold numbered bytes; the first that are held under a seq stay."""
        at = len(self.held)
        while at > 0 and self.held[at - 1].seq >= seq:
            at -= 1
        if at < len(self.held) and self.held[at].seq == seq:
            return
        self.held.insert(at, Held(seq, frame, flags))
        self.held_bytes += len(frame)

    def find(self, seq: int) -> Held | None:
        return next((one for one in self.held if one.seq == seq), None)

    def remove(self, one: Held) -> None:
        self.recall(one)
        self.held.remove(one)
        self.held_bytes -= len(one.frame)

    def settle(self, upto: float) -> None:
        """Everything below is kept."""
        first = next((at for at, one in enumerate(self.held) if one.seq >= upto), len(self.held))
        for one in self.held[:first]:
            self.recall(one)
            self.held_bytes -= len(one.frame)
        del self.held[:first]

    def replace(self, one: Held, frame: bytes, flags: int) -> None:
        """Other bytes take the seq."""
        self.recall(one)
        self.held_bytes += len(frame) - len(one.frame)
        one.frame = frame
        one.flags = flags
        one.refusals = 0

    def recall(self, one: Held) -> None:
        """It has to be sent again."""
        if not one.is_sent:
            return
        one.is_sent = False
        self.sent_bytes -= len(one.frame)
        self.sent_chunks -= 1

    def land(self) -> None:
        """The socket is gone, and with it what was on its way, and its window."""
        for one in self.held:
            self.recall(one)
        self._window_bytes = FIRST_WINDOW_BYTES
        self._window_chunks = FIRST_WINDOW_CHUNKS

    def narrow(self, window_bytes: int | None, window_chunks: int | None) -> None:
        self._window_bytes = self._window_bytes if window_bytes is None else window_bytes
        self._window_chunks = self._window_chunks if window_chunks is None else window_chunks

    def launch(self) -> list[Held]:
        """What may go now, marked as sent."""
        launched: list[Held] = []
        if self._window_bytes <= 0 or self._window_chunks <= 0:
            return launched
        for one in self.held:
            if one.is_sent:
                continue
            fits = self.sent_bytes + len(one.frame) <= self._window_bytes and self.sent_chunks < self._window_chunks
            if not fits and self.sent_chunks > 0:
                break
            one.is_sent = True
            self.sent_bytes += len(one.frame)
            self.sent_chunks += 1
            launched.append(one)
        return launched

    def head(self) -> list[bytes]:
        """What one POST carries: from the first on."""
        head: list[bytes] = []
        room = POST_BYTES
        for one in self.held:
            room -= len(one.frame) + LENGTH_BYTES
            if room < 0 or len(head) == MAX_BEACON_FRAMES - 1:
                break
            head.append(one.frame)
        return head

    def tail(self, most_bytes: int) -> list[bytes]:
        """What a last beacon of so many bytes should carry: first what no socket has taken, then the rest, each in order."""
        room = most_bytes
        chosen: set[int] = set()
        for is_sent in (False, True):
            for one in self.held:
                if one.is_sent != is_sent or len(one.frame) + LENGTH_BYTES > room or len(chosen) == MAX_BEACON_FRAMES - 1:
                    continue
                room -= len(one.frame) + LENGTH_BYTES
                chosen.add(one.seq)
        return [one.frame for one in self.held if one.seq in chosen]
