"""The one transaction that keeps a pack's chunks, as decisions alone: operations out, their answers in.

Pure: whoever runs the generator (see ``ops``) has the database, and a simulator can stop it between any two operations.

Order of locks: the pack, sessions by id, streams by id, distinct_ids by name. A deadlock with a merge of persons, which
reaches further, is for the runner to try again.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from typing import Any, TypeVar

from replay.index import ops
from replay.index.arrival import Arrival, Outcome
from replay.index.fold import fold_session, fold_stream, gaps_of, moments_of
from replay.index.fresh import new_chunk, new_session, new_stream, one_clock, verdict
from replay.index.rows import ChunkKey, GapRow, MomentRow, SessionKey, SessionRow, StreamKey, StreamRow
from replay.wire import log
from replay.wire.errors import Code

logger = logging.getLogger(__name__)
T = TypeVar("T")
Steps = Generator[ops.Op, Any, T]


def keep(pack_id: int, arrivals: Sequence[Arrival]) -> Steps[list[Outcome]]:
    """Keep the arrivals of a pack, which is open; one outcome for each, in order. Raises ``PackSwept``."""
    if (yield ops.LockPack(pack_id)) != "open":
        raise ops.PackSwept(pack_id)
    outcomes, kept = yield from _keep_or_bisect(pack_id, arrivals, 0)
    if kept:
        yield ops.SavePack(pack_id, "kept", kept, None)
    else:  # all duplicates: dead from birth
        yield ops.SavePack(pack_id, "swept", 0, max(arrival.received_at for arrival in arrivals))
    return outcomes


def _keep_or_bisect(pack_id: int, arrivals: Sequence[Arrival], depth: int) -> Steps[tuple[list[Outcome], int]]:
    """Keep all of them, or find by halving the one that cannot be; the rest is kept."""
    yield ops.Savepoint(depth)
    try:
        return (yield from _Batch(pack_id, arrivals).keep())
    except Exception as error:  # RowsRefused, or a bug of ours that this one arrival meets
        yield ops.RollBack(depth)
        if len(arrivals) == 1:
            source, header = arrivals[0].source, arrivals[0].header
            reason = type(error.__cause__ or error).__name__
            logger.error("the index refused a chunk: stream=%s seq=%d %s", source.stream, header.seq, reason)
            return [Outcome(Code.BAD_LOG)], 0
    half = len(arrivals) // 2
    first, kept = yield from _keep_or_bisect(pack_id, arrivals[:half], depth + 1)
    second, more = yield from _keep_or_bisect(pack_id, arrivals[half:], depth + 1)
    return first + second, kept + more


class _Line:
    """All arrivals of one source in a batch: they share session, stream and fate."""

    __slots__ = ("fate", "first", "refused", "session", "stream")

    def __init__(self, first: Arrival) -> None:
        self.first = first
        self.refused: Code | None = None
        self.fate: Outcome | None = None  # of each arrival that is kept
        self.session: SessionRow
        self.stream: StreamRow

    @property
    def session_key(self) -> SessionKey:
        source = self.first.source
        return source.project_id, source.session

    @property
    def stream_key(self) -> StreamKey:
        return self.session.project_id, self.session.id, self.first.source.stream


class _Batch:
    """Some arrivals of one pack, on their way into the tables."""

    def __init__(self, pack_id: int, arrivals: Sequence[Arrival]) -> None:
        self._pack_id = pack_id
        self._arrivals = arrivals
        self._refused: dict[int, Code] = {}  # by place in arrivals
        self._touched: dict[int, SessionRow] = {}  # by id: sessions to save
        self._moved: dict[int, StreamRow] = {}  # by id: streams to save
        by_source: dict[int, _Line] = {}
        for arrival in arrivals:
            if id(arrival.source) not in by_source:
                by_source[id(arrival.source)] = _Line(arrival)
        self._by_source = by_source
        self._lines = list(by_source.values())

    def keep(self) -> Steps[tuple[list[Outcome], int]]:
        """Write all rows; return what became of each arrival, and how many were new."""
        yield from self._lock_sessions()
        yield from self._lock_streams()
        fresh = yield from self._insert_chunks()
        yield from self._name_sessions()
        yield from self._derive(fresh)
        yield from self._advance(fresh)
        yield from self._save()
        return [self._outcome(at, arrival) for at, arrival in enumerate(self._arrivals)], len(fresh)

    def _outcome(self, at: int, arrival: Arrival) -> Outcome:
        line = self._line_of(arrival)
        if at in self._refused:
            return Outcome(self._refused[at], line.stream.next_seq)
        if line.fate is None:
            line.fate = Outcome(line.refused) if line.refused is not None else Outcome(None, line.stream.next_seq)
        return line.fate

    def _line_of(self, arrival: Arrival) -> _Line:
        return self._by_source[id(arrival.source)]

    # Sessions and streams

    def _lock_sessions(self) -> Steps[None]:
        """Find or make the sessions, lock them by id, and refuse whoever does not know a session's secret."""
        firsts: dict[SessionKey, Arrival] = {}
        for line in self._lines:
            firsts.setdefault(line.session_key, line.first)
        sessions: dict[SessionKey, SessionRow] = yield ops.LockSessions(tuple(sorted(firsts)))
        if missing := sorted(firsts.keys() - sessions.keys()):
            rows = {key: new_session(firsts[key]) for key in missing}
            made: dict[SessionKey, int] = yield ops.InsertSessions(tuple(rows.values()))
            for key, pk in made.items():
                rows[key].id = pk
                sessions[key] = rows[key]
            if late := tuple(key for key in missing if key not in made):  # another transaction was quicker
                sessions |= yield ops.LockSessions(late)
        for line in self._lines:
            session = sessions.get(line.session_key)
            if session is None:
                line.refused = Code.UNKNOWN_WRITE_KEY  # the project is gone
                continue
            line.session = session
            if session.erased_at is not None:
                line.refused = Code.ERASED
            elif session.secret_hash != line.first.source.secret_hash:
                line.refused = Code.WRONG_SECRET

    def _lock_streams(self) -> Steps[None]:
        """Find or make the streams, and lock them by id."""
        firsts: dict[StreamKey, _Line] = {}
        for line in self._lines:
            if line.refused is None:
                firsts.setdefault(line.stream_key, line)
        if not firsts:
            return
        streams: dict[StreamKey, StreamRow] = yield ops.LockStreams(tuple(sorted(firsts)))
        if missing := sorted(firsts.keys() - streams.keys()):
            rows = yield from self._new_streams([firsts[key] for key in missing])
            made: dict[StreamKey, int] = yield ops.InsertStreams(tuple(rows.values()))
            for key, pk in made.items():
                rows[key].id = pk
                streams[key] = rows[key]
                self._touch(firsts[key].session).open_streams += 1
            if late := tuple(key for key in missing if key not in made):
                streams |= yield ops.LockStreams(late)
        for line in self._lines:
            if line.refused is None:
                line.stream = streams[line.stream_key]

    def _new_streams(self, lines: list[_Line]) -> Steps[dict[StreamKey, StreamRow]]:
        """Return the rows of streams that begin, each on the clock of its session's first."""
        rows = [new_stream(line.session.id, line.first) for line in lines]
        known = tuple(sorted({(line.session.project_id, line.session.id) for line in lines if line.session.birth is None}))
        clocks: dict[int, float] = (yield ops.FirstClocks(known)) if known else {}
        for row in rows:
            row.clock_offset_ms = one_clock(row.clock_offset_ms, clocks.setdefault(row.session_id, row.clock_offset_ms))
        return {row.key: row for row in rows}

    def _name_sessions(self) -> Steps[None]:
        """Give sessions that nobody stands behind the person of their distinct_id."""
        nameless = {
            line.session.id: line.session for line in self._lines if line.refused is None and not line.session.person_id
        }
        if not nameless:
            return
        names = tuple(sorted({(row.project_id, row.distinct_id) for row in nameless.values()}))
        people: dict[tuple[int, str], int] = yield ops.PersonsOf(names)
        for row in nameless.values():
            self._touch(row).person_id = people[row.project_id, row.distinct_id]

    def _touch(self, session: SessionRow) -> SessionRow:
        self._touched[session.id] = session
        return session

    # Chunks

    def _insert_chunks(self) -> Steps[list[Arrival]]:
        """Insert what is new, in order of key; judge what is not. Returns the arrivals that now have a row of their own."""
        candidates: dict[ChunkKey, int] = {}  # → place
        known: list[int] = []
        for at, arrival in enumerate(self._arrivals):
            line = self._line_of(arrival)
            if line.refused is not None:
                continue
            stream, seq = line.stream, arrival.header.seq
            if seq < stream.next_seq or seq < stream.segmented_upto or (stream.id, seq) in candidates:
                known.append(at)
            else:
                candidates[stream.id, seq] = at
        fresh: list[int] = []
        if candidates:
            arrivals = [self._arrivals[candidates[key]] for key in sorted(candidates)]
            rows = tuple(new_chunk(self._pack_id, self._line_of(arrival).stream, arrival) for arrival in arrivals)
            made: set[ChunkKey] = yield ops.InsertChunks(rows)
            fresh = sorted(candidates.pop(key) for key in made)
        for at in candidates.values():  # kept before its turn: the seqs between may be here by now
            self._reaches(self._line_of(self._arrivals[at]).stream, self._arrivals[at].header.seq)
        yield from self._judge([*known, *candidates.values()])
        return [self._arrivals[at] for at in fresh]

    def _judge(self, places: list[int]) -> Steps[None]:
        """Tell duplicates, which are as good as kept, from conflicts and from what comes too late."""
        if not places:
            return
        asked = [(self._line_of(self._arrivals[at]).stream, self._arrivals[at]) for at in places]
        keys = {(stream.project_id, stream.session_id, stream.id, arrival.header.seq) for stream, arrival in asked}
        stored: dict[ChunkKey, tuple[bytes, int]] = yield ops.StoredChunks(tuple(sorted(keys)))
        for at, (stream, arrival) in zip(places, asked, strict=True):
            seq = arrival.header.seq
            if code := verdict(arrival, stored.get((stream.id, seq)), is_compacted=seq < stream.segmented_upto):
                self._refused[at] = code

    # What follows

    def _derive(self, fresh: list[Arrival]) -> Steps[None]:
        """Write what follows from new chunks: moments, gaps, counters, persons."""
        moments: list[MomentRow] = []
        gaps: list[GapRow] = []
        for arrival in fresh:
            line = self._line_of(arrival)
            fold_stream(line.stream, line.session, arrival)
            fold_session(self._touch(line.session), line.stream, arrival)
            moments += moments_of(line.stream, arrival)
            gaps += gaps_of(line.stream, arrival)
        if moments:
            yield ops.InsertMoments(tuple(moments))
        if gaps:
            yield ops.InsertGaps(tuple(gaps))
        for arrival in fresh:
            for call in arrival.digest.calls:
                yield from self._identify(self._line_of(arrival).session, call)

    def _identify(self, session: SessionRow, call: log.Identify | log.Alias) -> Steps[None]:
        """Carry out an identify or alias call; persons that merge take their sessions along."""
        named: ops.Named
        if isinstance(call, log.Alias):
            named = yield ops.Alias(session.project_id, call.distinct_id, call.alias)
        else:
            named = yield ops.Identify(session.project_id, call.distinct_id, call.anonymous_id, call.properties)
        for source, target in named.merged:
            for line in self._lines:
                if line.refused is None and line.session.person_id == source:
                    line.session.person_id = target
        if isinstance(call, log.Identify):
            session.person_id = named.person_id
            session.distinct_id = call.distinct_id

    def _reaches(self, stream: StreamRow, seq: int) -> None:
        """Note that a stream has a row at ``seq``, which is not below its ``next_seq``."""
        self._moved[stream.id] = stream
        if seq >= stream.end_seq:
            stream.end_seq = seq + 1

    def _advance(self, fresh: list[Arrival]) -> Steps[None]:
        """Move ``next_seq`` over the seqs that are now contiguous: first over our own, then over what came early before."""
        own: dict[int, set[int]] = {}
        for arrival in fresh:
            stream, seq = self._line_of(arrival).stream, arrival.header.seq
            own.setdefault(stream.id, set()).add(seq)
            self._reaches(stream, seq)
        for pk, mine in own.items():
            stream = self._moved[pk]
            while stream.next_seq in mine:
                stream.next_seq += 1
        ahead = [row for row in self._moved.values() if row.next_seq < row.end_seq]
        if ahead:
            starts = sorted((row.project_id, row.session_id, row.id, row.next_seq) for row in ahead)
            holes: dict[int, int] = yield ops.NextHoles(tuple(starts))
            for pk, seq in holes.items():
                self._moved[pk].next_seq = seq

    def _save(self) -> Steps[None]:
        if self._moved:
            yield ops.SaveStreams(tuple(self._moved[pk] for pk in sorted(self._moved)))
        if self._touched:
            yield ops.SaveSessions(tuple(self._touched[pk] for pk in sorted(self._touched)))
