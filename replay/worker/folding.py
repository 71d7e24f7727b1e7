"""What a worker's child is asked, and answers: frames of one stream in, segments out. Pure.

A stream is begun, fed in order and finished. The child may die of any of it; it has no other state, and no connections.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from replay.index.units import Stored, dom_of, log_of
from replay.wire import bodies
from replay.wire.assets import refer
from replay.worker.cutter import Cutter, Folded, Piece
from replay.worker.dom import Page

Drop = Literal["", "dom", "both"]


class Begin(Struct, tag=True):
    """Begin a stream behind its last segment, whose dom body is given; None: it cannot be read, the page is unseen."""

    first_seq: int
    codec: int = 0
    dom: bytes | None = b""
    sheets: frozenset[str] = frozenset()  # hashes (hex) of stylesheets that the session has by reference


class Feed(Struct, tag=True):
    """Add units, of which ``drop`` says what not even to open."""

    units: list[list[Stored]]
    frames: dict[int, bytes]
    drop: Drop = ""


class Finish(Struct, tag=True):
    """End the last segment."""


class Lost(Struct, frozen=True):
    """A span whose bytes are missing or do not open."""

    first_seq: int
    last_seq: int
    first_ms: float
    last_ms: float
    body: Literal["dom", "log", "both"]
    is_told: bool  # its page said so itself, in a gap chunk


class Answer(Struct):
    """What a request came to."""

    segments: list[Folded] = []
    lost: list[Lost] = []
    cpu_s: float = 0.0


Request = Begin | Feed | Finish


class Folding:
    """The state of a child: the stream that it is at."""

    def __init__(self) -> None:
        self._cutter = Cutter(Page(), 0)
        self._sheets: frozenset[str] = frozenset()

    def answer(self, request: Request) -> Answer:
        """Do as asked."""
        match request:
            case Begin(first_seq, codec, dom, sheets):
                self._cutter, self._sheets = Cutter(_page(codec, dom, sheets), first_seq), sheets
                return Answer()
            case Feed(units, frames, drop):
                answer = Answer()
                for unit in units:
                    piece = _piece(unit, frames, drop)
                    for event in piece.dom or ():
                        refer(event, self._sheets)
                    if (segment := self._cutter.add(piece)) is not None:
                        answer.segments.append(segment)
                    answer.lost += _lost(unit, piece)
                return answer
            case Finish():
                segment = self._cutter.finish()
                return Answer([segment] if segment else [])


def _page(codec: int, dom: bytes | None, sheets: frozenset[str]) -> Page:
    """Return the page as a segment leaves it."""
    page = Page()
    try:
        events = None if dom is None else bodies.decode_dom(codec, [dom])
    except bodies.BadBody:
        events = None
    if events is None:
        page.lose()
    for event in events or ():
        if isinstance(event, dict):
            refer(event, sheets)
            page.apply(event)
    return page


def _piece(unit: list[Stored], frames: dict[int, bytes], drop: Drop) -> Piece:
    flags = 0
    for chunk in unit:
        flags |= chunk.flags
    return Piece(
        unit[0].seq,
        unit[-1].seq + 1,
        min(chunk.first_ms for chunk in unit),
        max(chunk.last_ms for chunk in unit),
        flags,
        None if drop else dom_of(unit, frames),
        None if drop == "both" else log_of(unit, frames),
        sum(chunk.dom_length for chunk in unit),
        sum(chunk.dom_raw_length for chunk in unit),
    )


def _lost(unit: list[Stored], piece: Piece) -> Iterator[Lost]:
    if piece.dom is not None and piece.log is not None:
        return
    body: Literal["dom", "log", "both"] = "log" if piece.dom is not None else "dom" if piece.log is not None else "both"
    is_told = piece.log is not None and any(isinstance(event, dict) and event.get("type") == "gap" for event in piece.log)
    yield Lost(piece.first_seq, piece.upto_seq - 1, piece.first_ms, piece.last_ms, body, is_told)
