"""Where a list goes on, said in a header too: clients that follow ``Link`` need not know our fields."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def point_to_next(request: HttpRequest, response: HttpResponse, cursor: str | None) -> None:
    """Add ``Link: <…>; rel="next"`` with the same filters, unless this was the last page."""
    if cursor:
        query = request.GET.copy()
        query["cursor"] = cursor
        response["Link"] = f'<{settings.PUBLIC_URL}{request.path}?{query.urlencode()}>; rel="next"'
