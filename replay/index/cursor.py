"""Keyset cursors: where a newest-first list goes on, however much arrives above it meanwhile."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from replay.index.errors import BadCursor
from replay.index.times import from_micros, to_micros

MAX_CURSOR_CHARS = 64  # two numbers in base64 need 52 at most
MAX_ID = 2**63 - 1  # what the databases can compare
PLAIN = re.compile(rb"(\d{1,18})\.(\d{1,19})")

T = TypeVar("T")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list, and the cursor that asks for those after them (None: there are none)."""

    items: Sequence[T]
    next_cursor: str | None


def encode_cursor(at: datetime, row_id: int) -> str:
    """Return the cursor that goes on below this row.

    >>> encode_cursor(from_micros(1000007), 5)
    'MTAwMDAwNy41'
    """
    return base64.urlsafe_b64encode(f"{to_micros(at)}.{row_id}".encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> tuple[datetime, int]:
    """Return the time and id in a cursor; raise BadCursor for anything else.

    >>> decode_cursor("MTAwMDAwNy41")[1]
    5
    """
    if len(cursor) > MAX_CURSOR_CHARS:
        raise BadCursor(cursor[:MAX_CURSOR_CHARS])
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadCursor(cursor) from error
    found = PLAIN.fullmatch(plain)
    if found is None or int(found[2]) > MAX_ID:
        raise BadCursor(cursor)
    try:
        return from_micros(int(found[1])), int(found[2])
    except OverflowError as error:
        raise BadCursor(cursor) from error


def take_page(rows: QuerySet[M], field: str, cursor: str | None, limit: int, at: Callable[[M], datetime]) -> Page[M]:
    """Return the next ``limit`` rows, newest first by (field, id), in one query."""
    if cursor:
        when, row_id = decode_cursor(cursor)
        # The first condition alone bounds the index scan; the second settles rows of the same microsecond.
        rows = rows.filter(Q(**{f"{field}__lte": when}), Q(**{f"{field}__lt": when}) | Q(id__lt=row_id))
    found = list(rows.order_by(f"-{field}", "-id")[: limit + 1])
    items = found[:limit]
    more = len(found) > limit
    return Page(items, encode_cursor(at(items[-1]), items[-1].pk) if more else None)
