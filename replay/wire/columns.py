"""Columns: a list of rrweb events as one small document, and back (SPEC §8).

Comes in: any list of JSON values; rrweb's are small. Goes out: a JSON document that says all it needs, at most as deep as
what it holds. Lossless. Twin of recorder_js/src/wire/columns.ts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from replay.wire import documents, limits
from replay.wire.columns_reader import BadColumns, Reader
from replay.wire.columns_writer import Unspeakable, Writer
from replay.wire.uncollected import uncollected

__all__ = ["BadColumns", "decode", "encode"]

PLAIN: Final = 0  # form: the events as they are
COLUMNS: Final = 1  # form: columns, by the first table of columns_table.py


def encode(events: Sequence[Any]) -> bytes:
    """Return the events as a columns document. Raises BadColumns for what JSON cannot say."""
    writer = Writer()
    try:
        with uncollected():
            if events:
                writer.column(list(events))
            return documents.write([COLUMNS, len(events), "".join(writer.kinds), writer.shapes, *writer.payloads])
    except (Unspeakable, documents.BadDocument) as error:
        raise BadColumns(str(error)) from error


def decode(document: bytes, *, most_bytes: int = limits.MAX_EVENT_RAW_BYTES) -> list[Any]:
    """Return the events of a document, or raise BadColumns; as JSON they may have ``most_bytes``, about."""
    if len(document) > most_bytes:
        raise BadColumns("too large")
    try:
        with uncollected():
            return _events(documents.read(document), most_bytes)
    except documents.BadDocument as error:
        raise BadColumns(str(error)) from error


def _events(read: Any, most_bytes: int) -> list[Any]:
    match read:
        case [form, [*events]] if type(form) is int and form == PLAIN:
            return events
        case [form, count, str(kinds), [*shapes], *payloads] if type(form) is type(count) is int and form == COLUMNS:
            return Reader(kinds, shapes, payloads, most_bytes).events(count)
    raise BadColumns("of no known form")
