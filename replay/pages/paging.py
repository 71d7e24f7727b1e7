"""Older and Newer: cursors only go down a list, so the address carries the way back up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest

from replay.index.cursor import Page
from replay.index.errors import BadCursor

T = TypeVar("T")
TRAIL_MOST = 30  # cursors in an address: about 1 KB; who went deeper gets back to the newest
TOP = "-"  # stands for the first page in a trail


@dataclass(frozen=True)
class Paged(Generic[T]):
    """One page of a list, and the query strings of the pages beside it (empty: there is none)."""

    items: Sequence[T]
    older: str
    newer: str
    newest: str
    is_first: bool


def paged(request: HttpRequest, find: Callable[[str | None], Page[T]], filters: dict[str, str]) -> Paged[T]:
    """Return the page that the request asks for; a cursor that we never gave out means the first page."""
    cursor = request.GET.get("cursor") or None
    trail = [each for each in request.GET.get("trail", "").split(",") if each] if cursor else []
    try:
        found = find(cursor)
    except BadCursor:
        cursor, trail = None, []
        found = find(None)
    said = {key: value for key, value in filters.items() if value}
    older = newer = ""
    if found.next_cursor:
        older = urlencode({**said, "cursor": found.next_cursor, "trail": ",".join([*trail, cursor or TOP][-TRAIL_MOST:])})
    if cursor:
        above = trail[-1] if trail else TOP
        newer = urlencode(said if above == TOP else {**said, "cursor": above, "trail": ",".join(trail[:-1])})
    return Paged(found.items, older, newer, urlencode(said), cursor is None)


def wants_list_only(request: HttpRequest) -> bool:
    """Say whether htmx asks for the list alone, to put it in place of the one that stands there."""
    htmx = request.htmx  # type: ignore[attr-defined]  # django-htmx adds it
    return bool(htmx) and not htmx.history_restore_request
