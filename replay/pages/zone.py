"""Shows times in the viewer's own zone: static/js/times.js keeps its name in a cookie."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "zone"
NAME_MOST = 60  # characters; the longest IANA name has 32


def viewer_zone(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Activate the zone that the cookie names, else UTC."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(COOKIE, "")
        try:
            zone = ZoneInfo(name) if 0 < len(name) <= NAME_MOST else None
        except (ValueError, OSError, KeyError):  # not a zone, a path, or one that this machine does not know
            zone = None
        with timezone.override(zone):
            return get_response(request)

    return middleware
