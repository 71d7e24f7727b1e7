"""Who visited: the list of persons, and one person with every distinct_id and session."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from replay.accounts import services
from replay.accounts.models import Project
from replay.index.errors import NotFound
from replay.index.persons import distinct_ids_of, find_persons, get_person
from replay.index.search import find_sessions
from replay.pages.gate import in_project
from replay.pages.paging import paged, wants_list_only

PAGE_SIZE = 50
TEXT_MOST = 200  # characters of a filter that are looked at


@in_project()
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """Show one page of persons; htmx gets the list alone."""
    q = request.GET.get("q", "").replace("\0", "").strip()[:TEXT_MOST]
    page = paged(request, lambda cursor: find_persons(project, q, cursor=cursor, limit=PAGE_SIZE), {"q": q})
    context = {"q": q, "page": page, "write_key": None if page.items else services.live_write_key(project)}
    return render(request, "pages/persons_list.html" if wants_list_only(request) else "pages/persons.html", context)


@in_project()
def detail(request: HttpRequest, project: Project, person: UUID) -> HttpResponse:
    """Show who this is, and what we have of them."""
    try:
        found = get_person(project, person)
    except NotFound as error:
        raise Http404 from error
    now = timezone.now()
    page = paged(
        request,
        lambda cursor: find_sessions(project, now=now, person=found, cursor=cursor, limit=PAGE_SIZE),
        {},
    )
    context = {
        "person": found,
        "first_seen": min(filter(None, [found.created_at, page.items[-1].started_at if page.items else None])),
        "properties": sorted(found.properties.items()) if isinstance(found.properties, dict) else [],
        "distinct_ids": distinct_ids_of(project, found),
        "page": page,
    }
    return render(request, "pages/person.html", context)
