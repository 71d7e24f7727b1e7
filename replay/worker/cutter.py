"""Cuts a stream's events into segments. Pure: events in, finished segments out.

Segments lie end to end: each begins at the seq where the one before ended. Where dom bytes are missing a segment ends, and the
next one opens with the loss: unseen, without a keyframe, until the page's own full snapshot. Else a segment opens with the
page as its events so far have made it.

When to cut is a question of bytes. A keyframe weighs what the page weighs, and a segment's events should outweigh it well; but
who seeks pays for the whole segment. The figures are measured (docs/decisions/0016).
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from replay.wire import bodies
from replay.wire.frames import Codec, Flag
from replay.worker.dom import Page

LEVEL: Final = 9  # zstd's, of what is stored
KEYFRAMES_WORTH: Final = 8  # times its keyframe that a segment's events weigh, before time or raw bytes end it
SNAPSHOTS_WORTH: Final = 2  # the same, where the page's own full snapshot saves the next keyframe
LEAST_MS: Final = 60_000.0
LEAST_RAW_BYTES: Final = 1024 * 1024
MOST_STORED_BYTES: Final = 700_000  # about; so that a seek stays below a million
MOST_RAW_BYTES: Final = 8 * 1024 * 1024  # what a child holds, and a player decodes, at once
META: Final = 4
FULL_SNAPSHOT: Final = 2
NOTHING: Final = bodies.Body(Codec.EMPTY, 0, b"")
BEFORE_A_PAGE: Final = frozenset({0, 1})  # DomContentLoaded, Load


class Piece(Struct, frozen=True):
    """What one chunk, or all parts of one event, adds to a stream; None where it is missing or does not open."""

    first_seq: int
    upto_seq: int
    first_ms: float
    last_ms: float
    flags: int
    dom: list[Any] | None
    log: list[Any] | None
    length: int  # of its dom, as sent
    raw_length: int


class Folded(Struct, frozen=True):
    """A finished segment."""

    first_seq: int
    upto_seq: int
    first_ms: float
    last_ms: float
    flags: int
    dom: bodies.Body
    log: bodies.Body
    keyframe_events: int
    dom_events: int
    log_events: int


class Cutter:
    """Cuts one stream, from a seq on, whose page is as given."""

    def __init__(self, page: Page, first_seq: int) -> None:
        self._page = page
        self._upto = first_seq
        self._keyframe_bytes = 0.0  # of the last that was weighed
        self._shrinks_to = 0.6  # stored bytes for each that was sent, as last seen; this is a guess
        self._open: _Open | None = None

    def add(self, piece: Piece) -> Folded | None:
        """Add what comes next; return the segment that ended before it, if one did."""
        is_lost = piece.dom is None or piece.first_seq > self._upto
        finished = None
        if self._open is not None and ((is_lost and self._open.has_dom) or self._is_due(self._open, piece)):
            finished = self.finish()
        if is_lost:
            self._page.lose()
        if self._open is None:
            self._open = self._begin(piece)
        if piece.dom:
            for event in piece.dom:
                if isinstance(event, dict):
                    self._page.apply(event)
        if piece.flags & Flag.SNAPSHOT:
            self._keyframe_bytes = piece.length * self._shrinks_to
        self._open.add(piece)
        self._upto = piece.upto_seq
        return finished

    def finish(self) -> Folded | None:
        """End the segment that is open, if one is, and return it."""
        if self._open is None:
            return None
        segment, self._open = self._open, None
        folded = segment.fold(self._upto)
        if segment.length > 10_000:
            self._shrinks_to = min(1.0, max(0.1, (len(folded.dom.data) - segment.keyframe_bytes) / segment.length))
        return folded

    def _begin(self, piece: Piece) -> _Open:
        keyframe = [] if opens_a_page(piece.dom) else self._page.keyframe(piece.first_ms)
        segment = _Open(self._upto, keyframe, piece.first_ms, is_unseen=not keyframe and not shows_page(piece))
        if keyframe:
            segment.keyframe_bytes = _weight(keyframe)
            self._keyframe_bytes = segment.keyframe_bytes
        return segment

    def _is_due(self, segment: _Open, piece: Piece) -> bool:
        """Say whether it pays to end a segment before this piece."""
        if ends_in_meta(segment.dom):
            return False  # its snapshot comes, in a chunk of its own when it is large: without the Meta it shows nothing
        if segment.is_unseen and (shows_page(piece) or ends_in_meta(piece.dom)):
            return True  # a reader knows from the rows alone where the picture comes back
        events, keyframe = segment.length * self._shrinks_to, self._keyframe_bytes
        after = events + piece.length * self._shrinks_to
        is_full = after + segment.keyframe_bytes > MOST_STORED_BYTES or segment.raw_length + piece.raw_length > MOST_RAW_BYTES
        if is_full and events >= keyframe:
            return True
        if events >= SNAPSHOTS_WORTH * keyframe and opens_a_page(piece.dom):
            return True
        is_long = segment.last_ms - segment.first_ms >= LEAST_MS or segment.raw_length >= LEAST_RAW_BYTES
        if not is_long or events < KEYFRAMES_WORTH * keyframe:
            return False
        self._keyframe_bytes = _weight(self._page.keyframe(piece.first_ms))  # the page may have grown since it was weighed
        return events >= KEYFRAMES_WORTH * self._keyframe_bytes


class _Open:
    """A segment that still grows."""

    def __init__(self, first_seq: int, keyframe: list[dict[str, Any]], first_ms: float, *, is_unseen: bool) -> None:
        self.first_seq = first_seq
        self.is_unseen = is_unseen  # nobody knows the page of these events
        self.first_ms = self.last_ms = first_ms
        self.keyframe = keyframe
        self.keyframe_bytes = 0
        self.dom: list[Any] = []
        self.log: list[Any] = []
        self.flags = self.length = self.raw_length = 0

    @property
    def has_dom(self) -> bool:
        return bool(self.dom or self.keyframe)

    def add(self, piece: Piece) -> None:
        self.first_ms, self.last_ms = min(self.first_ms, piece.first_ms), max(self.last_ms, piece.last_ms)
        self.is_unseen = self.is_unseen and not shows_page(piece)
        self.flags |= piece.flags if piece.dom is not None else piece.flags & ~Flag.SNAPSHOT  # a lost one is not there
        self.length += piece.length
        self.raw_length += piece.raw_length
        self.dom += piece.dom or ()
        self.log += piece.log or ()

    def fold(self, upto_seq: int) -> Folded:
        return Folded(
            self.first_seq,
            upto_seq,
            self.first_ms,
            self.last_ms,
            self.flags,
            bodies.encode_dom([*self.keyframe, *self.dom], level=LEVEL) if self.has_dom else NOTHING,
            bodies.encode_log(self.log, level=LEVEL) if self.log else NOTHING,
            len(self.keyframe),
            len(self.dom),
            len(self.log),
        )


def _weight(keyframe: list[dict[str, Any]]) -> int:
    return len(bodies.encode_dom(keyframe, level=3).data) if keyframe else 0


def shows_page(piece: Piece) -> bool:
    """Say whether a full snapshot is in a piece."""
    return piece.dom is not None and bool(piece.flags & Flag.SNAPSHOT)


def ends_in_meta(dom: list[Any] | None) -> bool:
    """Say whether the page's own full snapshot must come next."""
    last = dom[-1] if dom else None
    return isinstance(last, dict) and last.get("type") == META


def opens_a_page(dom: list[Any] | None) -> bool:
    """Say whether events build a page from nothing: a full snapshot comes before all that would need one.

    >>> opens_a_page([{"type": 1}, {"type": 4}, {"type": 2}]), opens_a_page([{"type": 4}, {"type": 3}, {"type": 2}])
    (True, False)
    """
    for event in dom or ():
        kind = event.get("type") if isinstance(event, dict) else None
        if kind == FULL_SNAPSHOT:
            return True
        if kind != META and kind not in BEFORE_A_PAGE:
            return False
    return False
