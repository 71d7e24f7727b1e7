"""The front door of everything that is HTTP, beside ingest (see asgi.py)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("replay.api.v1")),
]
