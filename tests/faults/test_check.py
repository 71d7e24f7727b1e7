"""The checker itself: every kind of damage is planted, and found by its name. What cannot fail proves nothing."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.check import Replayed, Told, bodies_of, problems
from tests.faults.journal import Journal, Manner
from tests.faults.pages import Page
from tests.pages_say import PageStream

CHUNKS = 6


def page_and_told() -> tuple[Journal, Told]:
    """Return a page of which everything was acked but its last chunk, and a world in which all is well."""
    page = Page(PageStream("pk_x"), Manner(chunks=CHUNKS), random.Random(7))
    journal = page.journal
    journal.cuts = [page.make_cut(seq) for seq in range(CHUNKS)]
    page.be_refused(2, "bad_log")  # now a gap stands there
    journal.hear_ack(CHUNKS - 1)
    kept = journal.cuts[: CHUNKS - 1]
    chunks = [
        [seq, cut.chunk.header.hash.hex(), hashlib.sha256(cut.chunk.to_frame()).hexdigest(), "kept"]
        for seq, cut in enumerate(kept)
    ]
    row = {"next_seq": CHUNKS - 1, "chunks": chunks, "gaps": [[2, 2, "bad_log"]]}
    moments = [list(moment) for cut in kept for moment in cut.moments]
    counters = {"size_bytes": sum(len(cut.chunk.dom) + len(cut.chunk.log) for cut in kept)}
    for name in ("clicks", "errors", "custom_events", "activity", "pages"):
        counters[name] = sum(cut.counts[name] for cut in kept)
    replayed = Replayed({seq: [bodies_of(cut)] for seq, cut in enumerate(kept)}, [(2, 2, "bad_log")])
    session, stream = str(journal.stream.session), journal.stream.stream
    return journal, Told({session: [counters]}, {stream: [row | {"moments": moments}]}, {stream: replayed})


def kinds(journal: Journal, told: Told) -> set[str]:
    return {problem.kind for problem in problems([journal], told)}


def test_where_all_is_well_it_finds_nothing() -> None:
    assert problems([(pair := page_and_told())[0]], pair[1]) == []


def test_a_kept_chunk_that_was_never_acked_is_no_fault() -> None:
    journal, told = page_and_told()
    journal.acked = 1
    assert problems([journal], told) == []


Damage = Callable[[Journal, dict[str, Any], Replayed, Told], object]
DAMAGES: dict[str, tuple[str, Damage]] = {
    "an acked chunk without a row": ("lost", lambda journal, row, replayed, told: row["chunks"].pop()),
    "all rows of a stream": ("lost", lambda journal, row, replayed, told: told.streams.clear()),
    "the bytes in the store": ("lost", lambda journal, row, replayed, told: row["chunks"][1].__setitem__(2, "")),
    "a whole pack": ("lost", lambda journal, row, replayed, told: setattr(told, "missing", ("packs/a",))),
    "a pack that is swept": ("lost", lambda journal, row, replayed, told: row["chunks"][1].__setitem__(3, "swept")),
    "what the API replays": ("lost", lambda journal, row, replayed, told: replayed.bodies.pop(3)),
    "two rows of one key": ("doubled", lambda journal, row, replayed, told: row["chunks"].append(row["chunks"][0])),
    "two rows of one stream": ("doubled", lambda journal, row, replayed, told: told.streams[journal.stream.stream].append(row)),
    "two rows of one session": ("doubled", lambda j, row, r, told: told.sessions[str(j.stream.session)].append({})),
    "a chunk replayed twice": (
        "doubled",
        lambda journal, row, replayed, told: replayed.bodies[0].append(replayed.bodies[0][0]),
    ),
    "a row of other bytes": ("changed", lambda journal, row, replayed, told: row["chunks"][1].__setitem__(1, "00")),
    "other bytes in the store": ("changed", lambda journal, row, replayed, told: row["chunks"][1].__setitem__(2, "00")),
    "other bytes replayed": ("changed", lambda j, row, replayed, told: replayed.bodies.__setitem__(1, replayed.bodies[0])),
    "a chunk nobody sent": ("changed", lambda journal, row, replayed, told: row["chunks"].append([99, "", "", "kept"])),
    "a hole without a name": ("unnamed_gap", lambda journal, row, replayed, told: row["chunks"].pop(3)),
    "a gap's reason": ("unnamed_gap", lambda journal, row, replayed, told: row["gaps"].clear()),
    "a gap that is not told": ("unnamed_gap", lambda journal, row, replayed, told: replayed.holes.clear()),
    "a next_seq too high": ("next_seq", lambda journal, row, replayed, told: row.update(next_seq=CHUNKS)),
    "a next_seq too low": ("next_seq", lambda journal, row, replayed, told: row.update(next_seq=1)),
    "a moment": ("derived", lambda journal, row, replayed, told: row["moments"].pop()),
    "a moment twice": ("derived", lambda journal, row, replayed, told: row["moments"].append(row["moments"][0])),
    "a counter": ("derived", lambda j, row, r, told: told.sessions[str(j.stream.session)][0].update(size_bytes=1)),
    "an open pack": ("left_over", lambda journal, row, replayed, told: setattr(told, "open_packs", 1)),
    "an object without a row": ("left_over", lambda journal, row, replayed, told: setattr(told, "orphans", ("packs/b",))),
    "an ack beyond what was sent": ("broken", lambda journal, row, replayed, told: journal.hear_ack(CHUNKS + 1)),
    "a welcome that forgets": ("broken", lambda journal, row, replayed, told: journal.hear_welcome(1)),
}


@pytest.mark.parametrize("damaged", DAMAGES)
def test_it_finds(damaged: str) -> None:
    journal, told = page_and_told()
    kind, damage = DAMAGES[damaged]
    stream = journal.stream.stream
    damage(journal, told.streams[stream][0], told.replayed[stream], told)
    assert kind in kinds(journal, told)
