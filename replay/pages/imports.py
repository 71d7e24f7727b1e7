"""Bringing recordings from files: where they are dropped, and what became of those before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from replay.accounts.models import Project, Role
from replay.index.errors import NotFound
from replay.index.interchange import jobs
from replay.index.models import Import
from replay.pages.gate import in_project
from replay.pages.paging import wants_list_only

SHOWN = 20
MIB = 1024 * 1024


@in_project(Role.MEMBER)
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show where to drop a file, and the imports before; htmx gets those alone."""
    listed = _listed(project)
    if wants_list_only(request):
        return render(request, "pages/imports_list.html", listed)
    most = {"most_bytes": jobs.most_bytes(), "most_mib": settings.IMPORT_MAX_MIB}
    return render(request, "pages/import.html", listed | most)


@require_POST
@in_project(Role.MEMBER)
def cancel(request: HttpRequest, project: Project, import_id: UUID) -> HttpResponse:
    """End an import that has not ended."""
    try:
        jobs.cancel(jobs.find_import(project, import_id), timezone.now())
    except NotFound as error:
        raise Http404 from error
    if wants_list_only(request):
        return render(request, "pages/imports_list.html", _listed(project))
    return redirect("import", project.public_id)


def _listed(project: Project) -> dict[str, Any]:
    rows = list(jobs.imports_of(project)[:SHOWN])
    for row in rows:
        row.percent, row.said = _percent(row), f"{row.events:,}"  # type: ignore[attr-defined]  # for the template
    return {"imports": rows, "is_busy": any(row.state not in jobs.ENDED for row in rows)}


def _percent(row: Import) -> int:
    """Return how far its present state is."""
    if row.state == Import.State.UPLOADING:
        return int(100 * row.received_bytes / max(row.size_bytes, 1))
    return int(100 * jobs.progress_of(row))
