"""Moments across all sessions of a project."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from replay.api import rows
from replay.api.auth import project_scope
from replay.api.errors import ANY
from replay.api.paging import point_to_next
from replay.api.params import EventParams
from replay.api.schemas import Error, EventList
from replay.index.moments import MomentFilter, find_moments

router = Router(tags=["Events"])


@router.get(
    "/{slug:project}/events", response={200: EventList, ANY: Error}, summary="List events of all sessions, newest first"
)
def list_events(request: HttpRequest, response: HttpResponse, project: str, params: Query[EventParams]) -> rows.Row:
    wanted = MomentFilter(params.kind or "", params.person, params.q)
    page = find_moments(project_scope(request, project), wanted, cursor=params.cursor, limit=params.limit)
    point_to_next(request, response, page.next_cursor)
    return {"items": [rows.event_row(moment) for moment in page.items], "next_cursor": page.next_cursor}
