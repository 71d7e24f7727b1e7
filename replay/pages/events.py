"""The events page: moments of all sessions, newest first; each opens its replay five seconds before."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from replay.accounts import services
from replay.accounts.models import Project
from replay.index.moments import MomentFilter, find_moments
from replay.pages.gate import in_project
from replay.pages.paging import paged, wants_list_only
from replay.pages.words import KINDS

PAGE_SIZE = 100
TEXT_MOST = 200  # characters of a filter that are looked at


@in_project()
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """Show one page of events; htmx gets the list alone."""
    said = {key: request.GET.get(key, "").replace("\0", "").strip()[:TEXT_MOST] for key in ("kind", "q", "person")}
    if said["kind"] not in KINDS:
        said["kind"] = ""
    wanted = MomentFilter(kind=said["kind"], text=said["q"], person=said["person"])
    page = paged(request, lambda cursor: find_moments(project, wanted, cursor=cursor, limit=PAGE_SIZE), said)
    context = {
        "kinds": KINDS,
        "said": said,
        "is_filtered": any(said.values()),
        "page": page,
        "write_key": None if page.items else services.live_write_key(project),
    }
    return render(request, "pages/events_list.html" if wants_list_only(request) else "pages/events.html", context)
