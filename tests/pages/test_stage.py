"""The stage document: who may frame it, what it may do."""

from __future__ import annotations

import hashlib

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from replay.accounts.models import Project
from replay.index.models import Session
from replay.pages import asset_pass, stage
from replay.pages.asset_pass import make_pass
from replay.store.memory import MemoryStore
from replay.wire.media import Kind
from tests.factories import make_asset, make_session

ASSETS: dict[Kind, bytes] = {
    "font": b"wOF2 a font",
    "image": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "stylesheet": b"b { color: teal }",
}


def policy_of(client: Client, host: str = "127.0.0.1:8000", given: str = "") -> dict[str, str]:
    """Return the stage's directives, by name."""
    header = client.get(f"/player/stage?assets={given}", headers={"host": host})["Content-Security-Policy"]
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
def test_it_may_load_one_sessions_assets_only(client: Client, kind: str) -> None:
    given = make_pass(17)
    assert policy_of(client, given=given)[f"{kind}-src"] == f"http://127.0.0.1:8000/player/assets/{given}/ data: blob:"


@pytest.mark.parametrize("given", ["", "11.1wOvkd.forged", "..", "x/ *", "%3B script-src *"])
def test_with_no_pass_of_ours_it_may_load_nothing(client: Client, given: str) -> None:
    said = policy_of(client, given=given)
    assert said["img-src"] == said["font-src"] == "data: blob:"
    assert said["script-src"] == "http://127.0.0.1:8000/static/dist/stage.js"


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


@pytest.fixture
def shown(project: Project, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session that shows a font, an SVG that would run a script, and a stylesheet."""
    session, store = make_session(project), MemoryStore()
    monkeypatch.setattr(stage, "open_store", lambda: store)
    for kind, data in ASSETS.items():
        make_asset(session, data, store, kind=kind)
    return session


def asset_at(given: str, data: bytes) -> str:
    return f"/player/assets/{given}/{hashlib.sha256(data).hexdigest()}"


def test_an_asset_is_served_as_what_it_is_and_as_nothing_else(client: Client, shown: Session) -> None:
    given = make_pass(shown.pk)
    types: dict[Kind, str] = {"font": "font/woff2", "image": "image/svg+xml"}
    for kind, media_type in types.items():
        answer = client.get(asset_at(given, ASSETS[kind]))
        assert (answer.status_code, answer["Content-Type"], answer.content) == (200, media_type, ASSETS[kind])
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"] == "attachment"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert {"sandbox", "default-src 'none'"} <= set(answer["Content-Security-Policy"].split("; "))
        assert not answer.cookies


def test_a_stylesheet_never_comes_past_the_sanitiser(client: Client, shown: Session) -> None:
    assert client.get(asset_at(make_pass(shown.pk), ASSETS["stylesheet"])).status_code == 404


def test_only_the_sessions_own_pass_opens_its_assets(client: Client, shown: Session) -> None:
    other = make_session(shown.project)
    for given in (make_pass(other.pk), make_pass(shown.pk)[:-2] + "xx", "x" * 40, f"{shown.pk:x}"):
        assert client.get(asset_at(given, ASSETS["font"])).status_code == 404


def test_a_pass_ends(client: Client, shown: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    given = make_pass(shown.pk)
    monkeypatch.setattr(asset_pass, "LASTS_S", -1)
    assert client.get(asset_at(given, ASSETS["font"])).status_code == 404


def test_an_erased_session_shows_nothing(client: Client, shown: Session) -> None:
    shown.erased_at = timezone.now()
    shown.save()
    assert client.get(asset_at(make_pass(shown.pk), ASSETS["font"])).status_code == 404


def test_a_name_is_a_hash_and_nothing_else(client: Client, shown: Session) -> None:
    given = make_pass(shown.pk)
    for name in ("../../static/dist/player.js", "%2e%2e%2fstage", "AB" * 32, "ab" * 31, "ab" * 33, "ab" * 32 + "%0a"):
        assert client.get(f"/player/assets/{given}/{name}").status_code == 404
