"""Where segments end: a reader knows from their rows alone where the picture is lost and where it comes back."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from replay.wire.frames import Flag
from replay.worker.cutter import Cutter, Folded, Piece
from replay.worker.dom import Page

SNAPSHOT = {"type": 2, "data": {"node": {"type": 0, "id": 1, "childNodes": []}, "initialOffset": {"left": 0, "top": 0}}}
META = {"type": 4, "data": {"href": "https://shop.example/", "width": 9, "height": 9}}
CHANGE = {"type": 3, "data": {"source": 3, "id": 1, "x": 0, "y": 1}}


def piece(seq: int, *events: dict[str, Any], is_lost: bool = False, flags: int = 0) -> Piece:
    dom = None if is_lost else [event | {"timestamp": seq * 1000 + n} for n, event in enumerate(events)]
    flags |= Flag.SNAPSHOT if SNAPSHOT in events else 0
    return Piece(seq, seq + 1, seq * 1000.0, seq * 1000.0 + 900, flags, dom, [], 100, 1000)


def cut(*pieces: Piece) -> list[Folded]:
    cutter = Cutter(Page(), pieces[0].first_seq)
    return [folded for folded in [*(cutter.add(each) for each in pieces), cutter.finish()] if folded is not None]


def spans(found: list[Folded]) -> list[tuple[int, int, bool, bool]]:
    return [(each.first_seq, each.upto_seq, each.keyframe_events > 0, bool(each.flags & Flag.SNAPSHOT)) for each in found]


def test_a_segment_opens_with_the_loss_and_ends_where_the_page_is_seen_again() -> None:
    told = cut(
        piece(0, META, SNAPSHOT), piece(1, CHANGE), piece(2, is_lost=True), piece(3, CHANGE), piece(4, CHANGE, META, SNAPSHOT)
    )
    assert spans(told) == [(0, 2, False, True), (2, 4, False, False), (4, 5, False, True)]


def test_a_snapshot_that_is_lost_is_not_told() -> None:
    told = cut(piece(0, META, SNAPSHOT), piece(1, is_lost=True, flags=Flag.SNAPSHOT), piece(2, CHANGE))
    assert spans(told) == [(0, 1, False, True), (1, 3, False, False)]


def test_a_meta_and_its_snapshot_are_never_parted() -> None:
    told = cut(piece(0, META), piece(1, SNAPSHOT, CHANGE), piece(2, is_lost=True), piece(3, CHANGE, META), piece(4, SNAPSHOT))
    assert spans(told) == [(0, 2, False, True), (2, 3, False, False), (3, 5, False, True)]


def sized(seq: int, length: int, *events: dict[str, Any]) -> Piece:
    """Return a piece of half a minute that was so many bytes on the wire."""
    given = piece(seq, *(events or (CHANGE,)))
    return replace(given, first_ms=seq * 30_000.0, last_ms=seq * 30_000.0 + 29_000, length=length)


def test_a_quiet_stream_has_few_segments_however_long_it_is() -> None:
    told = cut(sized(0, 9_000, META, SNAPSHOT), *(sized(seq, 20) for seq in range(1, 480)))
    assert len(told) == 1  # four hours


def test_a_segment_ends_when_its_events_outweigh_a_keyframe() -> None:
    told = cut(sized(0, 1_000, META, SNAPSHOT), *(sized(seq, 2_500) for seq in range(1, 12)))
    assert [(each.first_seq, each.upto_seq) for each in told[:1]] == [(0, 4)]
    assert all(each.keyframe_events for each in told[1:])
    assert told[-1].upto_seq == 12


def test_a_segment_stays_small_enough_to_be_sought_at_once() -> None:
    told = cut(sized(0, 400_000, META, SNAPSHOT), *(sized(seq, 400_000) for seq in range(1, 8)))
    assert max(each.upto_seq - each.first_seq for each in told) <= 3


def test_the_pages_own_snapshot_opens_a_segment_where_that_saves_a_keyframe() -> None:
    cheap = cut(sized(0, 1_000, META, SNAPSHOT), sized(1, 500), sized(2, 1_000, META, SNAPSHOT))
    dear = cut(sized(0, 1_000, META, SNAPSHOT), sized(1, 2_500), sized(2, 1_000, META, SNAPSHOT))
    assert spans(cheap) == [(0, 3, False, True)]
    assert spans(dear) == [(0, 2, False, True), (2, 3, False, True)]


def test_a_page_that_grew_is_weighed_anew_before_it_is_cut() -> None:
    nodes = [
        {"type": 2, "tagName": "p", "attributes": {"id": str(n * 7919 % 10007)}, "childNodes": [], "id": n}
        for n in range(2, 2_002)
    ]
    grown = [{"parentId": 1 if node["id"] == 2 else 2, "nextId": None, "node": node} for node in nodes]
    adds = {"type": 3, "data": {"source": 0, "texts": [], "attributes": [], "removes": [], "adds": grown}}
    told = cut(piece(0, META, SNAPSHOT), piece(1, adds), *(piece(seq, CHANGE) for seq in range(2, 90)))
    assert len(told) == 1  # a minute and more, and events of some 9 kB behind a page that weighs as much by now
