"""Who else writes: the opener of packs, the sweeper, the compactor, the eraser, the closer of holes. Each is a script.

Their rules are those of ``index.packs``, ``worker`` and the design (§2, rules 5 to 10); what they decide goes through the same
locks as the ledger.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from replay.index.rows import GapRow, StreamRow
from tests.simulation.client import Locked, Run, Script
from tests.simulation.database import NO_KEY_UPDATE, UPDATE, Key, Statement, Transaction
from tests.simulation.tables import PackRow, SegmentRow, Tables, copied
from tests.simulation.talk import moment

if TYPE_CHECKING:
    from tests.simulation.world import World

SEGMENT_CHUNKS: Final = 6


def open_pack(world: World, key: str) -> Script:
    """Commit the intent to put a pack; the result is its row's id."""
    packs = world.tables.packs
    pack_id = packs.next_id()
    row = PackRow(pack_id, key, "open", 0, moment(world.loop.now))
    yield Locked(lambda tx: tx.insert(packs, pack_id, row))
    return pack_id


# The sweeper: twin of index.packs.sweep_stale, and worker.sweep around it


def sweep(world: World) -> None:
    """Give up packs that stayed open too long; delete what nobody points to; forget the rows."""
    packs, now, older_than = world.tables.packs, moment(world.loop.now), timedelta(milliseconds=world.sweep_after_ms)

    def stale(tx: Transaction) -> Statement:
        for pack_id, row in list(tx.scan(packs)):
            if row.state == "open" and row.created_at < now - older_than and not is_locked(tx, pack_id):
                locked = yield from tx.lock(packs, pack_id, NO_KEY_UPDATE)
                if locked is not None and locked.state == "open":
                    yield from tx.update(packs, pack_id, locked._replace(state="swept", swept_at=now))

    def is_locked(tx: Transaction, pack_id: Key) -> bool:
        """SKIP LOCKED."""
        return any(other is not tx for other in tx.database.locks.get((packs, pack_id), ()))

    def script() -> Script:
        yield Locked(stale)

    def swept(_: Any, error: Exception | None) -> None:
        if error is None and world.store.is_up:
            world.loop.after(world.random.random() * world.weather.statement_ms, _delete_swept, world)

    Run(world, "the sweeper", script(), swept)


def _delete_swept(world: World) -> None:
    """Delete the bytes that may go, then the rows; each takes its time, and in between anything may happen."""
    gone = [(pack_id, row.key) for pack_id, row in world.tables.packs.rows.items() if is_dead(world, row)]
    for _, key in gone:
        world.loop.after(world.random.random() * world.weather.put_ms, world.store.delete, key)
    if gone:
        world.loop.after(world.weather.put_ms, _forget_swept, world, [pack_id for pack_id, _ in gone])


def _forget_swept(world: World, gone: list[Key]) -> None:
    packs = world.tables.packs

    def forget(tx: Transaction) -> Statement:
        for pack_id in gone:
            row = tx.get(packs, pack_id)
            if row is not None and row.state == "swept":
                yield from tx.delete(packs, pack_id)

    def script() -> Script:
        yield Locked(forget)

    Run(world, "the sweeper forgets", script(), lambda result, error: None)


def is_dead(world: World, row: PackRow) -> bool:
    """Say whether a pack's bytes may go: given up so long ago that no reader and no put is still under way (rule 7)."""
    return row.swept_at is not None and row.swept_at < moment(world.loop.now - world.sweep_after_ms)


# The compactor: a run of chunks becomes a segment, under the stream's lock


def compact(world: World, key: Key) -> None:
    """Drain the contiguous chunks of one stream into an object; its row, and the end of the chunks' rows, are one commit."""
    tables = world.tables
    stream = tables.streams.rows.get(key)
    if stream is None:
        return
    rows = contiguous(tables, stream)
    places: dict[int, tuple[int, int, bytes]] = {}
    parts: list[bytes] = []
    at = 0
    for row in rows:
        frame = read_frame(world, row)
        if frame is None:
            break  # its pack is out of reach: another time
        places[row.seq] = at, len(frame), row.hash
        parts.append(frame)
        at += len(frame)
    if not places:
        return
    world.packs_put += 1
    name = f"segments/{world.packs_put}"
    segment = SegmentRow(stream.session_id, stream.id, stream.segmented_upto, max(places) + 1, name, places)

    def stored(is_stored: bool) -> None:
        if is_stored:
            Run(world, f"the compactor of {stream.stream_id[-2:]}", _fold(tables, key, segment, world), lambda *_: None)

    world.store.put(name, b"".join(parts), stored)


def contiguous(tables: Tables, stream: StreamRow) -> list[Any]:
    """Return the rows of a stream's chunks from where its segments end."""
    seqs = range(stream.segmented_upto, min(stream.next_seq, stream.segmented_upto + SEGMENT_CHUNKS))
    found = [tables.chunks.rows.get((stream.id, seq)) for seq in seqs]
    return [row for row in found if row is not None]


def _fold(tables: Tables, key: Key, segment: SegmentRow, world: World) -> Script:
    def move(tx: Transaction) -> Statement:
        session = yield from tx.lock(*tables.session_spot(segment.session_id), NO_KEY_UPDATE)
        stream = yield from tx.lock(tables.streams, key, NO_KEY_UPDATE)
        if session is None or stream is None or session.erased_at is not None or stream.segmented_upto != segment.first_seq:
            return
        yield from tx.insert(tables.segments, (segment.stream_id, segment.first_seq), segment)
        for seq in segment.places:
            row = tx.get(tables.chunks, (segment.stream_id, seq))
            yield from tx.delete(tables.chunks, (segment.stream_id, seq))
            yield from _kill_share(tx, tables, row.pack_id, moment(world.loop.now))
        fresh = copied(stream)
        fresh.segmented_upto = segment.upto
        yield from tx.update(tables.streams, key, fresh)

    yield Locked(move)


def _kill_share(tx: Transaction, tables: Tables, pack_id: int, now: datetime) -> Statement:
    row = yield from tx.lock(tables.packs, pack_id, NO_KEY_UPDATE)
    left = row.chunks - 1
    fresh = row._replace(chunks=left, **({"state": "swept", "swept_at": now} if left == 0 else {}))
    yield from tx.update(tables.packs, pack_id, fresh)


# The eraser: the tombstone under the strongest lock, then rows and bytes


def erase(world: World, key: Key) -> None:
    """Erase a session."""
    tables = world.tables
    buried: list[str] = []  # objects of its segments; one that a compactor has just put has no row yet, and is not ours

    def bury(tx: Transaction) -> Statement:
        buried.clear()
        row = yield from tx.lock(tables.sessions, key, UPDATE)
        if row is None or row.erased_at is not None:
            return
        fresh = copied(row)
        fresh.erased_at = moment(world.loop.now)
        yield from tx.update(tables.sessions, key, fresh)
        buried.extend(segment.key for _, segment in tx.scan(tables.segments) if segment.session_id == row.id)
        for table in (tables.moments, tables.gaps, tables.segments):
            for other, child in list(tx.scan(table)):
                if child.session_id == row.id:
                    yield from tx.delete(table, other)
        for other, chunk in sorted(tx.scan(tables.chunks)):
            if chunk.session_id == row.id:
                yield from tx.delete(tables.chunks, other)
                yield from _kill_share(tx, tables, chunk.pack_id, moment(world.loop.now))

    def script() -> Script:
        yield Locked(bury)

    def erased(_: Any, error: Exception | None) -> None:
        if error is not None:
            return
        for name in buried:
            world.loop.after(world.sweep_after_ms, world.drop_segment, name)

    Run(world, "the eraser", script(), erased)


# The closer of holes: what never comes is named (rule 9)


def close_holes(world: World, key: Key, older_than_ms: float) -> None:
    """Name the seqs that a stream misses below the last that came long ago; twin of index.holes.close_holes."""
    tables = world.tables

    before = moment(world.loop.now - older_than_ms)

    def close(tx: Transaction) -> Statement:
        if (stream := tx.get(tables.streams, key)) is None:
            return
        session = yield from tx.lock(*tables.session_spot(stream.session_id), NO_KEY_UPDATE)
        stream = yield from tx.lock(tables.streams, key, NO_KEY_UPDATE)
        if session is None or session.erased_at is not None:
            return
        rows = [row for _, row in tx.scan(tables.chunks) if row.stream_id == stream.id and row.seq >= stream.next_seq]
        upto = max((row.seq for row in rows if row.received_at < before), default=None)
        if upto is None:
            return
        fresh = copied(stream)
        for seq in sorted(row.seq for row in rows):
            if seq > fresh.next_seq and seq <= upto:
                yield from tx.insert(tables.gaps, (stream.id, fresh.next_seq, "both"), _never_arrived(fresh, seq - 1))
            elif seq > fresh.next_seq:
                break
            fresh.next_seq = seq + 1
        yield from tx.update(tables.streams, key, fresh)

    def script() -> Script:
        yield Locked(close)

    Run(world, "the closer of holes", script(), lambda result, error: None)


def _never_arrived(stream: StreamRow, last_seq: int) -> GapRow:
    return GapRow(
        project_id=stream.project_id,
        session_id=stream.session_id,
        stream_id=stream.id,
        first_seq=stream.next_seq,
        last_seq=last_seq,
        first_ms=stream.first_ms,
        last_ms=stream.last_ms,
        reason="never_arrived",
        body="both",
        created_at=moment(0),
    )


# The reader


def read_frame(world: World, row: Any) -> bytes | None:
    """Return the frame that a chunk's row points to; None where its object cannot be read."""
    place = world.tables.packs.rows.get(row.pack_id)
    data = world.store.get(place.key) if place is not None else None
    if data is None:
        return None
    start = row.dom_offset - 128
    return data[start : row.log_offset + row.log_length]
