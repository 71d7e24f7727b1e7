"""Version 1 of the API: its routers, its errors, its reference."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from ninja import NinjaAPI

from replay.api import errors, events, persons, projects, sessions
from replay.api.auth import AUTH

api = NinjaAPI(
    title="Playhead",
    version="1",
    description="Sessions, their moments, their persons and their bytes. Times are epoch milliseconds on the server's clock.",
    auth=AUTH,
    docs_url=None,  # the bundled pages load their scripts from elsewhere
    urls_namespace="api-v1",
)
errors.install(api)
api.add_router("/projects", projects.router)
for router in (sessions.router, events.router, persons.router):
    api.add_router("/projects", router)


def no_such_address(request: HttpRequest) -> HttpResponse:
    """Answer what is no address of ours in the same form as every other refusal."""
    return errors.refuse(errors.Code.NOT_FOUND)


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    re_path(r"^api/", no_such_address),
]
