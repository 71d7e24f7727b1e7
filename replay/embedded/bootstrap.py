"""What a first start needs to be worth looking at: a demo user, a demo project, a write key. Safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from replay.accounts.models import Project, Role, User
from replay.accounts.services import add_member, create_project, live_write_key, mint_write_key

DEMO_EMAIL = "demo@playhead.example"
DEMO_PROJECT = "Demo shop"


@dataclass(frozen=True)
class Demo:
    """The demo user, the demo project, and the write key that the demo shop's snippet carries."""

    user: User
    project: Project
    write_key: str


@transaction.atomic
def bootstrap(origins: list[str]) -> Demo:
    """Make what is missing, keep what is there, and let the demo shop's origins in."""
    user = User.objects.filter(email=DEMO_EMAIL).first()
    if user is None:
        user = User.objects.create_user(DEMO_EMAIL, None, first_name="Demo")  # no password: signs in by link
    project = Project.objects.filter(memberships__user=user, name=DEMO_PROJECT).order_by("id").first()
    if project is None:
        project = create_project(user, DEMO_PROJECT)
    elif not user.memberships.filter(project=project, role=Role.OWNER).exists():
        add_member(project, user, Role.OWNER)
    missing = [origin for origin in origins if origin not in project.allowed_origins]
    if missing:
        project.allowed_origins = [*project.allowed_origins, *missing]
        project.save(update_fields=["allowed_origins"])
    key = live_write_key(project) or mint_write_key(project, label="Demo shop")
    return Demo(user, project, key.key)
