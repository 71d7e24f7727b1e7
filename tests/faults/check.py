"""The one checker: what pages sent and were promised, against what is kept, derived, replayed and left behind.

Pure: journals and what was told go in, problems come out. ``tests/faults/test_check.py`` plants each kind of damage.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from replay.wire.frames import Flag
from tests.faults.journal import Cut, Journal

KINDS = ("lost", "doubled", "changed", "unnamed_gap", "derived", "next_seq", "left_over", "broken")


@dataclass(frozen=True)
class Problem:
    """One thing that is not as promised."""

    kind: str  # one of KINDS
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


@dataclass
class Replayed:
    """One stream as the public API gives it: SHA-256 of both bodies by seq, and the spans that it calls missing."""

    bodies: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    holes: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass
class Told:
    """Everything that was found."""

    sessions: dict[str, list[dict[str, int]]]  # counters; one row each, if all is well
    streams: dict[str, list[dict[str, Any]]]
    replayed: dict[str, Replayed]
    open_packs: int = 0
    orphans: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def problems(journals: list[Journal], told: Told) -> list[Problem]:
    """Return everything that is not as promised; nothing, if all is well."""
    found = [problem for journal in journals for problem in _of_stream(journal, told)]
    found += _of_sessions(journals, told)
    found += [Problem("left_over", f"{told.open_packs} packs stayed open")] if told.open_packs else []
    found += [Problem("left_over", f"no row knows {key}") for key in told.orphans]
    found += [Problem("lost", f"a kept pack is not there: {key}") for key in told.missing]
    return found


def _of_stream(journal: Journal, told: Told) -> Iterator[Problem]:
    name = journal.stream.stream
    yield from (Problem("broken", f"{name}: {text}") for text in journal.broken)
    rows = told.streams.get(name, [])
    if len(rows) > 1:
        yield Problem("doubled", f"stream {name} has {len(rows)} rows")
    if not rows:
        if journal.acked:
            yield Problem("lost", f"stream {name} is not there; {journal.acked} chunks were acked")
        return
    row = rows[0]
    kept: dict[int, list[list[Any]]] = {}
    for chunk in row["chunks"]:
        kept.setdefault(chunk[0], []).append(chunk)
    yield from _of_rows(name, journal, kept)
    yield from _of_bodies(name, journal, kept, told.replayed.get(name, Replayed()))
    yield from _of_holes(name, journal, row, kept, told.replayed.get(name, Replayed()))
    yield from _of_moments(name, journal, row, kept)


def _of_rows(name: str, journal: Journal, kept: dict[int, list[list[Any]]]) -> Iterator[Problem]:
    """Acked ⊆ stored; each key once; the stored frame is the frame that was sent."""
    for seq in range(journal.acked):
        if seq not in kept:
            yield Problem("lost", f"{name}/{seq} was acked and has no row")
    for seq, rows in kept.items():
        if len(rows) > 1:
            yield Problem("doubled", f"{name}/{seq} has {len(rows)} rows")
        if seq >= len(journal.cuts):
            yield Problem("changed", f"{name}/{seq} was never sent")
            continue
        chunk = journal.cuts[seq].chunk
        _, digest, frame, state = rows[0]
        if digest != chunk.header.hash.hex():
            yield Problem("changed", f"{name}/{seq} has the row of other bytes")
        if frame != _sha(chunk.to_frame()):
            kind = "changed" if frame else "lost"
            yield Problem(kind, f"{name}/{seq} lies in the store as {frame[:8] or 'nothing'}")
        if state != "kept":
            yield Problem("lost", f"{name}/{seq} lies in a pack that is {state}")


def _of_bodies(name: str, journal: Journal, kept: dict[int, list[list[Any]]], replayed: Replayed) -> Iterator[Problem]:
    """What the API replays is what was sent, once."""
    for seq in kept.keys() | replayed.bodies.keys():
        bodies = replayed.bodies.get(seq, [])
        if len(bodies) > 1:
            yield Problem("doubled", f"{name}/{seq} is replayed {len(bodies)} times")
        if not bodies:
            yield Problem("lost", f"{name}/{seq} has a row and is not replayed")
        elif seq < len(journal.cuts) and bodies[0] != bodies_of(journal.cuts[seq]):
            yield Problem("changed", f"{name}/{seq} is replayed with other bytes than were sent")


def _of_holes(
    name: str, journal: Journal, row: dict[str, Any], kept: dict[int, list[list[Any]]], replayed: Replayed
) -> Iterator[Problem]:
    """Every seq that is missing, or stands for what was refused, has a name; ``next_seq`` is the first that is missing."""
    named = {seq for first, last, _ in replayed.holes for seq in range(first, last + 1)}
    reasons = {seq: reason for first, last, reason in row["gaps"] for seq in range(first, last + 1)}
    end = max([*kept, journal.acked - 1], default=-1) + 1
    for seq in range(end):
        if seq not in kept and seq not in named:
            yield Problem("unnamed_gap", f"{name}/{seq} is missing without a word")
    for seq in kept:
        cut = journal.cuts[seq] if seq < len(journal.cuts) else None
        if cut and Flag.GAP in cut.chunk.header.flags and (reasons.get(seq) != cut.reason or seq not in named):
            yield Problem("unnamed_gap", f"{name}/{seq} stands for {cut.reason} and is called {reasons.get(seq)}")
    first_missing = next(seq for seq in range(end + 1) if seq not in kept)
    if row["next_seq"] != first_missing:
        yield Problem("next_seq", f"{name} says {row['next_seq']}, and {first_missing} is the first that is missing")


def _of_moments(name: str, journal: Journal, row: dict[str, Any], kept: dict[int, list[list[Any]]]) -> Iterator[Problem]:
    """Moments are those of the kept chunks, exactly."""
    expected = Counter(moment for cut in _kept_cuts(journal, kept) for moment in cut.moments)
    found = Counter((event_id, kind) for event_id, kind in row["moments"])
    if more := found - expected:
        yield Problem("derived", f"{name} has moments too many: {dict(more)}")
    if less := expected - found:
        yield Problem("derived", f"{name} lacks moments: {dict(less)}")


def _of_sessions(journals: list[Journal], told: Told) -> Iterator[Problem]:
    """Counters equal a recount over the kept chunks of all the session's streams."""
    expected: dict[str, Counter[str]] = {}
    for journal in journals:
        row = (told.streams.get(journal.stream.stream) or [{"chunks": []}])[0]
        counts = expected.setdefault(str(journal.stream.session), Counter())
        for cut in _kept_cuts(journal, {chunk[0]: [] for chunk in row["chunks"]}):
            counts += cut.counts
            counts["size_bytes"] += len(cut.chunk.dom) + len(cut.chunk.log)
    for session, counts in expected.items():
        rows = told.sessions.get(session, [])
        if len(rows) > 1:
            yield Problem("doubled", f"session {session} has {len(rows)} rows")
        for name, value in rows[0].items() if rows else ():
            if value != counts[name]:
                yield Problem("derived", f"session {session} counts {value} {name}, and {counts[name]} were kept")


def _kept_cuts(journal: Journal, kept: Iterable[int]) -> list[Cut]:
    return [journal.cuts[seq] for seq in kept if seq < len(journal.cuts)]


def bodies_of(cut: Cut) -> tuple[str, str]:
    """Return what the API must replay for a cut: SHA-256 of dom and of log."""
    return _sha(cut.chunk.dom), _sha(cut.chunk.log)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
