"""The ledger's operations on PostgreSQL: one statement each, however many rows.

Rows travel as one JSON text, which msgspec writes and the server takes apart: a quarter of what arrays or VALUES cost the
web process, and the statement's text is the same whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, get_args, get_origin
from uuid import UUID

import msgspec
import psycopg
from django.db import connection
from msgspec import Struct
from msgspec.structs import fields

from replay.index.rows import SessionKey, SessionRow, StreamKey, StreamRow
from replay.index.sql import BIRTHS, PROJECTS, TABLES, Database, Tuples, columns_of

_TYPES: Final[dict[Any, str]] = {
    int: "bigint",
    float: "double precision",
    str: "text",
    bytes: "text",  # base64
    datetime: "timestamptz",
    UUID: "uuid",
}
_encode: Final = msgspec.json.Encoder().encode
_activity: Final = msgspec.json.Decoder(list[int])
_properties: Final = msgspec.json.Decoder(dict[str, Any])


class PostgreSQL(Database):
    for_update = " FOR UPDATE"

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            cursor.execute(sql, values or None)

    def rows(self, sql: str, values: Sequence[Any]) -> Tuples:
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def insert(self, row: type[Struct], rows: Sequence[Any], returned: Sequence[str]) -> Tuples:
        sql = _insert_sql(row, tuple(returned))
        if returned:
            return self.rows(sql, (_json(rows),))
        self.execute(sql, (_json(rows),))
        return []

    def lock_sessions(self, keys: Sequence[SessionKey]) -> list[SessionRow]:
        found = self.rows(_LOCK_SESSIONS, ([project_id for project_id, _ in keys], [str(uuid) for _, uuid in keys]))
        return [_session(*row) for row in found]

    def lock_streams(self, keys: Sequence[StreamKey]) -> list[StreamRow]:
        columns = zip(*keys, strict=True)
        return [StreamRow(*values) for values in self.rows(_LOCK_STREAMS, [list(column) for column in columns])]

    def save(self, row: type[Struct], rows: Sequence[Any], changes: Sequence[str]) -> None:
        self.execute(_save_sql(row, tuple(changes)), (_json(rows),))

    def value(self, value: Any) -> Any:
        return value

    def uuid(self, value: Any) -> Any:
        return value


def _json(rows: Sequence[Any]) -> str:
    return _encode(rows).decode()


def _session(*values: Any) -> SessionRow:
    *plain, activity, properties, pk = values
    told: list[Any] = [*plain, _activity.decode(activity), _properties.decode(properties), pk]
    return SessionRow(*told)


def _hints(row: type[Struct]) -> dict[str, Any]:
    """Return the kind of each column that a row can hold, with those of its birth."""
    told = [field for field in fields(row) if field.name != "birth"]
    return {field.name: field.type for field in [*told, *(fields(BIRTHS[row]) if row in BIRTHS else ())]}


def _type(hint: Any) -> str:
    if get_origin(hint) in (dict, list):
        return "jsonb"
    return _TYPES[next((one for one in get_args(hint) if one in _TYPES), hint)]  # "int | None" is an int


def _records(hints: dict[str, Any], names: Sequence[str]) -> str:
    return f"json_to_recordset(%s::json) AS r({', '.join(f'{name} {_type(hints[name])}' for name in names)})"


@cache
def _insert_sql(row: Any, returned: tuple[str, ...]) -> str:
    hints = _hints(row)
    names = [name for name in hints if name != "id"]
    values = ", ".join(f"decode(r.{name}, 'base64')" if hints[name] is bytes else f"r.{name}" for name in names)
    sql = f"INSERT INTO {TABLES[row]} ({', '.join(names)}) SELECT {values} FROM {_records(hints, names)}"
    if row is SessionRow:
        sql += f" WHERE EXISTS (SELECT 1 FROM {PROJECTS} p WHERE p.id = r.project_id)"
    return f"{sql} ON CONFLICT DO NOTHING" + (f" RETURNING {', '.join(returned)}" if returned else "")


@cache
def _save_sql(row: Any, changes: tuple[str, ...]) -> str:
    changed = ", ".join(f"{name} = r.{name}" for name in changes)
    records = _records(_hints(row), ("id", "project_id", *changes))
    return f"UPDATE {TABLES[row]} t SET {changed} FROM {records} WHERE t.id = r.id AND t.project_id = r.project_id"


def _columns(row: type[Struct]) -> str:
    return ", ".join(f"t.{name}" for name in columns_of(row))


_LOCK_SESSIONS: Final = (
    f"SELECT {_columns(SessionRow)} FROM replay_session t"
    " JOIN unnest(%s::bigint[], %s::uuid[]) AS k(project_id, uuid) ON t.project_id = k.project_id AND t.uuid = k.uuid"
    " ORDER BY t.id FOR NO KEY UPDATE OF t"
)
_LOCK_STREAMS: Final = (
    f"SELECT {_columns(StreamRow)} FROM replay_stream t"
    " JOIN unnest(%s::bigint[], %s::bigint[], %s::text[]) AS k(project_id, session_id, stream_id)"
    " ON t.project_id = k.project_id AND t.session_id = k.session_id AND t.stream_id = k.stream_id"
    " ORDER BY t.id FOR NO KEY UPDATE OF t"
)
