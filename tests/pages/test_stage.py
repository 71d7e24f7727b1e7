"""The stage document: who may frame it, what it may do."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings


def policy_of(client: Client, host: str = "127.0.0.1:8000") -> dict[str, str]:
    """Return the stage's directives, by name."""
    header = client.get("/player/stage", headers={"host": host})["Content-Security-Policy"]
    return {name: value for name, _, value in (directive.partition(" ") for directive in header.split("; "))}


@pytest.fixture(autouse=True)
def _at_home(settings: Settings) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"
    settings.PLAYER_ORIGIN = ""


def test_it_needs_no_sign_in_and_sets_no_cookie(client: Client) -> None:
    answer = client.get("/player/stage", headers={"host": "127.0.0.1:8000"})
    assert answer.status_code == 200
    assert not answer.cookies


def test_it_may_run_one_script_by_its_exact_address(client: Client) -> None:
    assert policy_of(client)["script-src"] == "http://127.0.0.1:8000/static/dist/stage.js"


@pytest.mark.parametrize("kind", ["default", "connect", "frame", "child", "worker", "object", "manifest"])
def test_it_may_reach_nothing(client: Client, kind: str) -> None:
    assert policy_of(client)[f"{kind}-src"] == "'none'"


@pytest.mark.parametrize("kind", ["img", "font", "media"])
def test_it_may_load_kept_assets_only(client: Client, kind: str) -> None:
    assert policy_of(client)[f"{kind}-src"] == "http://127.0.0.1:8000/player/assets/ data: blob:"


def test_at_home_the_machines_other_name_frames_it(client: Client) -> None:
    assert policy_of(client)["frame-ancestors"] == "http://localhost:8000"
    assert policy_of(client, "localhost:8000")["frame-ancestors"] == "http://127.0.0.1:8000 http://localhost:8000"


def test_with_an_origin_of_its_own_only_the_app_frames_it(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL, settings.PLAYER_ORIGIN = "https://replay.example", "https://stage.example"
    settings.ALLOWED_HOSTS = ["stage.example"]
    assert policy_of(client, "stage.example")["frame-ancestors"] == "https://replay.example"


def test_it_tells_the_script_the_same_origins(client: Client) -> None:
    page = client.get("/player/stage", headers={"host": "127.0.0.1:8000"}).content.decode()
    assert 'data-app-origins="http://localhost:8000"' in page


def test_headers_shut_the_rest(client: Client) -> None:
    answer = client.get("/player/stage", headers={"host": "127.0.0.1:8000"})
    assert "X-Frame-Options" not in answer
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-DNS-Prefetch-Control"] == "off"
    assert "camera=()" in answer["Permissions-Policy"]


def test_it_takes_no_posts(client: Client) -> None:
    assert client.post("/player/stage").status_code == 405


def test_no_asset_is_kept_yet(client: Client) -> None:
    assert client.get("/player/assets/0f/00.png").status_code == 404
