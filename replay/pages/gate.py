"""The first line of every view: who asks, and for which project."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from replay.accounts import gates
from replay.accounts.models import Project, Role

P = ParamSpec("P")
View = Callable[..., HttpResponse]
ProjectView = Callable[Concatenate[HttpRequest, Project, P], HttpResponse]


def in_project(least: Role = Role.VIEWER) -> Callable[[ProjectView[P]], View]:
    """Call the view with the project of the address; ask strangers to sign in, tell outsiders 404."""

    def wrap(view: ProjectView[P]) -> View:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, public_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
            project = gates.get_project(request.user, public_id, least=least)
            request.project = project  # type: ignore[attr-defined]  # the frame around the page shows it
            if request.session.get("project") != project.public_id:
                request.session["project"] = project.public_id  # the one to come back to
            response = view(request, project, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "private, no-store")  # recorded lives: no shared cache, no back
            return response

        return guarded

    return wrap
