"""Sessions: the list, one of them, its manifest, its moments, its bytes."""

from __future__ import annotations

import hashlib
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags
from ninja import Query, Router

from replay.api import rows
from replay.api.auth import project_scope
from replay.api.encoding import COLUMNS_TYPE, JSON_TYPE, encoded, encoding_for, media_type
from replay.api.errors import ANY, OF_SESSION, ApiError, Code
from replay.api.paging import point_to_next
from replay.api.params import MAX_SEQ, ChunkParams, ManifestParams, MomentParams, RowParams, SegmentParams, SessionParams
from replay.api.schemas import ChunkRows, Error, ManifestOut, MomentList, SessionDetail, SessionList
from replay.index import manifest, moments, read, search, segment_bytes
from replay.index.models import Session
from replay.index.times import to_ms
from replay.index.view import consistent_view
from replay.store import open_store
from replay.wire.records import MEDIA_TYPE

router = Router(tags=["Sessions"])
NOT_MODIFIED = {304: {"description": "What `If-None-Match` names is still what is recorded, and still yours to see."}}
# What was recorded is hostile: no browser may guess it to be a page.
HOSTILE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
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
    openapi_extra={"responses": NOT_MODIFIED},
)
def get_manifest(request: HttpRequest, project: str, session: UUID, params: Query[ManifestParams]) -> HttpResponse:
    """Windows, streams, segments, fresh chunks, gaps, activity and moments, all as of one instant.

    Of a long session the moments nearest to `at`, and the fresh chunks nearest to it one by one; it says what it leaves out.
    """
    found = manifest.load_manifest(project_scope(request, project), session, params.at, params.stream)
    _standing(found.session)
    now = timezone.now()
    row = rows.manifest_row(found, now)
    # Numbers that we made ourselves: encoded at once, not checked field by field.
    fresh = {"Cache-Control": ASK_AGAIN, "ETag": f'W/"{hashlib.sha256(msgspec.json.encode(row)).hexdigest()[:32]}"'}
    if fresh["ETag"].removeprefix("W/") in _etags(request):
        return HttpResponseNotModified(headers=fresh)
    body = msgspec.json.encode({**row, "server_ms": to_ms(now)})
    return HttpResponse(body, content_type="application/json", headers=fresh)


@router.get(
    "/{slug:project}/sessions/{uuid:session}/moments",
    response={200: MomentList, OF_SESSION: Error},
    summary="List a session's moments",
)
def list_moments(
    request: HttpRequest, response: HttpResponse, project: str, session: UUID, params: Query[MomentParams]
) -> rows.Row:
    """In order of time, at most 10,000 in one answer."""
    scope = project_scope(request, project)
    found = _standing(search.get_session(scope, session))
    page = moments.moments_of(scope, found, params.kind or "", cursor=params.cursor, limit=params.limit)
    point_to_next(request, response, page.next_cursor)
    return {
        "items": [rows.moment_row(moment) for moment in page.items],
        "truncated": page.next_cursor is not None,
        "next_cursor": page.next_cursor,
    }


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
            **NOT_MODIFIED,
        }
    },
)
def read_chunks(request: HttpRequest, project: str, session: UUID, stream: str, params: Query[ChunkParams]) -> HttpResponse:
    """At most 4 MiB, one record at least. A record with codec 255 stands for bytes that are missing.

    One with codec 254 says that these chunks have become a segment: ask for the manifest again.
    """
    if params.from_seq >= params.upto:
        raise ApiError(Code.BAD_RANGE)
    scope = project_scope(request, project)
    found = read.find_stream(scope, _standing(search.get_session(scope, session)), stream)
    plan = read.plan_chunks(found, params.body, params.from_seq, params.upto)
    fresh = {"Cache-Control": ASK_AGAIN, "ETag": plan.etag, "Playhead-Next-Seq": str(plan.next_seq)}
    if plan.etag and plan.etag in _etags(request):
        return HttpResponseNotModified(headers=fresh)
    reading = read.read_plan(open_store(), plan)
    return HttpResponse(
        reading.data,
        content_type=MEDIA_TYPE,
        headers={
            **(fresh if reading.is_final else {"Cache-Control": "no-store", "Playhead-Next-Seq": str(reading.next_seq)}),
            **HOSTILE,
        },
    )


@router.get(
    "/{slug:project}/sessions/{uuid:session}/streams/{slug:stream}/chunks/rows",
    response={200: ChunkRows, OF_SESSION: Error},
    summary="List a stream's chunks",
)
def list_chunks(request: HttpRequest, project: str, session: UUID, stream: str, params: Query[RowParams]) -> HttpResponse:
    """Those that no segment holds yet, at most 1,000 in one answer: for what a manifest calls `unlisted`."""
    scope = project_scope(request, project)
    with consistent_view():
        found = read.find_stream(scope, _standing(search.get_session(scope, session)), stream)
        chunks, next_seq = manifest.chunk_rows(found, params.from_seq, params.upto)
    row = {"segmented_upto": found.segmented_upto, "chunks": chunks, "next_seq": next_seq}
    return HttpResponse(msgspec.json.encode(row), content_type="application/json")


@router.get(
    "/{slug:project}/sessions/{uuid:session}/streams/{slug:stream}/segments/{int:first_seq}",
    response={OF_SESSION | {503}: Error},
    summary="Read a segment",
    openapi_extra={
        "responses": {
            200: {
                "description": "One document: `dom` in columns (the protocol's §8), or as JSON, as `log` always is.",
                "content": {
                    COLUMNS_TYPE: {"schema": {"type": "string", "format": "binary"}},
                    JSON_TYPE: {"schema": {"type": "array", "items": {"type": "object"}}},
                },
            },
            **NOT_MODIFIED,
        }
    },
)
def read_segment(
    request: HttpRequest, project: str, session: UUID, stream: str, first_seq: int, params: Query[SegmentParams]
) -> HttpResponse:
    """The segment that begins at this seq. `missing_bytes` stands for a gap of its own span; the rest plays."""
    scope = project_scope(request, project)
    found = read.find_stream(scope, _standing(search.get_session(scope, session)), stream)
    place = segment_bytes.find_range(found, min(first_seq, MAX_SEQ), params.body)
    encoding = encoding_for(request, place.codec)
    etag = f'"{place.hash.hex()[:32]}{f"-{encoding}" if encoding else ""}"'
    fresh = {"Cache-Control": ASK_AGAIN, "ETag": etag, "Vary": "Accept-Encoding"}
    if etag in _etags(request):
        return HttpResponseNotModified(headers=fresh)
    body = encoded(place.codec, segment_bytes.read_range(open_store(), place), encoding)
    coded = {"Content-Encoding": encoding} if encoding else {}
    return HttpResponse(body, content_type=media_type(place.codec), headers={**fresh, **coded, **HOSTILE})


def _etags(request: HttpRequest) -> set[str]:
    """Return what the asker has; a proxy may have called it weak."""
    return {etag.removeprefix("W/") for etag in parse_etags(request.headers.get("If-None-Match", ""))}


def _standing(session: Session) -> Session:
    """Return the session, unless it was erased."""
    if session.erased_at is not None:
        raise ApiError(Code.ERASED)
    return session
