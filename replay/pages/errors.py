"""Pages for what went wrong: each says what happened, what it means, and what to do."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that makes no sense; its host may be wrong, so the page stands alone."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a member who lacks the role for this."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for an address where nothing is, or nothing that this visitor may know of."""
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer when we failed. No database, no user, no context processors: they may be what failed."""
    return render(None, "500.html", status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not prove where it came from."""
    log.warning("csrf_failed path=%s reason=%s", request.path, reason)
    return render(request, "403_csrf.html", status=403)
