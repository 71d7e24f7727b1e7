"""The page at a link: it always says what is, or was, there."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from replay.pages.player import stage_origin
from tests.pages.conftest import Shop


def test_it_carries_what_the_player_needs(shop: Shop, alice_client: Client) -> None:
    page = alice_client.get(shop.link, headers={"host": "localhost:8140"}).content.decode()
    assert f'data-project="{shop.project.public_id}"' in page
    assert f'data-session="{shop.session.uuid}"' in page
    assert 'data-stage="http://127.0.0.1:8140/player/stage"' in page
    assert "dist/player.js" in page
    assert "<noscript>" in page


def test_a_session_that_never_came_is_waited_for(shop: Shop, alice_client: Client, unknown_uuid: uuid.UUID) -> None:
    answer = alice_client.get(f"/s/{shop.project.public_id}/{unknown_uuid}")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert f'data-wait-for="/api/v1/projects/{shop.project.public_id}/sessions/{unknown_uuid}"' in page
    assert "Nothing was recorded at this link" in page


def test_a_cut_link_is_named_as_one(shop: Shop, alice_client: Client) -> None:
    answer = alice_client.get(f"/s/{shop.project.public_id}/0192f0c0-00")
    assert answer.status_code == 404
    assert "not whole" in answer.content.decode()


def test_an_erased_session_says_that_it_is_gone(shop: Shop, alice_client: Client) -> None:
    shop.session.erased_at = timezone.now()
    shop.session.save()
    answer = alice_client.get(shop.link)
    assert answer.status_code == 410
    assert "erased" in answer.content.decode()
    assert "Ada" not in answer.content.decode()


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8000", "http://127.0.0.1:8000"),
        ("127.0.0.1:8000", "http://localhost:8000"),
        ("replay.example", "http://replay.example"),
    ],
)
def test_the_stage_has_an_origin_of_its_own_where_there_is_one(settings: Settings, host: str, origin: str) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.PLAYER_ORIGIN = ""
    request = RequestFactory().get("/", headers={"host": host})
    assert stage_origin(request) == origin
    settings.PLAYER_ORIGIN = "https://stage.example"
    assert stage_origin(request) == "https://stage.example"
