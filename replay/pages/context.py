"""What the frame around every page needs: the projects, the current one, and whether e-mail works."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from replay.accounts import gates


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the template variables of the frame. Nothing is queried for signed-out visitors."""
    user = getattr(request, "user", AnonymousUser())  # a request that failed early has none
    projects = list(gates.projects_of(user))
    project = getattr(request, "project", None)
    if project is None and projects:  # a page of no project: the frame keeps the one that one was last in
        last = request.session.get("project")
        project = next((each for each in projects if each.public_id == last), projects[0])
    return {
        "project": project,
        "projects": projects,
        "email_is_set_up": settings.EMAIL_IS_SET_UP,
        "version": settings.VERSION,
    }
