"""What the ledger asks of a database, one operation at a time, inside one transaction.

``ledger.keep`` yields these and receives their answers; whoever runs them (``sql``, a test's model of a database) begins the
transaction before the first and commits after the last. Answers are named behind the arrow. An operation that fails for
its data is thrown back into the ledger as ``RowsRefused``; any other failure ends the transaction.

Locks are held until the transaction ends. Those of sessions and streams keep other writers out and let readers in
(PostgreSQL: FOR NO KEY UPDATE; SQLite: the transaction is IMMEDIATE and alone). Tuples of keys and rows come sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from replay.index.rows import ChunkRow, GapRow, MomentRow, SessionKey, SessionRow, StreamKey, StreamRow


class RowsRefused(Exception):
    """The database does not take some row of an operation; the transaction lives on after ``RollBack``."""


class PackSwept(Exception):
    """The pack was given up before its chunks got their rows; its bytes are going."""


@dataclass(frozen=True, slots=True)
class LockPack:
    """Lock a pack's row → its state (``open``, ``kept``, ``swept``), or None where there is no row."""

    pack_id: int


@dataclass(frozen=True, slots=True)
class SavePack:
    """Write what became of the pack → None."""

    pack_id: int
    state: str
    chunks: int
    swept_at: datetime | None


@dataclass(frozen=True, slots=True)
class Savepoint:
    """Remember this point of the transaction → None. One of the same depth hides the one before."""

    depth: int


@dataclass(frozen=True, slots=True)
class RollBack:
    """Undo all that was done since the savepoint of this depth; it stays → None."""

    depth: int


@dataclass(frozen=True, slots=True)
class LockSessions:
    """Lock, in order of id, the sessions that exist → {key: SessionRow}, as committed last."""

    keys: tuple[SessionKey, ...]


@dataclass(frozen=True, slots=True)
class InsertSessions:
    """Insert rows whose key is free, waiting for who inserts it now → {key: id} of those that this inserted."""

    rows: tuple[SessionRow, ...]


@dataclass(frozen=True, slots=True)
class LockStreams:
    """Lock, in order of id, the streams that exist → {key: StreamRow}, as committed last."""

    keys: tuple[StreamKey, ...]


@dataclass(frozen=True, slots=True)
class FirstClocks:
    """Look up the clock offset of each session's first stream → {session's id: ms}; none for a session without one."""

    sessions: tuple[tuple[int, int], ...]  # (project's id, session's id)


@dataclass(frozen=True, slots=True)
class InsertStreams:
    """Insert rows whose key is free → {key: id} of those that this inserted."""

    rows: tuple[StreamRow, ...]


@dataclass(frozen=True, slots=True)
class InsertChunks:
    """Insert rows whose (stream, seq) is free; the unique key decides → {(stream's id, seq)} of those that this inserted."""

    rows: tuple[ChunkRow, ...]


@dataclass(frozen=True, slots=True)
class StoredChunks:
    """Look up rows → {(stream's id, seq): (hash, flags)} of those that exist."""

    keys: tuple[tuple[int, int, int, int], ...]  # (project's id, session's id, stream's id, seq)


@dataclass(frozen=True, slots=True)
class NextHoles:
    """Find, from each seq on, the first that has no row → {stream's id: seq}."""

    starts: tuple[tuple[int, int, int, int], ...]  # (project's id, session's id, stream's id, seq)


@dataclass(frozen=True, slots=True)
class InsertMoments:
    """Insert rows, passing over an event id that the stream has already → None."""

    rows: tuple[MomentRow, ...]


@dataclass(frozen=True, slots=True)
class InsertGaps:
    """Insert rows, passing over a span that the stream has already → None."""

    rows: tuple[GapRow, ...]


@dataclass(frozen=True, slots=True)
class PersonsOf:
    """Lock distinct_ids in order of name, making those that are new, a person each → {(project's id, name): person's id}."""

    names: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Named:
    """The answer to ``Identify`` and ``Alias``."""

    person_id: int
    merged: tuple[tuple[int, int], ...]  # (from person's id, to person's id): all sessions of the first moved to the second


@dataclass(frozen=True, slots=True)
class Identify:
    """Say that a name is a known person's, and was behind the anonymous one until now → Named."""

    project_id: int
    distinct_id: str
    anonymous_id: str | None
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Alias:
    """Say that two names are one person's → Named."""

    project_id: int
    distinct_id: str
    alias: str


@dataclass(frozen=True, slots=True)
class SaveStreams:
    """Write what may change of streams: first_ms, last_ms, next_seq, end_seq, finished_at → None."""

    rows: tuple[StreamRow, ...]


@dataclass(frozen=True, slots=True)
class SaveSessions:
    """Write all of these sessions but key, secret, tombstone and birth → None."""

    rows: tuple[SessionRow, ...]


Op = (
    LockPack
    | SavePack
    | Savepoint
    | RollBack
    | LockSessions
    | InsertSessions
    | LockStreams
    | FirstClocks
    | InsertStreams
    | InsertChunks
    | StoredChunks
    | NextHoles
    | InsertMoments
    | InsertGaps
    | PersonsOf
    | Identify
    | Alias
    | SaveStreams
    | SaveSessions
)
