"""The front door of everything that is HTTP, beside ingest (see asgi.py)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from replay.pages import stage

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("replay.ingest.recorder")),
    path("", include("replay.api.v1")),
    path("", include("replay.pages.urls")),
    path("player/stage", stage.stage, name="stage"),
    re_path(r"^player/assets/(?P<given>[\w.-]{20,200})/(?P<digest>[0-9a-f]{64})\Z", stage.asset, name="asset"),
]

handler400 = "replay.pages.errors.bad_request"
handler403 = "replay.pages.errors.forbidden"
handler404 = "replay.pages.errors.not_found"
handler500 = "replay.pages.errors.broken"
