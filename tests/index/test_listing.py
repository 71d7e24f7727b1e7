"""Which chunks are listed: those near the moment, and nothing is in neither list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from replay.index.listing import ChunkRow, list_chunks

SNAPSHOT = 2


def row(seq: int, flags: int = 0, part: int = 0, parts: int = 1) -> ChunkRow:
    return (seq, seq * 1000.0, seq * 1000.0 + 900, flags, 10, 1, part, parts, 1)


def test_few_chunks_are_all_listed() -> None:
    rows = [row(seq) for seq in range(5)]
    listing = list_chunks({1: rows, 2: []}, 0, 5)
    assert (listing[1].rows, listing[1].unlisted, listing[2].rows) == (rows, [], [])


def test_a_range_ends_before_a_snapshot_and_at_a_hole() -> None:
    rows = [row(0, SNAPSHOT), row(1), row(2, SNAPSHOT), row(3), row(5), row(20)]
    (listing,) = list_chunks({1: rows}, 20_000, 1).values()
    assert listing.rows == [row(20)]
    assert listing.unlisted == [
        (0, 2, 0, 1900, SNAPSHOT, 20, 2),
        (2, 4, 2000, 3900, SNAPSHOT, 20, 2),
        (5, 6, 5000, 5900, 0, 10, 1),
    ]


def test_the_parts_of_an_event_stay_together() -> None:
    rows = [row(0), row(1, SNAPSHOT, 0, 3), row(2, 0, 1, 3), row(3, 0, 2, 3), row(4)]
    for at_ms in (0, 1_500, 2_000, 3_000, 4_000):
        (listing,) = list_chunks({1: rows}, at_ms, 2).values()
        seqs = {chunk[0] for chunk in listing.rows}
        assert seqs & {1, 2, 3} in (set(), {1, 2, 3})


@given(st.sets(st.integers(0, 80)), st.sets(st.integers(0, 80)), st.integers(-5, 90), st.integers(1, 20))
def test_every_chunk_is_in_exactly_one_list(seqs: set[int], snapshots: set[int], at_s: int, most: int) -> None:
    rows = [row(seq, SNAPSHOT if seq in snapshots else 0) for seq in sorted(seqs)]
    (listing,) = list_chunks({1: rows}, at_s * 1000, most).values()
    ranged = [seq for first, upto, *_ in listing.unlisted for seq in range(first, upto)]
    assert sorted(ranged + [chunk[0] for chunk in listing.rows]) == sorted(seqs)
    assert len(listing.rows) >= min(most, len(seqs))
