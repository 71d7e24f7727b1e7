from __future__ import annotations

import json
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from replay.index.interchange.cut import Cutter, Draft, numbered
from replay.index.interchange.items import GapFacts, Item, Kind
from replay.wire.bodies import decode_dom, decode_log
from replay.wire.frames import Chunk, Flag, parse_chunk
from replay.wire.log import open_log

SESSION, STREAM = UUID(int=1), "0" * 31 + "1"


def item(ms: float, size: int = 0, kind: Kind = Kind.DOM, number: int = 0) -> Item:
    if kind is Kind.GAP:
        return Item("s", kind, ms, b"", 0, gap=GapFacts(ms, ms + 50, "too_large", "dom"))
    if kind is Kind.LOG:
        return Item("s", kind, ms, json.dumps({"type": "state", "id": f"e{number}", "t": ms}).encode(), 0)
    event = {"type": 3, "data": "x" * size, "timestamp": ms, "n": number}
    return Item("s", kind, ms, json.dumps(event).encode(), 0, 3)


def cut(items: list[Item]) -> list[Draft]:
    cutter = Cutter()
    return [draft for each in items for draft in cutter.add(each)] + list(cutter.finish())


def chunks_of(drafts: list[Draft]) -> list[Chunk]:
    seq, chunks = 0, []
    for draft in drafts:
        made = list(numbered(draft, SESSION, STREAM, seq, 0.0))
        assert len(made) == draft.parts
        seq += draft.parts
        chunks += made
    return chunks


ITEMS = st.lists(
    st.builds(
        item,
        st.floats(0, 5_000),
        st.sampled_from([0, 10, 100_000, 262_000, 262_144, 600_000]),
        st.sampled_from([Kind.DOM, Kind.DOM, Kind.LOG, Kind.GAP]),
        st.integers(0, 1_000),
    ),
    max_size=15,
)


@settings(max_examples=25)
@given(ITEMS)
def test_all_is_there_in_order_in_chunks_that_the_wire_takes(items: list[Item]) -> None:
    chunks = chunks_of(cut(items))
    dom, log, gaps, parts = [], [], [], []
    for number, chunk in enumerate(chunks):
        again = parse_chunk(chunk.to_frame())  # every bound of the wire
        assert again.header.seq == number
        told = open_log(again)
        if Flag.GAP in again.header.flags:
            gaps.append((again.header.first_ms, again.header.last_ms, told[0]))
        elif told:
            log += decode_log(again.header.log_codec, again.log)
        if again.header.dom_codec:
            parts.append(again.dom)
            if again.header.part_index == again.header.part_count - 1:
                dom += decode_dom(again.header.dom_codec, parts)
                parts = []
    assert dom == [json.loads(each.raw) for each in items if each.kind is Kind.DOM]
    assert log == [json.loads(each.raw) for each in items if each.kind is Kind.LOG]
    assert [first for first, _, _ in gaps] == [each.ms for each in items if each.kind is Kind.GAP]
    assert [chunk.header.seq for chunk in chunks if Flag.FINAL in chunk.header.flags] == ([len(chunks) - 1] if chunks else [])


@settings(max_examples=25)
@given(ITEMS)
def test_the_same_items_make_the_same_chunks(items: list[Item]) -> None:
    assert [chunk.to_frame() for chunk in chunks_of(cut(items))] == [chunk.to_frame() for chunk in chunks_of(cut(items))]


def test_a_chunk_ends_a_second_after_its_first_event() -> None:
    drafts = cut([item(0), item(999), item(1_000), item(1_001)])
    assert [(draft.first_ms, draft.last_ms, len(draft.dom)) for draft in drafts] == [(0, 999, 2), (1_000, 1_001, 2)]


def test_a_clock_that_jumps_back_begins_a_chunk() -> None:
    assert [len(draft.dom) for draft in cut([item(50_000), item(10), item(20)])] == [1, 2]


def test_a_snapshot_is_announced_and_the_last_chunk_says_that_it_is_over() -> None:
    snapshot = Item("s", Kind.DOM, 0, b'{"type":2,"data":"' + b"x" * 600_000 + b'","timestamp":0}', 0, 2)
    flags = [chunk.header.flags for chunk in chunks_of(cut([snapshot]))]
    assert flags == [Flag.SNAPSHOT, Flag(0), Flag.FINAL]
