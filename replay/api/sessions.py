"""Sessions: the list, one of them, its manifest, its moments, its bytes."""

from __future__ import annotations

from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags
from ninja import Query, Router

from replay.api import rows
from replay.api.auth import project_scope
from replay.api.errors import ANY, OF_SESSION, ApiError, Code
from replay.api.paging import point_to_next
from replay.api.params import ChunkParams, MomentParams, SessionParams
from replay.api.schemas import Error, ManifestOut, MomentList, SessionDetail, SessionList
from replay.index import manifest, moments, read, search
from replay.index.models import Session
from replay.store import open_store
from replay.wire.records import MEDIA_TYPE

router = Router(tags=["Sessions"])
ASK_AGAIN = "private, no-cache"  # the bytes never change; who may see them does: erased, signed out, no longer on the team


@router.get("/{slug:project}/sessions", response={200: SessionList, ANY: Error}, summary="List sessions, newest first")
def list_sessions(request: HttpRequest, response: HttpResponse, project: str, params: Query[SessionParams]) -> rows.Row:
    scope, now = project_scope(request, project), timezone.now()
    wanted = search.SessionFilter(params.person, params.page, params.errors, params.live)
    page = search.find_sessions(scope, wanted, now=now, cursor=params.cursor, limit=params.limit)
    counts = search.count_sessions(scope, now=now, since=params.day_start(now))
    point_to_next(request, response, page.next_cursor)
    return {
        "items": [rows.session_row(session, now) for session in page.items],
        "next_cursor": page.next_cursor,
        "live": counts.live,
        "today": counts.today,
    }


@router.get(
    "/{slug:project}/sessions/{uuid:session}", response={200: SessionDetail, OF_SESSION: Error}, summary="Get one session"
)
def get_session(request: HttpRequest, project: str, session: UUID) -> rows.Row:
    scope = project_scope(request, project)
    found = _standing(search.get_session(scope, session))
    return rows.session_detail(found, search.streams_of(scope, found), timezone.now())


@router.get(
    "/{slug:project}/sessions/{uuid:session}/manifest",
    response={200: ManifestOut, OF_SESSION: Error},
    summary="Get what a player loads first",
)
def get_manifest(request: HttpRequest, project: str, session: UUID) -> HttpResponse:
    """Windows, streams, chunks, gaps, activity and moments, all as of one instant."""
    found = manifest.load_manifest(project_scope(request, project), session)
    _standing(found.session)
    # Up to megabytes of numbers that we made ourselves: encoded at once, not checked field by field.
    return HttpResponse(msgspec.json.encode(rows.manifest_row(found, timezone.now())), content_type="application/json")


@router.get(
    "/{slug:project}/sessions/{uuid:session}/moments",
    response={200: MomentList, OF_SESSION: Error},
    summary="List a session's moments",
)
def list_moments(request: HttpRequest, project: str, session: UUID, params: Query[MomentParams]) -> rows.Row:
    """In order of time, at most 10,000."""
    scope = project_scope(request, project)
    found = _standing(search.get_session(scope, session))
    listed, truncated = moments.moments_of(scope, found, params.kind or "")
    return {"items": [rows.moment_row(moment) for moment in listed], "truncated": truncated}


@router.get(
    "/{slug:project}/sessions/{uuid:session}/streams/{slug:stream}/chunks",
    response={OF_SESSION | {503}: Error},
    summary="Read recorded bytes",
    openapi_extra={
        "responses": {
            200: {
                "description": "Records one after the other (the protocol's §7). `Playhead-Next-Seq` says where to go on.",
                "headers": {"Playhead-Next-Seq": {"schema": {"type": "integer"}}},
                "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            },
            304: {"description": "What `If-None-Match` names is still what is recorded, and still yours to see."},
        }
    },
)
def read_chunks(request: HttpRequest, project: str, session: UUID, stream: str, params: Query[ChunkParams]) -> HttpResponse:
    """At most 4 MiB, one record at least. A record with codec 255 stands for bytes that are missing."""
    if params.from_seq >= params.upto:
        raise ApiError(Code.BAD_RANGE)
    scope = project_scope(request, project)
    found = read.find_stream(scope, _standing(search.get_session(scope, session)), stream)
    plan = read.plan_chunks(found, params.body, params.from_seq, params.upto)
    fresh = {"Cache-Control": ASK_AGAIN, "ETag": plan.etag, "Playhead-Next-Seq": str(plan.next_seq)}
    if plan.etag in _etags(request):
        return HttpResponseNotModified(headers=fresh)
    reading = read.read_plan(open_store(), plan)
    return HttpResponse(
        reading.data,
        content_type=MEDIA_TYPE,
        headers={
            **(fresh if reading.is_final else {"Cache-Control": "no-store", "Playhead-Next-Seq": str(reading.next_seq)}),
            # What was recorded is hostile: no browser may guess it to be a page.
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": "attachment",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def _etags(request: HttpRequest) -> set[str]:
    """Return what the asker has; a proxy may have called it weak."""
    return {etag.removeprefix("W/") for etag in parse_etags(request.headers.get("If-None-Match", ""))}


def _standing(session: Session) -> Session:
    """Return the session, unless it was erased."""
    if session.erased_at is not None:
        raise ApiError(Code.ERASED)
    return session
