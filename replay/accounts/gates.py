"""The gates: they turn a user or a token into the projects that it may see; every query starts behind one.

A project that the caller may not see does not exist for them: strangers get ``Http404``, never "forbidden".
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from replay.accounts.models import Membership, Project, ProjectToken, Role, User

TOKEN_PREFIX = "pt_"
TOKEN_MAX_CHARS = 100  # a longer one was never ours: do not hash it
TOUCH_EVERY = timedelta(minutes=5)  # "last used" is for people: it need not cost a write per request
RANK = {Role.VIEWER: 0, Role.MEMBER: 1, Role.ADMIN: 2, Role.OWNER: 3}


def projects_of(user: User | AnonymousUser) -> QuerySet[Project]:
    """Return the projects that this user is in, by name."""
    if not isinstance(user, User) or not user.is_active:
        return Project.objects.none()
    return Project.objects.filter(memberships__user=user).order_by("name", "id")


def get_project(user: User | AnonymousUser, public_id: str, *, least: Role = Role.VIEWER) -> Project:
    """Return the user's project. A stranger gets Http404; a member below this role gets PermissionDenied."""
    project = projects_of(user).filter(public_id=public_id).first()
    if project is None:
        raise Http404
    if least is not Role.VIEWER and not has_role(user, project, least):
        raise PermissionDenied
    return project


def role_of(user: User | AnonymousUser, project: Project) -> Role | None:
    """Return the user's role in the project, or None for a stranger."""
    if not isinstance(user, User):
        return None
    membership = Membership.objects.filter(user=user, project=project).first()
    return Role(membership.role) if membership else None


def has_role(user: User | AnonymousUser, project: Project, least: Role) -> bool:
    """Say whether the user's role in the project is this one or a higher one."""
    role = role_of(user, project)
    return role is not None and RANK[role] >= RANK[least]


def hash_token(token: str) -> str:
    """Return what is kept of a token. Tokens are long and random, so one round of SHA-256 is enough.

    >>> hash_token("pt_x")[:8]
    '5c99bd02'
    """
    return hashlib.sha256(token.encode()).hexdigest()


def project_for_token(bearer: str) -> Project | None:
    """Return the project that a ``pt_…`` token reads, or None when it is unknown or revoked."""
    if not bearer.startswith(TOKEN_PREFIX) or len(bearer) > TOKEN_MAX_CHARS:
        return None
    found = ProjectToken.objects.select_related("project").filter(token_hash=hash_token(bearer), revoked_at=None).first()
    if found is None:
        return None
    now = timezone.now()
    if found.last_used_at is None or now - found.last_used_at > TOUCH_EVERY:
        ProjectToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.project
