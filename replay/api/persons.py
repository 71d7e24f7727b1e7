"""Persons: the list, and one of them with every distinct_id and the latest sessions."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from replay.api import rows
from replay.api.auth import project_scope
from replay.api.errors import ANY
from replay.api.paging import point_to_next
from replay.api.params import PersonParams
from replay.api.schemas import Error, PersonDetail, PersonList
from replay.index import persons, search

router = Router(tags=["Persons"])


@router.get("/{slug:project}/persons", response={200: PersonList, ANY: Error}, summary="List persons, newest first")
def list_persons(request: HttpRequest, response: HttpResponse, project: str, params: Query[PersonParams]) -> rows.Row:
    page = persons.find_persons(project_scope(request, project), params.q, cursor=params.cursor, limit=params.limit)
    point_to_next(request, response, page.next_cursor)
    return {"items": [rows.person_row(person) for person in page.items], "next_cursor": page.next_cursor}


@router.get("/{slug:project}/persons/{uuid:person}", response={200: PersonDetail, ANY: Error}, summary="Get one person")
def get_person(request: HttpRequest, project: str, person: UUID) -> rows.Row:
    scope, now = project_scope(request, project), timezone.now()
    found = persons.get_person(scope, person)
    page = search.find_sessions(scope, now=now, person=found)
    return {
        **rows.person_row(found),
        "properties": found.properties,
        "distinct_ids": [rows.distinct_id_row(known) for known in persons.distinct_ids_of(scope, found)],
        "recent_sessions": [rows.session_row(session, now) for session in page.items],
        "sessions_cursor": page.next_cursor,
    }
