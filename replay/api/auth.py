"""Who asks: a signed-in user by cookie, or the customer's code by a project token; and which project they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from ninja.security import HttpBearer, SessionAuth

from replay.accounts import gates
from replay.accounts.models import Project, Role, User


@dataclass(frozen=True)
class Caller:
    """Exactly one of the two: a user, or the project of a token."""

    user: User | None = None
    project: Project | None = None


class TokenAuth(HttpBearer):
    """``Authorization: Bearer pt_…``"""

    openapi_description = "A project token; make one in the project's settings."

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        project = gates.project_for_token(token)
        return Caller(project=project) if project else None


class CookieAuth(SessionAuth):
    """The cookie of somebody who is signed in; requests that change something need the CSRF token too."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        if request.headers.get("Authorization"):
            return None  # whoever shows a token means the token: a bad one is not saved by a cookie
        return Caller(user=request.user) if isinstance(request.user, User) and request.user.is_active else None


AUTH: list[Any] = [TokenAuth(), CookieAuth()]


def caller_of(request: HttpRequest) -> Caller:
    """Return whom the authentication found."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return caller


def projects_of(request: HttpRequest) -> list[Project]:
    """Return the projects that the caller may see, by name."""
    caller = caller_of(request)
    if caller.project:
        return [caller.project]
    return list(gates.projects_of(caller.user)) if caller.user else []


def project_scope(request: HttpRequest, public_id: str, *, least: Role = Role.VIEWER) -> Project:
    """Return the project, from which every query starts; raise Http404 when it is not the caller's.

    A user below the role gets PermissionDenied. A token has no role: it reads, and adds what any write key may add.
    """
    caller = caller_of(request)
    if caller.user:
        return gates.get_project(caller.user, public_id, least=least)
    if caller.project and caller.project.public_id == public_id:
        return caller.project
    raise Http404
