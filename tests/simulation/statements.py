"""Carries out the ledger's operations on the model of the database, with the locks and waits of the real statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from replay.index import ops
from replay.index.rows import SessionRow, StreamRow
from tests.simulation.client import Locked
from tests.simulation.database import NO_KEY_UPDATE, UPDATE, Statement, Table, Transaction
from tests.simulation.tables import Tables, copied

POISON = "poison"  # a text that the model of the database does not take

Handler = Callable[[Transaction, Any], Statement]


class Statements:
    """One handler per operation."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.handlers: dict[type[Any], Handler] = {
            Locked: lambda tx, op: op.run(tx),
            ops.LockPack: self.lock_pack,
            ops.SavePack: self.save_pack,
            ops.Savepoint: self.savepoint,
            ops.RollBack: self.roll_back,
            ops.LockSessions: lambda tx, op: self._lock_rows(tx, self.tables.sessions, op.keys),
            ops.InsertSessions: lambda tx, op: self._insert_rows(tx, self.tables.sessions, op.rows),
            ops.LockStreams: lambda tx, op: self._lock_rows(tx, self.tables.streams, op.keys),
            ops.InsertStreams: lambda tx, op: self._insert_rows(tx, self.tables.streams, op.rows),
            ops.FirstClocks: self.first_clocks,
            ops.InsertChunks: self.insert_chunks,
            ops.StoredChunks: self.stored_chunks,
            ops.NextHoles: self.next_holes,
            ops.InsertMoments: self.insert_moments,
            ops.InsertGaps: self.insert_gaps,
            ops.PersonsOf: self.persons_of,
            ops.Identify: self.identify,
            ops.Alias: self.alias,
            ops.SaveStreams: self.save_streams,
            ops.SaveSessions: self.save_sessions,
        }

    def run(self, tx: Transaction, operation: Any) -> Statement:
        """Return the statement that answers an operation."""
        return self.handlers[type(operation)](tx, operation)

    # Packs

    def lock_pack(self, tx: Transaction, op: ops.LockPack) -> Statement:
        if tx.get(self.tables.packs, op.pack_id) is None:
            return None
        row = yield from tx.lock(self.tables.packs, op.pack_id, NO_KEY_UPDATE)
        return row.state if row is not None else None

    def save_pack(self, tx: Transaction, op: ops.SavePack) -> Statement:
        row = tx.get(self.tables.packs, op.pack_id)
        if row is None:
            return
        row = row._replace(state=op.state, chunks=op.chunks, swept_at=op.swept_at)
        yield from tx.update(self.tables.packs, op.pack_id, row)

    # The transaction itself

    def savepoint(self, tx: Transaction, op: ops.Savepoint) -> Statement:
        tx.savepoints[op.depth] = tx.savepoint()
        yield from ()

    def roll_back(self, tx: Transaction, op: ops.RollBack) -> Statement:
        tx.roll_back_to(tx.savepoints[op.depth])
        yield from ()

    # Sessions and streams

    def _lock_rows(self, tx: Transaction, table: Table, keys: tuple[Any, ...]) -> Statement:
        """Find what is visible now, lock it in order of id, and return each as it is once it is locked."""
        found = [(row.id, key) for key in keys if (row := tx.get(table, key)) is not None]
        answer = {}
        for _, key in sorted(found):
            row = yield from tx.lock(table, key, NO_KEY_UPDATE)
            if row is not None:
                answer[key] = copied(row)
        return answer

    def _insert_rows(self, tx: Transaction, table: Table, rows: tuple[SessionRow | StreamRow, ...]) -> Statement:
        ids = {}
        for row in rows:
            fresh = copied(row)
            fresh.id = table.next_id()
            refers = (self.tables.session_spot(row.session_id),) if isinstance(row, StreamRow) else ()
            self.tables.keys[table.name, fresh.id] = row.key
            if (yield from tx.insert(table, row.key, fresh, refers=refers)):
                ids[row.key] = fresh.id
        return ids

    def first_clocks(self, tx: Transaction, op: ops.FirstClocks) -> Statement:
        clocks: dict[int, tuple[int, float]] = {}
        for session in op.sessions:
            for _, row in tx.scan(self.tables.streams):
                if (row.project_id, row.session_id) == session:
                    clocks[session[1]] = min(clocks.get(session[1], (row.id, 0.0)), (row.id, row.clock_offset_ms))
        yield from ()
        return {session: clock for session, (_, clock) in clocks.items()}

    def save_streams(self, tx: Transaction, op: ops.SaveStreams) -> Statement:
        for row in op.rows:
            fresh = copied(tx.get(self.tables.streams, row.key))
            for name in ("first_ms", "last_ms", "next_seq", "end_seq", "finished_at"):
                setattr(fresh, name, getattr(row, name))
            yield from tx.update(self.tables.streams, row.key, fresh)

    def save_sessions(self, tx: Transaction, op: ops.SaveSessions) -> Statement:
        for row in op.rows:
            fresh, before = copied(row), tx.get(self.tables.sessions, row.key)
            fresh.erased_at, fresh.secret_hash, fresh.birth = before.erased_at, before.secret_hash, before.birth
            yield from tx.update(self.tables.sessions, row.key, fresh)

    # Chunks and what follows from them

    def insert_chunks(self, tx: Transaction, op: ops.InsertChunks) -> Statement:
        tables, inserted = self.tables, set()
        for row in op.rows:
            refers = ((tables.packs, row.pack_id),)  # nothing else is checked by the database
            if (yield from tx.insert(tables.chunks, row.key, row, refers=refers)):
                inserted.add(row.key)
        return inserted

    def stored_chunks(self, tx: Transaction, op: ops.StoredChunks) -> Statement:
        keys = [key[2:] for key in op.keys]
        rows = [(key, row) for key in keys if (row := tx.get(self.tables.chunks, key)) is not None]
        yield from ()
        return {key: (row.hash, row.flags) for key, row in rows}

    def next_holes(self, tx: Transaction, op: ops.NextHoles) -> Statement:
        answer = {}
        for _, _, stream_id, seq in op.starts:
            while tx.get(self.tables.chunks, (stream_id, seq)) is not None:
                seq += 1
            answer[stream_id] = seq
        yield from ()
        return answer

    def insert_moments(self, tx: Transaction, op: ops.InsertMoments) -> Statement:
        if any(row.text == POISON for row in op.rows):
            raise ops.RowsRefused("a text that this database does not take")
        for row in op.rows:
            yield from tx.insert(self.tables.moments, (row.stream_id, row.event_id), row)

    def insert_gaps(self, tx: Transaction, op: ops.InsertGaps) -> Statement:
        for row in op.rows:
            yield from tx.insert(self.tables.gaps, (row.stream_id, row.first_seq, row.body), row)

    # People

    def persons_of(self, tx: Transaction, op: ops.PersonsOf) -> Statement:
        return (yield from self._persons(tx, op.names))

    def _persons(self, tx: Transaction, names: tuple[tuple[int, str], ...]) -> Statement:
        table, answer = self.tables.names, {}
        for name in names:
            if tx.get(table, name) is None:
                person = self.tables.persons.next_id()
                if (yield from tx.insert(table, name, person)):
                    yield from tx.insert(self.tables.persons, person, False)
        for name in sorted(names):
            answer[name] = yield from tx.lock(table, name, NO_KEY_UPDATE)
        for person in sorted(set(answer.values())):
            yield from tx.lock(self.tables.persons, person, NO_KEY_UPDATE)
        return answer

    def identify(self, tx: Transaction, op: ops.Identify) -> Statement:
        yield from tx.insert(self.tables.calls, self.tables.calls.next_id(), op)
        name, other = (op.project_id, op.distinct_id), (op.project_id, op.anonymous_id or op.distinct_id)
        was_known = tx.get(self.tables.names, name) is not None
        people = yield from self._persons(tx, tuple(dict.fromkeys((name, other))))
        person, before = people[name], people[other]
        merged: tuple[tuple[int, int], ...] = ()
        if before != person and not tx.get(self.tables.persons, before):
            source, target = (before, person) if was_known else (person, before)
            yield from self._merge(tx, source, target)
            person, merged = target, ((source, target),)
        yield from tx.update(self.tables.persons, person, True)
        return ops.Named(person, merged)

    def alias(self, tx: Transaction, op: ops.Alias) -> Statement:
        yield from tx.insert(self.tables.calls, self.tables.calls.next_id(), op)
        first_name, second_name = (op.project_id, op.distinct_id), (op.project_id, op.alias)
        people = yield from self._persons(tx, tuple(dict.fromkeys((first_name, second_name))))
        first, second = people[first_name], people[second_name]
        if first == second or tx.get(self.tables.persons, second):
            return ops.Named(first, ())
        yield from self._merge(tx, second, first)
        return ops.Named(first, ((second, first),))

    def _merge(self, tx: Transaction, source: int, target: int) -> Statement:
        """Move names and sessions; this locks sessions that the transaction did not lock in order, hence deadlocks."""
        for key, person in list(tx.scan(self.tables.names)):
            if person == source:
                yield from tx.update(self.tables.names, key, target)
        for key, row in list(tx.scan(self.tables.sessions)):
            if row.person_id == source:
                row = yield from tx.lock(self.tables.sessions, key, NO_KEY_UPDATE)
                if row is not None and row.person_id == source:
                    fresh = copied(row)
                    fresh.person_id = target
                    yield from tx.update(self.tables.sessions, key, fresh)
        yield from tx.lock(self.tables.persons, source, UPDATE)
        yield from tx.delete(self.tables.persons, source)
