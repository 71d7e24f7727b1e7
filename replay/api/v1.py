"""Version 1 of the API: its routers, its errors, its reference."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import URLPattern, URLResolver, path, re_path
from ninja import NinjaAPI

from replay.api import assets, errors, events, interchange, persons, projects, sessions
from replay.api.auth import AUTH
from replay.api.reference import reference

api = NinjaAPI(
    title="Playhead",
    version="1",
    description="Sessions, their moments, their persons and their bytes. Times are epoch milliseconds on the server's clock.",
    auth=AUTH,
    docs_url=None,  # the bundled pages load their scripts from elsewhere; ours is reference.py
    urls_namespace="api-v1",
)
errors.install(api)
api.add_router("/projects", projects.router)
for router in (sessions.router, assets.router, interchange.router, events.router, persons.router):
    api.add_router("/projects", router)


# A long manifest shrinks eightfold. Safe from guessing by length: no answer holds a secret beside the asker's own words.
GZIP = GZipMiddleware(lambda request: HttpResponse())


def no_such_address(request: HttpRequest, **kwargs: str) -> HttpResponse:
    """Answer what is no address of ours in the same form as every other refusal."""
    return errors.refuse(errors.Code.NOT_FOUND)


def _finished(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Say a wrong method by its code too, and keep answers out of every cache that was not told otherwise."""

    @wraps(view)
    def finished(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allow = response["Allow"]
            response = errors.refuse(errors.Code.WRONG_METHOD)
            response["Allow"] = allow
        response.headers.setdefault("Cache-Control", "no-store")
        if response.headers.get("Content-Type", "").startswith("application/json"):
            response = GZIP.process_response(request, response)  # recorded bytes are compressed already
        return response

    return finished


def _finish(patterns: list[Any]) -> list[Any]:
    for pattern in patterns:
        pattern.callback = no_such_address if pattern.name == "api-root" else _finished(pattern.callback)
    return patterns


_patterns, _app_name, _namespace = api.urls
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/docs", reference(api), name="api-reference"),
    path("api/v1/", (_finish(_patterns), _app_name, _namespace)),
    re_path(r"^api/", no_such_address),
]
