"""The books: what pages were told against what can be read, when the world is at rest; and single reads at any time."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from replay.index.rows import ChunkRow, SessionRow, StreamRow
from replay.store import pack
from replay.store.keys import PACKS
from replay.wire import log
from replay.wire.errors import WireError
from replay.wire.frames import Chunk, Flag, parse_chunk
from tests.simulation import actors
from tests.simulation.journal import Broken, Stream
from tests.simulation.talk import PROJECT

if TYPE_CHECKING:
    from tests.simulation.world import World

LONG_MS = 10_000_000.0  # a spool's age and an hour


def check_one_read(world: World) -> None:
    """Read one stored chunk as the API does: its bytes must be there, and be the ones that its row names."""
    rows = world.tables.chunks.rows
    if rows:
        row = rows[world.random.choice(list(rows))]
        _read(world, row, actors.read_frame(world, row))


def check_all(world: World) -> None:
    """Close the holes, sweep, and compare everything with everything. Raises ``Broken``."""
    _tidy(world)
    for name in ("chunks", "moments", "gaps"):
        if doubles := getattr(world.tables, name).doubles:
            raise Broken(f"{name} stored twice: {doubles[0][0]}")
    kept: dict[int, list[tuple[StreamRow, Chunk]]] = {}  # by session: every chunk that can be read
    for name, mine in world.journal.streams.items():
        session = world.tables.sessions.rows.get((PROJECT, mine.session))
        row = world.tables.streams.rows.get((PROJECT, session.id, name)) if session is not None else None
        if session is None or row is None:
            if mine.acked:
                raise Broken(f"stream {name[-2:]}: acked up to {mine.acked}, and not there")
        elif session.erased_at is None:
            kept.setdefault(session.id, []).extend((row, chunk) for chunk in _stream_chunks(world, row, mine))
            if hashlib.sha256(mine.secret.encode()).digest() != session.secret_hash:
                raise Broken(f"stream {name[-2:]} wrote into a session whose secret it does not know")
    for session in world.tables.sessions.rows.values():
        if session.erased_at is None:
            _check_derived(world, session, kept.get(session.id, []))
        else:
            _check_erased(world, session)
    _check_calls(world, [chunk for chunks in kept.values() for _, chunk in chunks])
    _check_packs(world)


def _tidy(world: World) -> None:
    """Let the processes finish, close what never came, and sweep what died; time passes as it takes."""
    loop = world.loop
    for browser in world.browsers:
        for tab in list(browser.tabs):
            tab.leave(is_cached=False)
    loop.run_until(loop.now + 30_000)
    for process in world.processes:
        process.kill()
    loop.run_until(loop.now + 1_000)
    if world.database.open:
        raise Broken(f"{len(world.database.open)} transactions never ended")
    loop.skip(LONG_MS)
    for key in list(world.tables.streams.rows):
        actors.close_holes(world, key, LONG_MS / 2)
    loop.run_until(loop.now + 1_000)
    for _ in range(3):
        actors.sweep(world)
        loop.run_until(loop.now + 2 * world.sweep_after_ms)


# Streams


def _stream_chunks(world: World, row: StreamRow, mine: Stream) -> list[Chunk]:
    """Return a stream's chunks, read; each key once, and what is missing named."""
    frames = _frames(world, row)
    named = _named(world, row)
    tail = f"stream {row.stream_id[-2:]}"
    for seq in range(max(mine.acked, max(frames, default=-1) + 1)):
        if seq not in frames and seq not in named:
            raise Broken(f"{tail}: seq {seq} is missing, {'acked, ' if seq < mine.acked else ''}and no gap names it")
    if row.next_seq < mine.acked:
        raise Broken(f"{tail}: acked up to {mine.acked}, next_seq {row.next_seq}")
    contiguous = 0
    while contiguous in frames or contiguous in named:
        contiguous += 1
    if row.next_seq != contiguous:
        raise Broken(f"{tail}: next_seq {row.next_seq}, contiguous up to {contiguous}")
    chunks = []
    for seq, frame in frames.items():
        chunk = parse_chunk(frame)
        if (chunk.header.stream, chunk.header.seq) != (row.stream_id, seq):
            raise Broken(f"{tail}: under seq {seq} lie the bytes of another")
        if chunk.header.hash not in mine.hashes.get(seq, ()):
            raise Broken(f"{tail}: the stored bytes of seq {seq} are not those that were numbered first")
        if chunk.header.flags & Flag.GAP and seq not in named:
            raise Broken(f"{tail}: seq {seq} is a gap without a row")
        chunks.append(chunk)
    return chunks


def _frames(world: World, row: StreamRow) -> dict[int, bytes]:
    """Return the stored bytes of a stream by seq, out of packs and segments."""
    frames: dict[int, bytes] = {}
    for chunk in world.tables.chunks.rows.values():
        if chunk.stream_id == row.id:
            frames[chunk.seq] = _read(world, chunk, actors.read_frame(world, chunk))
    for segment in world.tables.segments.rows.values():
        if segment.stream_id != row.id:
            continue
        data = world.store.get(segment.key)
        for seq, (at, length, _) in segment.places.items():
            if seq in frames:
                raise Broken(f"stream {row.stream_id[-2:]}: seq {seq} is stored twice, in a pack and in a segment")
            if data is None:
                raise Broken(f"segment {segment.key} is gone")
            frames[seq] = data[at : at + length]
    return frames


def _read(world: World, row: ChunkRow, frame: bytes | None) -> bytes:
    if frame is None:
        raise Broken(f"the bytes of chunk {row.stream_id}/{row.seq} are gone: pack {row.pack_id}")
    try:
        chunk = parse_chunk(frame)
    except WireError as error:
        raise Broken(f"chunk {row.stream_id}/{row.seq} cannot be read: {error}") from error
    if chunk.header.hash != row.hash:
        raise Broken(f"chunk {row.stream_id}/{row.seq}: the bytes are not those of its row")
    return frame


def _named(world: World, row: StreamRow) -> set[int]:
    gaps = (gap for gap in world.tables.gaps.rows.values() if gap.stream_id == row.id)
    return {seq for gap in gaps for seq in range(gap.first_seq, gap.last_seq + 1)}


# What follows from chunks


def _check_derived(world: World, session: SessionRow, kept: list[tuple[StreamRow, Chunk]]) -> None:
    """Moments and counters: once for each kept chunk, and for no other."""
    expected: set[tuple[int, str]] = set()
    custom_events = 0
    for row, chunk in kept:
        for event in log.open_log(chunk):
            if isinstance(event, log.Custom | log.Identify):
                expected.add((row.id, event.id))
            custom_events += isinstance(event, log.Custom)
    moments = {key for key, row in world.tables.moments.rows.items() if row.session_id == session.id}
    name = f"session {str(session.uuid)[-2:]}"
    if more := sorted(map(str, moments - expected)):
        raise Broken(f"{name}: moment {more[0]} without its chunk")
    if missing := sorted(map(str, expected - moments)):
        raise Broken(f"{name}: moment {missing[0]} is missing")
    if session.custom_events != custom_events:
        raise Broken(f"{name}: counts {session.custom_events} events, its chunks hold {custom_events}")
    size_bytes = sum(chunk.header.dom_length + chunk.header.log_length for _, chunk in kept)
    if session.size_bytes != size_bytes:
        raise Broken(f"{name}: counts {session.size_bytes} bytes, its chunks hold {size_bytes}")
    rows = [row for row in world.tables.streams.rows.values() if row.session_id == session.id]
    still_open = sum(row.finished_at is None for row in rows)
    if session.open_streams != still_open:
        raise Broken(f"{name}: counts {session.open_streams} open streams of {still_open}")


def _check_calls(world: World, kept: list[Chunk]) -> None:
    """Identify calls: carried out once for each kept chunk; those of sessions that were erased since cannot be told."""
    done: Counter[str] = Counter(name for call in world.tables.calls.rows.values() for name in call.properties)
    if twice := [name for name, count in done.items() if count > 1]:
        raise Broken(f"identify of event {twice[0]} was carried out {done[twice[0]]} times")
    said = {event.id for chunk in kept for event in log.open_log(chunk) if isinstance(event, log.Identify)}
    if missing := sorted(said - done.keys()):
        raise Broken(f"identify of event {missing[0]} is kept, and was not carried out")
    has_erased = any(row.erased_at is not None for row in world.tables.sessions.rows.values())
    if not has_erased and (more := sorted(done.keys() - said)):
        raise Broken(f"identify of event {more[0]} was carried out, and its chunk is not kept")


def _check_erased(world: World, session: SessionRow) -> None:
    """Nothing of an erased session can be read."""
    for name in ("chunks", "moments", "gaps", "segments"):
        left = [key for key, row in getattr(world.tables, name).rows.items() if row.session_id == session.id]
        if left:
            raise Broken(f"session {str(session.uuid)[-2:]} is erased, and has {name} {left[:3]}")


# Packs


def _check_packs(world: World) -> None:
    """Every object has its row, every row its object, every share is counted."""
    rows = {row.key: row for row in world.tables.packs.rows.values()}
    orphans = [key for key in world.store.objects if key.startswith(PACKS) and key not in rows]
    if orphans:
        raise Broken(f"an object without a row: {orphans[0]}")
    shares: Counter[Any] = Counter(row.pack_id for row in world.tables.chunks.rows.values())
    for row in rows.values():
        if row.state != "kept":
            raise Broken(f"pack {row.id} is {row.state} for ever")
        if row.chunks != shares[row.id]:
            raise Broken(f"pack {row.id} counts {row.chunks} shares, and has {shares[row.id]}")
        data = world.store.get(row.key)
        if data is None or not pack.read(data):
            raise Broken(f"pack {row.id} is not in the store")
