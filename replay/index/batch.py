"""The steps by which a batch of arrivals becomes rows; runs inside the transaction of ``keep``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from django.db import connection
from django.db.models import Min

from replay.index.arrival import Arrival, Outcome, Source
from replay.index.fold import fold_session, fold_stream, gaps_of, moments_of
from replay.index.fresh import new_chunk, new_session, new_stream, one_clock, verdict
from replay.index.models import Chunk, Gap, Moment, Pack, Session, Stream
from replay.people import identify
from replay.people.rows import insert_missing
from replay.wire import log
from replay.wire.errors import Code
from replay.wire.frames import Flag

SessionKey = tuple[int, UUID]
StreamKey = tuple[int, UUID, str]


class Batch:
    """Some arrivals of one pack, on their way into the tables."""

    def __init__(self, pack: Pack, arrivals: Sequence[Arrival]) -> None:
        self._pack = pack
        self._arrivals = arrivals
        self._refused: dict[int, Code] = {}  # by place in arrivals
        self._sessions: dict[SessionKey, Session] = {}
        self._streams: dict[StreamKey, Stream] = {}
        self.kept = 0

    def keep(self) -> list[Outcome]:
        """Write all rows and return what became of each arrival."""
        self._lock_sessions()
        self._lock_streams()
        fresh = self._insert_chunks()
        self.kept = len(fresh)
        self._derive(fresh)
        self._advance(fresh)
        self._save(fresh)
        return [self._outcome(at, arrival) for at, arrival in enumerate(self._arrivals)]

    def _outcome(self, at: int, arrival: Arrival) -> Outcome:
        stream = self._streams.get(_stream_key(arrival.source))
        return Outcome(self._refused.get(at), stream.next_seq if stream else None)

    def _session_of(self, arrival: Arrival) -> Session:
        return self._sessions[_session_key(arrival.source)]

    def _stream_of(self, arrival: Arrival) -> Stream:
        return self._streams[_stream_key(arrival.source)]

    def _welcome(self) -> list[Arrival]:
        return [arrival for at, arrival in enumerate(self._arrivals) if at not in self._refused]

    # Sessions

    def _lock_sessions(self) -> None:
        """Find or make the sessions, lock them by id, and refuse whoever does not know a session's secret."""
        firsts: dict[SessionKey, Arrival] = {}
        for arrival in self._arrivals:
            firsts.setdefault(_session_key(arrival.source), arrival)
        known = self._load_sessions(firsts)
        missing = sorted(key for key in firsts if key not in known)
        if missing:
            insert_missing([new_session(firsts[key]) for key in missing])
            known = self._load_sessions(firsts)
        self._sessions = known
        for at, arrival in enumerate(self._arrivals):
            session = self._session_of(arrival)
            if session.erased_at is not None:
                self._refused[at] = Code.ERASED
            elif bytes(session.secret_hash) != arrival.source.secret_hash:
                self._refused[at] = Code.WRONG_SECRET
        self._name_new_sessions(firsts)

    def _load_sessions(self, keys: dict[SessionKey, Arrival]) -> dict[SessionKey, Session]:
        projects, uuids = {key[0] for key in keys}, {key[1] for key in keys}
        query = Session.objects.select_for_update(no_key=True).filter(project_id__in=projects, uuid__in=uuids).order_by("pk")
        return {key: row for row in query if (key := (row.project_id, row.uuid)) in keys}

    def _name_new_sessions(self, firsts: dict[SessionKey, Arrival]) -> None:
        """Give sessions that nobody stands behind the person of their distinct_id."""
        nameless = {key: row for key, row in self._sessions.items() if row.person_id is None and row.erased_at is None}
        for project_id, keys in groupby(sorted(nameless), key=lambda key: key[0]):
            mine = list(keys)
            people = identify.people_for(project_id, [nameless[key].distinct_id for key in mine])
            for key in mine:
                row = nameless[key]
                row.person = people[row.distinct_id].person
                row.save(update_fields=["person"])

    # Streams

    def _lock_streams(self) -> None:
        """Find or make the streams, and lock them by id."""
        firsts: dict[StreamKey, Arrival] = {}
        for arrival in self._welcome():
            firsts.setdefault(_stream_key(arrival.source), arrival)
        known = self._load_streams(firsts)
        missing = sorted(key for key in firsts if key not in known)
        if missing:
            for row in insert_missing(self._new_streams([firsts[key] for key in missing])):
                self._sessions[(row.project_id, row.session.uuid)].open_streams += 1
            known = self._load_streams(firsts)
        self._streams = known

    def _new_streams(self, arrivals: list[Arrival]) -> list[Stream]:
        """Return the rows of streams that begin, each on the clock of its session's first."""
        rows = [new_stream(self._session_of(arrival), arrival) for arrival in arrivals]
        streams = Stream.objects.filter(
            project_id__in={row.project_id for row in rows}, session_id__in={row.session_id for row in rows}
        )
        firsts = streams.values("session_id").annotate(first=Min("pk")).values("first")
        clocks = dict(Stream.objects.filter(pk__in=firsts).values_list("session_id", "clock_offset_ms"))
        for row in rows:
            row.clock_offset_ms = one_clock(row.clock_offset_ms, clocks.setdefault(row.session_id, row.clock_offset_ms))
        return rows

    def _load_streams(self, keys: dict[StreamKey, Arrival]) -> dict[StreamKey, Stream]:
        if not keys:
            return {}
        uuids = {(row.project_id, row.pk): row.uuid for row in self._sessions.values()}
        query = Stream.objects.select_for_update(no_key=True).filter(
            project_id__in={key[0] for key in keys},
            session_id__in={row.pk for row in self._sessions.values()},
            stream_id__in={key[2] for key in keys},
        )
        rows = {(row.project_id, uuids[row.project_id, row.session_id], row.stream_id): row for row in query.order_by("pk")}
        return {key: row for key, row in rows.items() if key in keys}

    # Chunks

    def _insert_chunks(self) -> list[Arrival]:
        """Insert what is new, in order of key; judge what is not. Returns the arrivals that now have a row of their own."""
        candidates: dict[tuple[int, int], int] = {}  # (stream's id, seq) → place
        known: list[int] = []
        for at, arrival in enumerate(self._arrivals):
            if at in self._refused:
                continue
            stream = self._stream_of(arrival)
            seq = arrival.header.seq
            if seq < max(stream.next_seq, stream.segmented_upto) or (stream.pk, seq) in candidates:
                known.append(at)
            else:
                candidates[stream.pk, seq] = at
        arrivals = [self._arrivals[candidates[key]] for key in sorted(candidates)]
        rows = [new_chunk(self._pack, self._stream_of(arrival), arrival) for arrival in arrivals]
        fresh = {candidates.pop((row.stream_id, row.seq)) for row in insert_missing(rows)} if rows else set()
        self._judge([*known, *candidates.values()])
        return [self._arrivals[at] for at in sorted(fresh)]

    def _judge(self, places: list[int]) -> None:
        """Tell duplicates, which are as good as kept, from conflicts and from what comes too late."""
        if not places:
            return
        arrivals = [self._arrivals[at] for at in places]
        stored = Chunk.objects.filter(
            project_id__in={arrival.source.project_id for arrival in arrivals},
            session_id__in={self._stream_of(arrival).session_id for arrival in arrivals},
            stream_id__in={self._stream_of(arrival).pk for arrival in arrivals},
            seq__in={arrival.header.seq for arrival in arrivals},
        ).values_list("stream_id", "seq", "hash", "flags")
        by_key = {(stream_id, seq): (bytes(digest), Flag(flags)) for stream_id, seq, digest, flags in stored}
        for at, arrival in zip(places, arrivals, strict=True):
            stream, header = self._stream_of(arrival), arrival.header
            if code := verdict(arrival, by_key.get((stream.pk, header.seq)), is_compacted=header.seq < stream.segmented_upto):
                self._refused[at] = code

    # What follows

    def _derive(self, fresh: list[Arrival]) -> None:
        """Write what follows from new chunks: moments, gaps, counters, persons."""
        moments: list[Moment] = []
        gaps: list[Gap] = []
        for arrival in fresh:
            session, stream = self._session_of(arrival), self._stream_of(arrival)
            fold_stream(stream, session, arrival)
            fold_session(session, stream, arrival)
            moments += moments_of(session, stream, arrival)
            gaps += gaps_of(session, stream, arrival)
        if moments:
            insert_missing(moments)
        if gaps:
            insert_missing(gaps)
        for arrival in fresh:
            for call in arrival.digest.calls:
                self._identify(self._session_of(arrival), call)

    def _identify(self, session: Session, call: log.Identify | log.Alias) -> None:
        """Carry out an identify or alias call; persons that merge take their sessions along."""

        def move_sessions(source: int, target: int) -> None:
            Session.objects.filter(project_id=session.project_id, person_id=source).update(person_id=target)
            for row in self._sessions.values():
                if row.person_id == source:
                    row.person_id = target

        if isinstance(call, log.Alias):
            identify.alias(session.project_id, call.distinct_id, call.alias, move_sessions)
            return
        person = identify.identify(session.project_id, call.distinct_id, call.anonymous_id, call.properties, move_sessions)
        session.person_id = person.pk
        session.distinct_id = call.distinct_id

    def _advance(self, fresh: list[Arrival]) -> None:
        """Move ``next_seq`` over the seqs that are now contiguous: first over our own, then over what came early before."""
        own: dict[int, set[int]] = {}
        for arrival in fresh:
            own.setdefault(self._stream_of(arrival).pk, set()).add(arrival.header.seq)
        streams = [stream for stream in self._streams.values() if stream.pk in own]
        for stream in streams:
            while stream.next_seq in own[stream.pk]:
                stream.next_seq += 1
        for stream in _met(streams):
            seqs = Chunk.objects.filter(project_id=stream.project_id, session_id=stream.session_id, stream=stream)
            for seq in seqs.filter(seq__gte=stream.next_seq).order_by("seq").values_list("seq", flat=True).iterator():
                if seq != stream.next_seq:
                    break
                stream.next_seq += 1

    def _save(self, fresh: list[Arrival]) -> None:
        for stream in {id(row): row for row in map(self._stream_of, fresh)}.values():
            stream.save(update_fields=["first_ms", "last_ms", "next_seq", "finished_at"])
        touched = {id(row): row for row in map(self._session_of, fresh)}
        for session in touched.values():
            session.save(update_fields=SESSION_FIELDS)


SESSION_FIELDS = [
    *(
        "person",
        "distinct_id",
        "started_at",
        "last_event_at",
        "last_received_at",
        "open_streams",
        "entry_url",
        "exit_url",
        "title",
    ),
    *("pages", "clicks", "rage_clicks", "errors", "console_errors", "failed_requests", "custom_events", "size_bytes"),
    *("activity", "properties"),
]


def _met(streams: list[Stream]) -> list[Stream]:
    """Return the streams whose next seq is stored already, since it came before its turn; seldom any."""
    if not streams:
        return []
    keys = {(row.project_id, row.session_id, row.pk, row.next_seq): row for row in streams}
    table, places = connection.ops.quote_name(Chunk._meta.db_table), ", ".join(["(%s, %s, %s, %s)"] * len(keys))
    columns = "project_id, session_id, stream_id, seq"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM {table} WHERE ({columns}) IN (VALUES {places})",  # noqa: S608  # our own names only
            [value for key in keys for value in key],
        )
        return [keys[key] for key in cursor.fetchall()]


def _session_key(source: Source) -> SessionKey:
    return source.project_id, source.session


def _stream_key(source: Source) -> StreamKey:
    return source.project_id, source.session, source.stream
