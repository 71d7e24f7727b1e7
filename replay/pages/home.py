"""The front door: back to the project one was last in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from replay.accounts import gates
from replay.accounts.models import Project
from replay.pages.gate import in_project


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Go to the sessions of the last project, else of the first; say so when there is none."""
    projects = list(gates.projects_of(request.user))
    if not projects:
        return render(request, "pages/no_project.html")
    last = request.session.get("project")
    project = next((each for each in projects if each.public_id == last), projects[0])
    return redirect("sessions", project.public_id)


@in_project()
def project_home(request: HttpRequest, project: Project) -> HttpResponse:
    """Go to the project's sessions."""
    return redirect("sessions", project.public_id)
