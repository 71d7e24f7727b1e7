"""The cast meets every page. The addresses come from the router: a new one that is not listed here fails."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone

from replay.accounts import services
from replay.accounts.models import User
from replay.index.interchange.jobs import begin_import
from replay.pages.urls import urlpatterns
from tests.pages.conftest import Shop

# name: (path below the project, what Alice the owner gets, what Bob the member gets) on GET
PROJECT_PAGES = {
    "project": ("", 302, 302),
    "sessions": ("sessions/", 200, 200),
    "sessions-refresh": ("sessions/refresh/", 200, 200),
    "events": ("events/", 200, 200),
    "persons": ("persons/", 200, 200),
    "person": ("persons/{person}/", 200, 200),
    "import": ("import/", 200, 200),
    "cancel-import": ("import/{job}/cancel/", 405, 405),
    "project-settings": ("settings/", 200, 200),
    "make-write-key": ("settings/keys/", 405, 405),
    "revoke-write-key": ("settings/keys/{key}/revoke/", 200, 403),
    "make-token": ("settings/tokens/", 405, 405),
    "revoke-token": ("settings/tokens/{token}/revoke/", 200, 403),
    "player": (None, 200, 200),
}
OPEN_TO_ALL = {
    "sign-in-link",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}
OWN = {
    "home",
    "account",
    "account_reauthenticate",
    "account_email",
    "account_email_verification_sent",
    "account_change_password",
    "account_set_password",
}


def address(shop: Shop, name: str) -> str:
    path = PROJECT_PAGES[name][0]
    if path is None:
        return shop.link
    key = shop.project.write_keys.order_by("id")[0].pk
    services.mint_token(shop.project, "report")
    job = begin_import(shop.project, "visit.json", 10, "", timezone.now()).uuid if "{job}" in path else None
    token = shop.project.tokens.order_by("id")[0].pk
    return shop.at(path.format(person=shop.person.uuid, key=key, token=token, job=job))


def test_every_address_has_its_place_in_this_play() -> None:
    assert {pattern.name for pattern in urlpatterns} == set(PROJECT_PAGES) | OPEN_TO_ALL | OWN


@pytest.mark.parametrize("name", PROJECT_PAGES)
def test_members_see_what_their_role_allows(shop: Shop, alice_client: Client, bob_client: Client, name: str) -> None:
    path = address(shop, name)
    assert alice_client.get(path).status_code == PROJECT_PAGES[name][1]
    assert bob_client.get(path).status_code == PROJECT_PAGES[name][2]


@pytest.mark.parametrize("name", PROJECT_PAGES)
def test_strangers_see_that_there_is_nothing(shop: Shop, charlie_client: Client, name: str) -> None:
    path = address(shop, name)
    answer = charlie_client.get(path)
    if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer = charlie_client.post(path)
    nowhere = charlie_client.get(path.replace(shop.project.public_id, "nowhere234"))
    assert answer.status_code == 404
    assert answer.content == charlie_client.get("/no/such/address/").content
    if nowhere.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        assert (nowhere.status_code, nowhere.content) == (404, answer.content)


@pytest.mark.parametrize("name", PROJECT_PAGES)
def test_the_signed_out_are_asked_to_sign_in_and_told_nothing(shop: Shop, client: Client, name: str) -> None:
    path = address(shop, name)
    for asked in (path, path.replace(shop.project.public_id, "nowhere234")):
        answer = client.post(asked) if PROJECT_PAGES[name][1] == 405 else client.get(asked)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in/?next=/")
        assert not answer.content


@pytest.mark.parametrize("path", ["settings/keys/", "settings/tokens/", "settings/"])
def test_a_member_changes_no_settings(shop: Shop, bob_client: Client, path: str) -> None:
    before = (shop.project.write_keys.count(), shop.project.tokens.count())
    answer = bob_client.post(shop.at(path), {"name": "Taken over", "origins": "", "label": "x"})
    assert answer.status_code == 403
    assert "role does not allow" in answer.content.decode()
    shop.project.refresh_from_db()
    assert shop.project.name == "Shop"
    assert (shop.project.write_keys.count(), shop.project.tokens.count()) == before


def test_somebody_without_a_project_is_told_what_to_do(db: None, client: Client) -> None:
    client.force_login(User.objects.create_user("dana@example.org"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/").content.decode()
    assert "createowner dana@example.org" in page


def test_home_is_the_project_one_was_last_in(shop: Shop, alice: User, alice_client: Client) -> None:
    second = services.create_project(alice, "Another")
    assert alice_client.get("/").headers["Location"] == f"/p/{second.public_id}/sessions/"  # the first by name
    alice_client.get(shop.at("sessions/"))
    assert alice_client.get("/").headers["Location"] == shop.at("sessions/")
