"""What the server will not take: gaps in its place, and what the page is asked for.

Twin of recorder_js/src/wire/losses.ts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from replay.wire.effects import LostBody, NewStream, Snapshot, Wish
from replay.wire.flight import Flight, Held
from replay.wire.frames import Flag
from replay.wire.remedies import Remedy, remedy_for
from replay.wire.snapshots import Snapshots

MakeGap = Callable[[Held, str, LostBody], bytes]  # the gap that takes the seq of bytes that will not come

_DOM_CODEC_AT: Final = 2  # in the header of a chunk; 0: no such body
_LOG_CODEC_AT: Final = 3


def _is_gap(one: Held) -> bool:
    return bool(one.flags & Flag.GAP)


class Losses:
    def __init__(self, flight: Flight, make_gap: MakeGap) -> None:
        self._flight = flight
        self._make_gap = make_gap
        self._snapshots = Snapshots()
        self._is_forsaken = False  # the page was told to begin another stream

    def refused(self, one: Held, code: str, is_permanent: bool, now: float) -> tuple[list[Wish], bool]:
        """Treat a refused chunk as its code asks; return wishes, and whether to wait before anything is sent again."""
        match remedy_for(code, "nack", is_permanent):
            case Remedy.DROP:
                self._flight.remove(one)
                return ([] if _is_gap(one) else self._want_snapshot(one, now)), False
            case Remedy.NEW_STREAM:
                self._flight.remove(one)  # the server has something under this seq: nothing is missing
                return ([] if _is_gap(one) else self._forsake()), False
            case Remedy.GAP:
                return self._insist(one) if _is_gap(one) else (self._lose(one, code, now), False)
            case Remedy.RESEND_ONCE:
                self._flight.recall(one)
                one.refusals += 1
                if one.refusals < 2:
                    return [], False
                return self._insist(one) if _is_gap(one) else (self._lose(one, code, now), False)
            case _:
                self._flight.recall(one)
                return [], True

    def suspect(self, one: Held, code: str, now: float) -> list[Wish]:
        """Perhaps it was these bytes that the server could not read: twice is enough. A gap is never what it could not read."""
        if _is_gap(one):
            return []
        one.refusals += 1
        return self._lose(one, code, now) if one.refusals >= 2 else []

    def _lose(self, one: Held, reason: str, now: float) -> list[Wish]:
        """The server will never keep these bytes."""
        wishes = self._want_snapshot(one, now)
        self.replace(one, reason)
        return wishes

    def _insist(self, gap: Held) -> tuple[list[Wish], bool]:
        """A gap that were dropped would leave a hole that no ack passes: say it again, and let another stream go on."""
        self._flight.recall(gap)
        gap.refusals += 1
        return (self._forsake() if gap.refusals >= 2 else []), True

    def replace(self, one: Held, reason: str) -> None:
        """A gap takes the seq of what is held; no other gap ever does."""
        if _is_gap(one):
            return
        body: LostBody = "log" if one.frame[_DOM_CODEC_AT] == 0 else "dom" if one.frame[_LOG_CODEC_AT] == 0 else "both"
        self._flight.replace(one, self._make_gap(one, reason, body), one.flags | Flag.GAP)

    def kept(self, flags: int) -> None:
        if flags & Flag.SNAPSHOT:
            self._snapshots.came()

    def due(self, now: float) -> list[Wish]:
        return [Snapshot()] if self._snapshots.is_due(now) else []

    def _want_snapshot(self, lost: Held, now: float) -> list[Wish]:
        if lost.frame[_DOM_CODEC_AT] != 0:
            self._snapshots.want(now)
        return self.due(now)

    def _forsake(self) -> list[Wish]:
        if self._is_forsaken:
            return []
        self._is_forsaken = True
        return [NewStream()]
