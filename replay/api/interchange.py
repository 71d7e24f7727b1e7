"""Sessions as files: exported while they are read, imported from parts that a worker makes a session of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import chain
from typing import Annotated, Any, Literal
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from replay.accounts.models import Project, Role
from replay.api.auth import project_scope
from replay.api.errors import ANY, OF_SESSION, ApiError, Code
from replay.api.params import Text
from replay.api.rows import Row
from replay.api.schemas import Error, ErrorBody
from replay.index import search
from replay.index.interchange import exporting, jobs
from replay.index.models import Import
from replay.index.times import to_ms
from replay.store import open_store

router = Router(tags=["Export and import"])
MOST_LISTED = 50
MOST_OFFSET = 2**40
OF_IMPORT = ANY | {403}
TAKES_BYTES = {"requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}


class ExportParams(Schema):
    """What the file holds, and how."""

    form: Literal["playhead", "rrweb", "lines"] = Field(
        "playhead", description="All of it, to import again; or rrweb events for other players, as an array or a line each."
    )
    window: Annotated[str, Field(max_length=40)] = Field("", description="Only this tab.")
    stream: Annotated[str, Field(max_length=40)] = Field("", description="Only this page load.")
    gzip: bool = Field(False, description="A `.gz` file.")


class ImportParams(Schema):
    """Which file comes."""

    name: Text = Field("", description="The file's name, as the list of imports shows it.")
    size_bytes: int = Field(0, ge=0, le=MOST_OFFSET, description="Of the whole file. 0: the body is the whole file.")
    distinct_id: Text = Field("", description="Whom the session is put under; else as the file says, else `imported`.")


class ImportRow(Schema):
    """A file on its way to become a session."""

    id: str
    name: str
    state: Literal["uploading", "waiting", "running", "done", "failed", "cancelled"]
    size_bytes: int
    received_bytes: int = Field(description="The next part begins here.")
    part_bytes: int = Field(description="How large a part had best be; at most 2 MiB.")
    progress: float = Field(description="Of what the worker does, from 0 to 1.")
    events: int
    session: str | None
    url: str | None = Field(description="Where people watch it.")
    error: ErrorBody | None
    created_at_ms: float


class ImportList(Schema):
    items: list[ImportRow]


@router.get(
    "/{slug:project}/sessions/{uuid:session}/export",
    response={OF_SESSION: Error},
    summary="Export a session as rrweb JSON",
    openapi_extra={
        "responses": {
            200: {
                "description": "The file, as it is being read. A connection that breaks before its end broke on an error.",
                "content": {
                    "application/json": {"schema": {}},
                    "application/x-ndjson": {"schema": {}},
                    "application/gzip": {"schema": {"type": "string", "format": "binary"}},
                },
            }
        }
    },
)
def export_session(request: HttpRequest, project: str, session: UUID, params: Query[ExportParams]) -> HttpResponseBase:
    """A session that still runs is exported as far as it is kept."""
    scope = project_scope(request, project)
    found = search.get_session(scope, session)
    if found.erased_at is not None:
        raise ApiError(Code.ERASED)
    wanted = exporting.Wanted(params.form, params.window, params.stream, params.gzip)
    pieces = exporting.export_session(open_store(), scope, found, wanted)
    pieces = chain([next(pieces)], pieces)  # what goes wrong at once is said by its code
    return StreamingHttpResponse(
        _each(pieces) if isinstance(request, ASGIRequest) else pieces,
        content_type=wanted.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{exporting.file_name(found, wanted)}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


async def _each(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces, each made in the request's own thread: one at a time, as the reader takes them."""
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece


@router.get("/{slug:project}/imports", response={200: ImportList, ANY: Error}, summary="List imports, newest first")
def list_imports(request: HttpRequest, project: str) -> Row:
    """At most 50; what ended a month ago is forgotten."""
    scope = project_scope(request, project)
    return {"items": [import_row(job, scope) for job in jobs.imports_of(scope)[:MOST_LISTED]]}


@router.post(
    "/{slug:project}/imports",
    response={200: ImportRow, OF_IMPORT | {409, 413, 429, 503}: Error},
    summary="Import a recording",
    openapi_extra=TAKES_BYTES,
)
def begin_import(request: HttpRequest, project: str, params: Query[ImportParams]) -> Row:
    """The body is the first part, or nothing yet; a file of up to 2 MiB may come whole, without `size_bytes`."""
    scope = project_scope(request, project, least=Role.MEMBER)
    data = _part(request)
    size = params.size_bytes or len(data)
    if size == 0:
        raise ApiError(Code.BAD_PARAMETER, "Send the file as the body, or say how large it is with size_bytes.")
    try:
        job = jobs.begin_import(scope, params.name, size, params.distinct_id, timezone.now())
    except jobs.TooLarge as error:
        raise ApiError(Code.IMPORT_TOO_LARGE, _too_large()) from error
    except jobs.TooMany as error:
        raise ApiError(Code.TOO_MANY_IMPORTS) from error
    return import_row(_add(job, 0, data) if data else job, scope)


@router.get(
    "/{slug:project}/imports/{uuid:import_id}", response={200: ImportRow, ANY: Error}, summary="Ask how far an import is"
)
def get_import(request: HttpRequest, project: str, import_id: UUID) -> Row:
    scope = project_scope(request, project)
    return import_row(jobs.find_import(scope, import_id), scope)


@router.put(
    "/{slug:project}/imports/{uuid:import_id}/parts/{int:offset}",
    response={200: ImportRow, OF_IMPORT | {409, 413, 503}: Error},
    summary="Send a part of the file",
    openapi_extra=TAKES_BYTES,
)
def put_part(request: HttpRequest, project: str, import_id: UUID, offset: int) -> Row:
    """The bytes from `offset` on. After a break, ask for `received_bytes` and go on there; a part sent twice is there once."""
    scope = project_scope(request, project, least=Role.MEMBER)
    return import_row(_add(jobs.find_import(scope, import_id), offset, _part(request)), scope)


@router.delete(
    "/{slug:project}/imports/{uuid:import_id}", response={200: ImportRow, OF_IMPORT: Error}, summary="Cancel an import"
)
def cancel_import(request: HttpRequest, project: str, import_id: UUID) -> Row:
    """What it has kept so far stays a session; one that has ended stays as it ended."""
    scope = project_scope(request, project, least=Role.MEMBER)
    return import_row(jobs.cancel(jobs.find_import(scope, import_id), timezone.now()), scope)


def _part(request: HttpRequest) -> bytes:
    data = request.read(jobs.MOST_PART_BYTES + 1)
    if len(data) > jobs.MOST_PART_BYTES:
        raise ApiError(Code.IMPORT_TOO_LARGE, "A part has at most 2 MiB. Say size_bytes, and send the file in parts.")
    return data


def _add(job: Import, offset: int, data: bytes) -> Import:
    try:
        return jobs.add_part(open_store(), job, offset, data, timezone.now())
    except jobs.TooLarge as error:
        raise ApiError(Code.IMPORT_TOO_LARGE, "The parts are more than the file was said to be.") from error
    except jobs.WrongOffset as error:
        raise ApiError(Code.WRONG_PART) from error
    except jobs.Ended as error:
        raise ApiError(Code.IMPORT_ENDED) from error


def _too_large() -> str:
    return f"The file is larger than the {settings.IMPORT_MAX_MIB} MiB that this installation imports (IMPORT_MAX_MIB)."


def import_row(job: Import, project: Project) -> dict[str, Any]:
    """Return what is told of an import."""
    return {
        "id": str(job.uuid),
        "name": job.name,
        "state": job.state,
        "size_bytes": job.size_bytes,
        "received_bytes": job.received_bytes,
        "part_bytes": jobs.PART_BYTES,
        "progress": 1.0 if job.state == Import.State.DONE else jobs.progress_of(job),
        "events": job.events,
        "session": str(job.session) if job.session else None,
        "url": f"{settings.PUBLIC_URL}/s/{project.public_id}/{job.session}" if job.session else None,
        "error": {"code": job.code, "message": job.detail} if job.code else None,
        "created_at_ms": to_ms(job.created_at),
    }
