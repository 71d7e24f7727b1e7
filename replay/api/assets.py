"""A session's stylesheets, fonts and images: which there are, which are missing, and their bytes."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from ninja import Router, Schema
from pydantic import Field

from replay.api.auth import project_scope
from replay.api.errors import ANY, OF_SESSION, ApiError, Code
from replay.api.rows import Row
from replay.api.schemas import Error, MissingAsset
from replay.index import assets, search
from replay.index.errors import NotFound
from replay.store import open_store

router = Router(tags=["Assets"])
HASH_CHARS = 64
ASK_AGAIN = "private, no-cache"  # the bytes never change; who may see them does


class AssetList(Schema):
    """What a session shows. A place is [hash, kind, url, bytes]; a stylesheet that stands in the recording has no url."""

    kept: list[tuple[str, str, str, int]]
    missing: list[MissingAsset] = Field(description="What the replay has to do without, and why.")


@router.get(
    "/{slug:project}/sessions/{uuid:session}/assets",
    response={200: AssetList, OF_SESSION: Error},
    summary="List a session's stylesheets, fonts and images",
)
def list_assets(request: HttpRequest, project: str, session: UUID) -> Row:
    scope = project_scope(request, project)
    found = search.get_session(scope, session)
    if found.erased_at is not None:
        raise ApiError(Code.ERASED)
    shown = assets.assets_of(scope, found)
    return {"kept": shown.kept, "missing": [missing._asdict() for missing in shown.missing]}


@router.get(
    "/{slug:project}/sessions/{uuid:session}/assets/{slug:hash}",
    response={ANY: Error},
    summary="Read a stylesheet, font or image",
    openapi_extra={
        "responses": {
            200: {
                "description": "The bytes as the page had them.",
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        }
    },
)
def read_asset(request: HttpRequest, project: str, session: UUID, hash: str) -> HttpResponse:  # noqa: A002  # its name in the path
    """An attachment, whatever it is: nothing of it is to be opened as a page."""
    scope = project_scope(request, project)
    found = search.get_session(scope, session)
    if found.erased_at is not None:
        raise ApiError(Code.ERASED)
    asset = assets.find_asset(scope.pk, found.pk, digest_of(hash))
    headers = {"Cache-Control": ASK_AGAIN, "ETag": f'"{hash}"'}
    if request.headers.get("If-None-Match", "").removeprefix("W/") == headers["ETag"]:
        return HttpResponseNotModified(headers=headers)
    try:
        data = assets.read_asset(open_store(), scope, asset)
    except NotFound as error:
        raise ApiError(Code.MISSING_BYTES) from error
    guards = {
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return HttpResponse(data, content_type=asset.media_type, headers=headers | guards)


def digest_of(text: str) -> bytes:
    """Return the hash that an address names; Http404 where it is none.

    >>> digest_of("00" * 32) == bytes(32)
    True
    """
    if len(text) != HASH_CHARS or not set(text) <= set("0123456789abcdef"):
        raise Http404
    return bytes.fromhex(text)
