"""Sends what dead pages left in the spool, by POST, as ``recorder_js/src/spool/drainer.ts`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from replay.wire import messages
from replay.wire.frames import Flag, Kind
from replay.wire.messages import Ack, Goaway, Nack, Welcome
from replay.wire.remedies import Remedy, remedy_for
from tests.simulation.identity import Identity, gap_at, gap_for
from tests.simulation.net import post

if TYPE_CHECKING:
    from tests.simulation.browser import Browser, Tab

LATE_MS: Final = 60_000  # what a page sent while it went has arrived by then
AGAIN_MS: Final = 5_000
CHUNKS: Final = 20  # in one POST
GONE: Final = (Remedy.STOP, Remedy.NEW_SESSION)

Spooled = dict[int, tuple[bytes, int]]


class Drainer:
    """Lives with its tab, until nothing is left."""

    def __init__(self, browser: Browser, tab: Tab) -> None:
        self._browser = browser
        self._tab = tab
        self._is_over = False
        self._identity: Identity | None = None
        self._chunks: Spooled = {}

    @property
    def is_alive(self) -> bool:
        return not self._is_over and not self._tab.is_asleep

    def drain(self) -> None:
        """Post the first of what is left."""
        if not self.is_alive:
            self._is_over = True
            return
        identity = next(iter(self._browser.leftovers()), None)
        if identity is None:
            self._is_over = True
            return
        if identity is not self._identity or not self._chunks:
            self._identity = identity
            self._chunks = dict(sorted(self._browser.spool[identity].items())[:CHUNKS])
        hello = identity.hello(self._browser.world.loop.now)
        frames = [hello, *(frame for frame, _ in self._chunks.values())]
        post(self._browser.world, frames, self._browser.is_online, self._answered)

    def _answered(self, frames: list[bytes] | None) -> None:
        if not self.is_alive:
            self._is_over = True
            return
        assert self._identity is not None
        before, chunks, spool = dict(self._chunks), self._chunks, self._browser.spool[self._identity]
        upto, is_gone = self._take(frames or [])
        if is_gone:
            spool.clear()
            self._chunks = {}
            self._again(0)
            return
        if upto >= 0:
            self._browser.world.journal.acked(self._identity.stream, upto)
            self._browser.forget_spooled(self._identity.stream, upto)
        self._chunks = {seq: held for seq, held in chunks.items() if seq >= upto and held[0]}
        for seq in before.keys() - self._chunks.keys():
            spool.pop(seq, None)  # acked, or the server has its own under this seq
        if self._chunks != before:
            self._again(0)
        elif 0 <= upto < min(before) and self._is_late():
            self._fill(upto, min(before))
            self._again(0)
        else:
            self._again(AGAIN_MS)

    def _take(self, frames: list[bytes]) -> tuple[int, bool]:
        """Take in an answer: how far the stream is kept, and whether the server will never take it."""
        upto, is_gone = -1, False
        for frame in frames:
            if frame[0] == Kind.WELCOME:
                upto = max(upto, messages.parse_message(frame, Welcome).next_seq)
            elif frame[0] == Kind.ACK:
                upto = max(upto, messages.parse_message(frame, Ack).upto)
            elif frame[0] == Kind.GOAWAY:
                goaway = messages.parse_message(frame, Goaway)
                is_gone = remedy_for(goaway.code, "goaway", not goaway.retry) in GONE
            elif frame[0] == Kind.NACK:
                self._refused(messages.parse_message(frame, Nack))
        return upto, is_gone

    def _refused(self, nack: Nack) -> None:
        remedy = remedy_for(nack.code, "nack", nack.permanent)
        if nack.seq not in self._chunks or remedy in (Remedy.RESEND, Remedy.RECONNECT):
            return
        frame, flags = self._chunks[nack.seq]
        if flags & Flag.GAP or remedy in (Remedy.DROP, Remedy.NEW_STREAM):
            self._chunks[nack.seq] = b"", flags
            return
        gap = gap_for(frame, nack.code, "both")
        self._hold_gap(nack.seq, gap, flags | Flag.GAP)

    def _fill(self, first: int, last: int) -> None:
        """Name what a dead page lost between what the server has and what is here."""
        assert self._identity is not None
        for seq in range(first, min(last, first + CHUNKS)):
            who, now = self._identity, self._browser.world.loop.now
            self._hold_gap(seq, gap_at(who.session, who.stream, seq, now, "never_arrived", "both"), Flag.GAP)
        self._chunks = dict(sorted(self._chunks.items()))

    def _hold_gap(self, seq: int, gap: bytes, flags: int) -> None:
        assert self._identity is not None
        self._chunks[seq] = gap, flags
        self._browser.world.journal.replaced(self._identity.stream, seq, gap)

    def _is_late(self) -> bool:
        assert self._identity is not None
        written = self._browser.world.journal.streams[self._identity.stream].written_ms
        return self._browser.world.loop.now - written > LATE_MS

    def _again(self, wait_ms: float) -> None:
        self._browser.world.loop.after(wait_ms, self.drain)
