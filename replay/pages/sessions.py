"""The sessions list: newest first, filtered, paged by key, and kept fresh without moving under the reader."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from replay.accounts import services
from replay.accounts.models import Project
from replay.index import search
from replay.index.errors import NotFound
from replay.index.models import Session
from replay.index.search import SessionFilter
from replay.index.times import from_micros, to_micros
from replay.pages.gate import in_project
from replay.pages.paging import paged, wants_list_only

PAGE_SIZE = 50
REFRESH_MOST = 50  # rows that one refresh renews: all that a page shows
STRAYS_MOST = 10  # rows that are looked up one by one because they are not among the newest
TEXT_MOST = 200  # characters of a filter that are looked at


def filter_of(request: HttpRequest) -> SessionFilter:
    """Return what the reader asked for in the address."""
    get = request.GET
    return SessionFilter(
        person=get.get("person", "").replace("\0", "").strip()[:TEXT_MOST],
        page=get.get("page", "").replace("\0", "").strip()[:TEXT_MOST],
        errors=get.get("errors") == "1",
        live=get.get("live") == "1",
    )


def as_query(wanted: SessionFilter) -> dict[str, str]:
    """Return the filter as it stands in an address."""
    return {key: "1" if value is True else value for key, value in asdict(wanted).items() if value}


def count(project: Project, now: datetime) -> search.Counts:
    """Return how many sessions run now and began today, in the viewer's time zone."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return search.count_sessions(project, now=now, since=midnight)


@in_project()
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """Show one page of sessions; htmx gets the list alone."""
    now = timezone.now()
    wanted = filter_of(request)
    page = paged(
        request,
        lambda cursor: search.find_sessions(project, wanted, now=now, cursor=cursor, limit=PAGE_SIZE),
        as_query(wanted),
    )
    context = {
        "wanted": wanted,
        "is_filtered": bool(as_query(wanted)),
        "page": page,
        "counts": count(project, now),
        "write_key": None if page.items else services.live_write_key(project),
        "since": to_micros(page.items[0].started_at if page.items else now),
    }
    return render(request, "pages/sessions_list.html" if wants_list_only(request) else "pages/sessions.html", context)


@in_project()
def refresh(request: HttpRequest, project: Project) -> HttpResponse:
    """Renew the rows that were live, and say how many sessions are newer; nothing else on the page moves."""
    now = timezone.now()
    wanted = filter_of(request)
    newest = search.find_sessions(project, wanted, now=now, limit=PAGE_SIZE).items
    shown = _uuids(request.GET.get("rows", ""))
    since = _time(request.GET.get("since", ""), now)
    context = {
        "rows": [row for row in newest if row.uuid in shown] + _strays(project, shown - {row.uuid for row in newest}),
        "fresh": sum(row.started_at > since and row.uuid not in shown for row in newest),
        "counts": count(project, now),
    }
    return render(request, "pages/sessions_refresh.html", context)


def _strays(project: Project, uuids: set[UUID]) -> list[Session]:
    """Return the rows that have left the newest page, or that the filter no longer finds: they ended."""
    found = []
    for uuid in list(uuids)[:STRAYS_MOST]:
        try:
            found.append(search.get_session(project, uuid))
        except NotFound:
            continue
    return found


def _uuids(text: str) -> set[UUID]:
    """Return the well-formed ids of a comma-separated list."""
    found = set()
    for word in text.split(",")[:REFRESH_MOST]:
        try:
            found.add(UUID(word))
        except ValueError:
            continue
    return found


def _time(text: str, otherwise: datetime) -> datetime:
    """Return the time of so many epoch microseconds."""
    try:
        return from_micros(int(text))
    except (ValueError, OverflowError):
        return otherwise
