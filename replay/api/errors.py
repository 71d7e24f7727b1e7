"""Refusals: each has a code that programs can rely on, a status, and a sentence for people."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from replay.index.errors import BadCursor, MissingBytes, NotFound
from replay.store.base import StoreUnavailable
from replay.wire.bodies import BadBody

log = logging.getLogger(__name__)


class Code(StrEnum):
    """What can go wrong with a request."""

    BAD_PARAMETER = "bad_parameter"
    BAD_CURSOR = "bad_cursor"
    BAD_RANGE = "bad_range"
    NOT_SIGNED_IN = "not_signed_in"
    BAD_TOKEN = "bad_token"
    BAD_CSRF = "bad_csrf"
    NOT_FOUND = "not_found"
    MISSING_BYTES = "missing_bytes"
    WRONG_METHOD = "wrong_method"
    NOT_ALLOWED = "not_allowed"
    WRONG_PART = "wrong_part"
    IMPORT_ENDED = "import_ended"
    ERASED = "erased"
    IMPORT_TOO_LARGE = "import_too_large"
    TOO_MANY_IMPORTS = "too_many_imports"
    STORE_UNAVAILABLE = "store_unavailable"
    INDEX_UNAVAILABLE = "index_unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True)
class Refusal:
    """How a code is said."""

    status: int
    message: str


REFUSALS: dict[Code, Refusal] = {
    Code.BAD_PARAMETER: Refusal(400, "A parameter cannot be used."),
    Code.BAD_CURSOR: Refusal(400, "This cursor was not given out here. Begin again without one."),
    Code.BAD_RANGE: Refusal(400, "The range is empty. Say from < upto."),
    Code.NOT_SIGNED_IN: Refusal(401, "Sign in, or send a project token as 'Authorization: Bearer pt_…'."),
    Code.BAD_TOKEN: Refusal(401, "This token is unknown or was revoked."),
    Code.BAD_CSRF: Refusal(403, "The request did not come from our own pages. Reload the page and try again."),
    Code.NOT_FOUND: Refusal(404, "There is nothing here, or nothing that you may see."),
    Code.MISSING_BYTES: Refusal(404, "These bytes are gone, or are not those that were recorded. The rest plays."),
    Code.WRONG_METHOD: Refusal(405, "This address does not answer that method."),
    Code.NOT_ALLOWED: Refusal(403, "Your role in this project does not allow that. A member may."),
    Code.WRONG_PART: Refusal(409, "This is not the part that comes next. Ask for received_bytes, and go on there."),
    Code.IMPORT_ENDED: Refusal(409, "The import takes no more parts: all are there, or it has ended."),
    Code.IMPORT_TOO_LARGE: Refusal(413, "The file is larger than this installation imports."),
    Code.TOO_MANY_IMPORTS: Refusal(429, "20 imports of this project have not ended yet. Wait for one, or cancel one."),
    Code.ERASED: Refusal(410, "This session was erased; its recording is gone for good."),
    Code.STORE_UNAVAILABLE: Refusal(503, "The recording cannot be read right now. It is not lost; try again shortly."),
    Code.INDEX_UNAVAILABLE: Refusal(503, "The database does not answer right now. Nothing is lost; try again shortly."),
    Code.INTERNAL: Refusal(500, "This is our mistake. It was written to the server's log."),
}


class ApiError(Exception):
    """A request that we refuse, with a more exact sentence where there is one."""

    def __init__(self, code: Code, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def refuse(code: Code, message: str = "") -> HttpResponse:
    """Return the answer that says no. It is never cached: what is refused now may be there in a second."""
    refusal = REFUSALS[code]
    response = JsonResponse({"error": {"code": code.value, "message": message or refusal.message}}, status=refusal.status)
    response["Cache-Control"] = "no-store"
    if refusal.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if refusal.status == 503:
        response["Retry-After"] = "2"
    return response


# Which statuses an operation may answer, for the OpenAPI description.
ANY = frozenset({400, 401, 404})
OF_SESSION = ANY | {410}


def install(api: NinjaAPI) -> None:
    """Give every error that a view may raise its code."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        ApiError: lambda request, error: refuse(error.code, error.message),
        ValidationError: lambda request, error: refuse(Code.BAD_PARAMETER, _which(error)),
        BadCursor: lambda request, error: refuse(Code.BAD_CURSOR),
        AuthenticationError: lambda request, error: refuse(_why_not_signed_in(request)),
        HttpError: lambda request, error: refuse(Code.BAD_CSRF if error.status_code == 403 else Code.BAD_PARAMETER),
        PermissionDenied: lambda request, error: refuse(Code.NOT_ALLOWED),
        Http404: lambda request, error: refuse(Code.NOT_FOUND),
        MissingBytes: lambda request, error: refuse(Code.MISSING_BYTES),
        BadBody: lambda request, error: refuse(Code.MISSING_BYTES),
        NotFound: lambda request, error: refuse(Code.NOT_FOUND),
        StoreUnavailable: lambda request, error: refuse(Code.STORE_UNAVAILABLE),
        OperationalError: lambda request, error: refuse(Code.INDEX_UNAVAILABLE),
        InterfaceError: lambda request, error: refuse(Code.INDEX_UNAVAILABLE),
        Exception: _internal,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _internal(request: HttpRequest, error: Exception) -> HttpResponse:
    """Write down what we did not foresee. The address holds ids, and filters that are no recorded content."""
    log.error("api.failed path=%s", request.path, exc_info=error)
    return refuse(Code.INTERNAL)


def _which(error: ValidationError) -> str:
    """Name the first parameter at fault and why. What was sent is not echoed."""
    first = error.errors[0]
    why = first["msg"].removeprefix("Value error, ")  # how pydantic announces what our own checks say
    return f"The parameter {first['loc'][-1]!r} cannot be used: {why[:1].lower()}{why[1:]}."


def _why_not_signed_in(request: HttpRequest) -> Code:
    return Code.BAD_TOKEN if request.headers.get("Authorization") else Code.NOT_SIGNED_IN
