"""The gates: Alice and Bob see the shop, Charlie sees that there is nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from replay.accounts import gates, services
from replay.accounts.models import Project, ProjectToken, Role, User


def test_members_see_their_project_and_nothing_else(
    alice: User, bob: User, charlie: User, project: Project, other_project: Project
) -> None:
    assert [each.name for each in gates.projects_of(alice)] == ["Shop"]
    assert [each.name for each in gates.projects_of(bob)] == ["Shop"]
    assert [each.name for each in gates.projects_of(charlie)] == ["Elsewhere"]
    assert not gates.projects_of(AnonymousUser())


def test_strangers_get_404_and_not_a_hint(charlie: User, project: Project) -> None:
    for user in (charlie, AnonymousUser()):
        with pytest.raises(Http404):
            gates.get_project(user, project.public_id)


def test_a_closed_account_sees_nothing(bob: User, project: Project) -> None:
    bob.is_active = False
    with pytest.raises(Http404):
        gates.get_project(bob, project.public_id)


def test_a_member_below_the_role_is_refused(alice: User, bob: User, project: Project) -> None:
    assert gates.get_project(alice, project.public_id, least=Role.ADMIN) == project
    with pytest.raises(PermissionDenied):
        gates.get_project(bob, project.public_id, least=Role.ADMIN)
    services.add_member(project, bob, Role.ADMIN)
    assert gates.get_project(bob, project.public_id, least=Role.ADMIN) == project


def test_a_superuser_has_no_back_door(project: Project) -> None:
    root = User.objects.create_superuser("root@example.org")
    with pytest.raises(Http404):
        gates.get_project(root, project.public_id)


def test_a_token_reads_its_project_until_it_is_revoked(alice: User, project: Project) -> None:
    token = services.mint_token(project, "report", alice)
    kept = ProjectToken.objects.get()
    assert token not in (kept.token_hash, kept.hint)
    assert gates.project_for_token(token) == project
    kept.refresh_from_db()
    assert kept.last_used_at is not None
    assert services.revoke_token(project, kept.pk)
    assert gates.project_for_token(token) is None


@pytest.mark.parametrize("bearer", ["", "pt_", "pt_unknown", "pk_x", "pt_" + "x" * 5000, "pt_\0ü"])
def test_a_token_that_never_was_opens_nothing(db: None, bearer: str) -> None:
    assert gates.project_for_token(bearer) is None


def test_nobody_revokes_what_is_another_projects(project: Project, other_project: Project) -> None:
    key = other_project.write_keys.get()
    assert not services.revoke_write_key(project, key.pk)
    services.mint_token(other_project, "x")
    assert not services.revoke_token(project, other_project.tokens.get().pk)


def test_a_revoked_key_is_not_the_one_that_the_snippet_shows(project: Project) -> None:
    first = services.live_write_key(project)
    second = services.mint_write_key(project, "new")
    assert first is not None
    services.revoke_write_key(project, first.pk)
    assert services.live_write_key(project) == second
    services.revoke_write_key(project, second.pk)
    assert services.live_write_key(project) is None
