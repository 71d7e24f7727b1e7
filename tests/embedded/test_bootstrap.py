from __future__ import annotations

import pytest

from replay.accounts.models import Project, User, WriteKey
from replay.accounts.services import live_write_key, revoke_write_key
from replay.embedded.bootstrap import DEMO_EMAIL, bootstrap

pytestmark = pytest.mark.django_db
ORIGINS = ["http://localhost:8001", "http://127.0.0.1:8001"]


def test_it_makes_the_demo_project_and_its_owner() -> None:
    demo = bootstrap(ORIGINS)
    assert demo.user.email == DEMO_EMAIL
    assert not demo.user.has_usable_password()
    assert demo.project.allowed_origins == ORIGINS
    assert demo.write_key.startswith(f"pk_{demo.project.public_id}_")


def test_a_second_start_changes_nothing() -> None:
    first = bootstrap(ORIGINS)
    assert bootstrap(ORIGINS) == first
    assert (User.objects.count(), Project.objects.count(), WriteKey.objects.count()) == (1, 1, 1)


def test_another_port_is_let_in_beside_what_people_allowed() -> None:
    demo = bootstrap(ORIGINS)
    demo.project.allowed_origins = ["https://shop.example"]
    demo.project.save()
    assert bootstrap(["http://localhost:9001"]).project.allowed_origins == ["https://shop.example", "http://localhost:9001"]


def test_a_revoked_key_is_replaced() -> None:
    demo = bootstrap(ORIGINS)
    key = live_write_key(demo.project)
    assert key
    assert revoke_write_key(demo.project, key.pk)
    assert bootstrap(ORIGINS).write_key != demo.write_key
