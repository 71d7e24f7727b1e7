"""What can be done to a project: make it, let people in, hand out and take back keys and tokens."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from replay.accounts.gates import TOKEN_PREFIX, hash_token
from replay.accounts.models import Membership, Project, ProjectToken, Role, User, WriteKey


@transaction.atomic
def create_project(owner: User, name: str) -> Project:
    """Make a project with its owner and a first write key."""
    project = Project.objects.create(name=name)
    add_member(project, owner, Role.OWNER)
    WriteKey.mint(project, label="First key")
    return project


def add_member(project: Project, user: User, role: Role = Role.MEMBER) -> Membership:
    """Let a user into the project; somebody who is in it already gets the new role."""
    membership, _ = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    return membership


def mint_write_key(project: Project, label: str = "") -> WriteKey:
    """Make another write key for the project."""
    return WriteKey.mint(project, label=label)


def live_write_key(project: Project) -> WriteKey | None:
    """Return the oldest key that still works: the one that the snippet shows."""
    return project.write_keys.filter(revoked_at=None).order_by("id").first()


def revoke_write_key(project: Project, key_id: int) -> bool:
    """Take a write key back; what it wrote stays. Say whether there was one to revoke."""
    return bool(project.write_keys.filter(pk=key_id, revoked_at=None).update(revoked_at=timezone.now()))


def mint_token(project: Project, name: str, user: User | None = None) -> str:
    """Make a token that reads the API of the project, and return it: this is the only time it is seen."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    ProjectToken.objects.create(project=project, name=name, token_hash=hash_token(token), hint=token[-4:], created_by=user)
    return token


def revoke_token(project: Project, token_id: int) -> bool:
    """Take a token back. Say whether there was one to revoke."""
    return bool(project.tokens.filter(pk=token_id, revoked_at=None).update(revoked_at=timezone.now()))
