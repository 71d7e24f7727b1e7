"""Runs the ledger's operations on the database of this thread, inside the caller's transaction.

Statements that both databases understand are here; bulk inserts, locks and updates are each database's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import Any, Final, TypeVar, assert_never

from django.db import InterfaceError, OperationalError, connection
from msgspec import Struct
from msgspec.structs import fields

from replay.index import ops
from replay.index.rows import ChunkKey, ChunkRow, GapRow, MomentRow, SessionBirth, SessionRow, StreamBirth, StreamRow
from replay.people import identify

T = TypeVar("T")
Tuples = list[tuple[Any, ...]]

NOT_THE_DATA: Final = (OperationalError, InterfaceError)  # ends the transaction: no row is to blame
KEYS_AT_ONCE: Final = 200
SESSION_CHANGES: Final = tuple(
    field.name
    for field in fields(SessionRow)
    if field.name not in ("id", "project_id", "uuid", "secret_hash", "erased_at", "birth")
)
STREAM_CHANGES: Final = ("first_ms", "last_ms", "next_seq", "end_seq", "finished_at")
TABLES: Final[dict[type[Struct], str]] = {
    SessionRow: "replay_session",
    StreamRow: "replay_stream",
    ChunkRow: "replay_chunk",
    MomentRow: "replay_moment",
    GapRow: "replay_gap",
}
PROJECTS: Final = "accounts_project"
BIRTHS: Final[dict[type[Struct], type[Struct]]] = {SessionRow: SessionBirth, StreamRow: StreamBirth}


def columns_of(row: type[Struct]) -> tuple[str, ...]:
    """Return a row's columns in order of its fields."""
    return tuple(field.name for field in fields(row) if field.name != "birth")


class Database(ABC):
    """One database's way to carry out the operations."""

    def run(self, steps: Generator[ops.Op, Any, T]) -> T:
        """Carry out all that the ledger asks for, and return what it returns."""
        answer: Any = None
        refused: ops.RowsRefused | None = None
        while True:
            try:
                op = steps.throw(refused) if refused else steps.send(answer)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            refused = None
            try:
                answer = self._do(op)
            except NOT_THE_DATA:
                steps.close()
                raise
            except Exception as error:  # of the data: a value that no column takes, or that cannot be written down
                refused = ops.RowsRefused()
                refused.__cause__ = error

    def _do(self, op: ops.Op) -> Any:
        match op:
            case ops.LockPack(pack_id):
                found = self.rows(f"SELECT state FROM replay_pack WHERE id = %s{self.for_update}", (pack_id,))
                return found[0][0] if found else None
            case ops.Savepoint(depth):
                return self.execute(f"SAVEPOINT ledger_{depth}")
            case ops.RollBack(depth):
                return self.execute(f"ROLLBACK TO SAVEPOINT ledger_{depth}")
            case ops.LockSessions(keys):
                return {row.key: row for row in self.lock_sessions(keys)}
            case ops.InsertSessions(rows):
                made = self.insert(SessionRow, _flat(rows), ("project_id", "uuid", "id"))
                return {(project_id, self.uuid(uuid)): pk for project_id, uuid, pk in made}
            case ops.LockStreams(keys):
                return {row.key: row for row in self.lock_streams(keys)}
            case ops.InsertStreams(rows):
                made = self.insert(StreamRow, _flat(rows), ("project_id", "session_id", "stream_id", "id"))
                return {(project_id, session_id, stream): pk for project_id, session_id, stream, pk in made}
            case ops.FirstClocks(sessions):
                return self._first_clocks(sessions)
            case ops.InsertChunks(rows):
                return set(self.insert(ChunkRow, rows, ("stream_id", "seq")))
            case ops.StoredChunks(keys):
                found = self._chunks("stream_id, seq, hash, flags", keys)
                return {(stream_id, seq): (bytes(digest), flags) for stream_id, seq, digest, flags in found}
            case ops.NextHoles(starts):
                return self._next_holes(starts)
            case ops.InsertMoments(rows):
                self.insert(MomentRow, rows, ())
            case ops.InsertGaps(rows):
                self.insert(GapRow, rows, ())
            case ops.PersonsOf(names):
                return identify.persons_of(names)
            case ops.Identify(project_id, distinct_id, anonymous_id, properties):
                merged = _Merges(project_id)
                person = identify.identify(project_id, distinct_id, anonymous_id, properties, merged)
                return ops.Named(person.pk, tuple(merged.made))
            case ops.Alias(project_id, distinct_id, alias):
                merged = _Merges(project_id)
                person = identify.alias(project_id, distinct_id, alias, merged)
                return ops.Named(person.pk, tuple(merged.made))
            case ops.SaveStreams(rows):
                self.save(StreamRow, rows, STREAM_CHANGES)
            case ops.SaveSessions(rows):
                self.save(SessionRow, rows, SESSION_CHANGES)
            case ops.SavePack(pack_id, state, chunks, swept_at):
                values = (state, chunks, self.value(swept_at), pack_id)
                self.execute("UPDATE replay_pack SET state = %s, chunks = %s, swept_at = %s WHERE id = %s", values)
            case _:
                assert_never(op)
        return None

    for_update = ""  # how a SELECT locks what it returns

    @abstractmethod
    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run a statement."""

    @abstractmethod
    def rows(self, sql: str, values: Sequence[Any]) -> Tuples:
        """Run a query and return what it finds."""

    @abstractmethod
    def insert(self, row: type[Struct], rows: Sequence[Any], returned: Sequence[str]) -> Tuples:
        """Insert rows (structs, or dicts of their fields) whose key is free; return these columns of those that were."""

    @abstractmethod
    def lock_sessions(self, keys: Sequence[Any]) -> list[SessionRow]:
        """Lock sessions by key in order of id, and return them."""

    @abstractmethod
    def lock_streams(self, keys: Sequence[Any]) -> list[StreamRow]:
        """Lock streams by key in order of id, and return them."""

    @abstractmethod
    def save(self, row: type[Struct], rows: Sequence[Any], changes: Sequence[str]) -> None:
        """Write these columns of rows that exist."""

    @abstractmethod
    def value(self, value: Any) -> Any:
        """Return a value as this database's driver takes it."""

    @abstractmethod
    def uuid(self, value: Any) -> Any:
        """Return a UUID that the driver gave."""

    def _first_clocks(self, sessions: Sequence[tuple[int, int]]) -> dict[int, float]:
        found: Tuples = []
        for start in range(0, len(sessions), KEYS_AT_ONCE):
            some = sessions[start : start + KEYS_AT_ONCE]
            first = f"SELECT min(id) FROM replay_stream WHERE (project_id, session_id) IN ({_places(some)}) GROUP BY session_id"
            sql = f"SELECT session_id, clock_offset_ms FROM replay_stream WHERE id IN ({first})"
            found += self.rows(sql, [value for key in some for value in key])
        return dict(found)

    def _chunks(self, columns: str, keys: Sequence[tuple[int, int, int, int]]) -> Tuples:
        found: Tuples = []
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[start : start + KEYS_AT_ONCE]
            sql = f"SELECT {columns} FROM replay_chunk WHERE (project_id, session_id, stream_id, seq) IN ({_places(some)})"
            found += self.rows(sql, [value for key in some for value in key])
        return found

    def _next_holes(self, starts: Sequence[tuple[int, int, int, int]]) -> dict[int, int]:
        stored: set[ChunkKey] = {(stream_id, seq) for stream_id, seq in self._chunks("stream_id, seq", starts)}
        return {start[2]: self._next_hole(start) if (start[2], start[3]) in stored else start[3] for start in starts}

    def _next_hole(self, start: tuple[int, int, int, int]) -> int:
        *stream, at = start
        sql = (
            "SELECT seq FROM replay_chunk WHERE project_id = %s AND session_id = %s AND stream_id = %s AND seq >= %s"
            f" ORDER BY seq LIMIT {KEYS_AT_ONCE}"
        )
        while True:
            found = [seq for (seq,) in self.rows(sql, (*stream, at))]
            for seq in found:
                if seq != at:
                    return at
                at += 1
            if len(found) < KEYS_AT_ONCE:
                return at


class _Merges:
    """Moves the sessions of persons that merge, and remembers who went where."""

    def __init__(self, project_id: int) -> None:
        self._project_id = project_id
        self.made: list[tuple[int, int]] = []

    def __call__(self, source: int, target: int) -> None:
        with connection.cursor() as cursor:
            sql = "UPDATE replay_session SET person_id = %s WHERE project_id = %s AND person_id = %s"
            cursor.execute(sql, (target, self._project_id, source))
        self.made.append((source, target))


def _flat(rows: Sequence[SessionRow] | Sequence[StreamRow]) -> list[dict[str, Any]]:
    """Return the fields of rows that are born, with those of their birth."""
    flat: list[dict[str, Any]] = []
    for row in rows:
        assert row.birth is not None
        flat.append(
            {name: getattr(row, name) for name in row.__struct_fields__[:-2]}
            | {name: getattr(row.birth, name) for name in row.birth.__struct_fields__}
        )
    return flat


def _places(keys: Sequence[tuple[Any, ...]]) -> str:
    """Return the placeholders of a list of keys."""
    return "VALUES " + ", ".join([f"({', '.join(['%s'] * len(keys[0]))})"] * len(keys))
