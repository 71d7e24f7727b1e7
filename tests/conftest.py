"""The cast: Alice owns the shop, Bob is on her team, Charlie owns something else and must see nothing of hers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.utils import override_settings

from replay.accounts import services
from replay.accounts.models import Project, Role, User, WriteKey

pytest_plugins = ["tests.plugins.layout"]

PASSWORD = "a long enough password"


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """A real password hash costs a fifth of a second by design; the cast pays it in every test."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _no_leftover_throttle() -> None:
    """Sign-in counts its tries in the cache; one test's tries are not another's."""
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.org", PASSWORD, first_name="Alice", last_name="Archer")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@example.org", PASSWORD, first_name="Bob", last_name="Baker")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.org", PASSWORD, first_name="Charlie", last_name="Cole")


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    """Alice's project, with Bob on the team."""
    project = services.create_project(alice, "Shop")
    services.add_member(project, bob, Role.MEMBER)
    return project


@pytest.fixture
def other_project(charlie: User) -> Project:
    """Charlie's project."""
    return services.create_project(charlie, "Elsewhere")


@pytest.fixture
def write_key(project: Project) -> WriteKey:
    """The first key of Alice's project."""
    return project.write_keys.get()


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def alice_client(alice: User) -> Client:
    return _signed_in(alice)


@pytest.fixture
def bob_client(bob: User) -> Client:
    return _signed_in(bob)


@pytest.fixture
def charlie_client(charlie: User, other_project: Project) -> Client:
    return _signed_in(charlie)
