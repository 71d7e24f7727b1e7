"""The ledger's operations on SQLite: a statement per row, since no row has a network to cross; nobody else writes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import attrgetter, itemgetter
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection
from msgspec import Struct

from replay.index.rows import SessionKey, SessionRow, StreamKey, StreamRow
from replay.index.sql import BIRTHS, PROJECTS, TABLES, Database, Tuples, columns_of

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode


class SQLite(Database):
    """Speaks to the driver itself.

    Django's cursor rewrites the placeholders of each statement anew, and that takes longer than SQLite needs to run it.
    """

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        with connection.wrap_database_errors, closing(connection.connection.cursor()) as cursor:
            cursor.execute(_placed(sql), values)

    def rows(self, sql: str, values: Sequence[Any]) -> Tuples:
        with connection.wrap_database_errors, closing(connection.connection.cursor()) as cursor:
            cursor.execute(_placed(sql), values)
            found: Tuples = cursor.fetchall()
            return found

    def insert(self, row: type[Struct], rows: Sequence[Any], returned: Sequence[str]) -> Tuples:
        sql, names = _insert_sql(row, tuple(returned))
        told = (itemgetter if isinstance(rows[0], dict) else attrgetter)(*names)
        made: Tuples = []
        with connection.wrap_database_errors, closing(connection.connection.cursor()) as cursor:
            for each in rows:
                cursor.execute(sql, [self.value(value) for value in told(each)])
                if returned:
                    made += cursor.fetchall()
        return made

    def lock_sessions(self, keys: Sequence[SessionKey]) -> list[SessionRow]:
        sql = f"SELECT {', '.join(columns_of(SessionRow))} FROM replay_session WHERE project_id = %s AND uuid = %s"
        found = [row for project_id, uuid in keys for row in self.rows(sql, (project_id, uuid.hex))]
        return [SessionRow(*_read(SessionRow, values)) for values in found]

    def lock_streams(self, keys: Sequence[StreamKey]) -> list[StreamRow]:
        sql = (
            f"SELECT {', '.join(columns_of(StreamRow))} FROM replay_stream"
            " WHERE project_id = %s AND session_id = %s AND stream_id = %s"
        )
        return [StreamRow(*_read(StreamRow, values)) for key in keys for values in self.rows(sql, key)]

    def save(self, row: type[Struct], rows: Sequence[Any], changes: Sequence[str]) -> None:
        sql = _placed(f"UPDATE {TABLES[row]} SET {', '.join(f'{name} = %s' for name in changes)} WHERE id = %s")
        told = attrgetter(*changes, "id")
        values = [[self.value(value) for value in told(each)] for each in rows]
        with connection.wrap_database_errors, closing(connection.connection.cursor()) as cursor:
            cursor.executemany(sql, values)

    def value(self, value: Any) -> Any:
        write = _WRITERS.get(type(value))
        return write(value) if write else value

    def uuid(self, value: Any) -> Any:
        return UUID(hex=value)


@cache
def _insert_sql(row: Any, returned: tuple[str, ...]) -> tuple[str, list[str]]:
    names = [name for name in columns_of(row) if name != "id"]
    if row in BIRTHS:
        names += columns_of(BIRTHS[row])
    where = f"EXISTS (SELECT 1 FROM {PROJECTS} WHERE id = r.project_id)" if row is SessionRow else "true"
    values = ", ".join(f"%s AS {name}" for name in names)
    sql = (
        f"INSERT INTO {TABLES[row]} ({', '.join(names)}) SELECT * FROM (SELECT {values}) r WHERE {where} ON CONFLICT DO NOTHING"
    )
    return _placed(sql + (f" RETURNING {', '.join(returned)}" if returned else "")), names


@lru_cache(maxsize=64)
def _placed(sql: str) -> str:
    return sql.replace("%s", "?")


def _naive(at: datetime) -> str:
    """Return a time as Django's models write it: comparisons in SQLite are of text."""
    return str(at.astimezone(UTC).replace(tzinfo=None))


def _json(value: object) -> str:
    return _encode(value).decode()


_WRITERS: Final[dict[type, Callable[[Any], Any]]] = {
    datetime: _naive,
    UUID: lambda uuid: uuid.hex,
    dict: _json,
    list: _json,
}


@cache
def _readers(row: Any) -> list[Callable[[Any], Any] | None]:
    """Return what makes each column's text into its value; None: it is one already."""
    readers: dict[str, Callable[[Any], Any]] = {
        "uuid": lambda text: UUID(hex=text),
        "activity": _decode,
        "properties": _decode,
        **dict.fromkeys(("started_at", "last_event_at", "last_received_at", "erased_at", "finished_at"), _aware),
    }
    return [readers.get(name) for name in columns_of(row)]


def _read(row: type[Struct], values: Sequence[Any]) -> list[Any]:
    pairs = zip(values, _readers(row), strict=True)
    return [read(value) if read and value is not None else value for value, read in pairs]


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)
