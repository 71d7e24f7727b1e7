"""Project settings: the snippet, keys, origins and tokens."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from replay.accounts import gates, services
from replay.accounts.models import Project


def at(project: Project, path: str = "") -> str:
    return f"/p/{project.public_id}/settings/{path}"


def test_the_snippet_is_filled_in(project: Project, bob_client: Client, settings: Settings) -> None:
    page = bob_client.get(at(project)).content.decode()
    key = project.write_keys.get().key
    assert f"&lt;script async src=&quot;{settings.PUBLIC_URL}/recorder.js&quot; data-write-key=&quot;{key}&quot;&gt;" in page


def test_a_key_is_made_and_revoked_after_a_question(project: Project, alice_client: Client) -> None:
    alice_client.post(at(project, "keys/"), {"label": "Staging"})
    key = project.write_keys.get(label="Staging")
    path = at(project, f"keys/{key.pk}/revoke/")
    assert "stop recording within half a minute" in alice_client.get(path).content.decode()
    assert project.write_keys.filter(pk=key.pk, revoked_at=None).exists()
    alice_client.post(path)
    assert not project.write_keys.filter(pk=key.pk, revoked_at=None).exists()
    assert alice_client.post(path).status_code == 404


def test_it_says_when_nothing_can_record(project: Project, alice_client: Client) -> None:
    services.revoke_write_key(project, project.write_keys.get().pk)
    assert "nothing records" in alice_client.get(at(project)).content.decode()
    assert "no working write key" in alice_client.get(f"/p/{project.public_id}/sessions/").content.decode()


def test_origins_are_kept_as_browsers_send_them(project: Project, alice_client: Client) -> None:
    alice_client.post(
        at(project), {"name": "Shop", "origins": "https://Shop.example/\r\n\r\nhttps://shop.example\r\nhttp://localhost:8001"}
    )
    project.refresh_from_db()
    assert project.allowed_origins == ["https://shop.example", "http://localhost:8001"]


@pytest.mark.parametrize(
    "origins",
    [
        "shop.example",
        "https://ok.example\nhttps://x/cart",
        "https://a.example\n" + "\n".join(f"https://h{n}.example" for n in range(60)),
    ],
)
def test_a_bad_origin_is_named_and_nothing_is_saved(project: Project, alice_client: Client, origins: str) -> None:
    answer = alice_client.post(at(project), {"name": "New name", "origins": origins})
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()
    project.refresh_from_db()
    assert (project.name, project.allowed_origins) == ("Shop", [])


def test_a_token_is_shown_once_and_reads_the_project(project: Project, alice_client: Client) -> None:
    page = alice_client.post(at(project, "tokens/"), {"name": "report"}).content.decode()
    shown = re.search(r"pt_[\w-]{20,}", page)
    assert shown
    assert gates.project_for_token(shown[0]) == project
    assert shown[0] not in alice_client.get(at(project)).content.decode()
    token = project.tokens.get()
    alice_client.post(at(project, f"tokens/{token.pk}/revoke/"))
    assert gates.project_for_token(shown[0]) is None


def test_a_token_needs_a_name(project: Project, alice_client: Client) -> None:
    alice_client.post(at(project, "tokens/"), {"name": "  "})
    assert not project.tokens.exists()


def test_another_projects_key_cannot_be_revoked_here(project: Project, other_project: Project, alice_client: Client) -> None:
    key = other_project.write_keys.get()
    assert alice_client.post(at(project, f"keys/{key.pk}/revoke/")).status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_password_is_chosen_with_the_old_one(alice_client: Client) -> None:
    wrong = alice_client.post("/account/", {"old": "wrong", "new": "another long password"})
    assert wrong.status_code == 422
    weak = alice_client.post("/account/", {"old": "a long enough password", "new": "short"})
    assert weak.status_code == 422
    good = alice_client.post("/account/", {"old": "a long enough password", "new": "another long password"})
    assert good.headers["Location"] == "/account/"
    assert alice_client.get("/account/").status_code == 200  # still signed in
