"""The player's origin serves the player, and nothing that could be signed in to."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from replay.asgi import application
from tests.layouts import Layout

STAGE = b"stage.example"


@pytest.fixture(autouse=True)
def _with_an_origin_of_its_own(settings: Settings) -> None:
    settings.PUBLIC_URL, settings.PLAYER_ORIGIN = "https://replay.example", "https://stage.example"
    settings.ALLOWED_HOSTS = ["replay.example", "stage.example"]


async def ask(path: str, host: bytes = STAGE, method: str = "GET") -> int:
    """Return the status of an answer."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", host)],
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
    }
    said: list[dict[str, Any]] = []
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    heard.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    await application(scope, heard.get, send)
    return int(said[0]["status"])


@pytest.mark.parametrize("path", ["/player/stage", "/healthz"])
async def test_the_player_is_there(path: str) -> None:
    assert await ask(path) == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sign-in/",
        "/sign-in/link/some-token/",
        "/api/v1/projects",
        "/recorder.js",
        "/static/css/tokens.css",
        "/static/dist/player.js",
        "/readyz",
        "/ingest/v1/beacon",
        "/player",
    ],
)
@pytest.mark.parametrize("host", [STAGE, b"STAGE.example", b"stage.example:443", b"stage.example."])
async def test_nothing_else_is_there(path: str, host: bytes) -> None:
    assert await ask(path, host) == 404
    assert await ask(path, host, "POST") == 404


async def test_the_app_is_where_it_was() -> None:
    assert await ask("/api/v1/projects", b"replay.example") == 401
    assert await ask("/ingest/v1/beacon", b"replay.example", "OPTIONS") == 204


async def test_at_home_both_names_serve_everything(settings: Settings) -> None:
    settings.PUBLIC_URL, settings.PLAYER_ORIGIN = "http://localhost:8000", ""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    for host in (b"localhost:8000", b"127.0.0.1:8000"):
        assert await ask("/api/v1/projects", host) == 401
        assert await ask("/player/stage", host) == 200


@pytest.mark.parametrize("path", ["/ingest/v1", "/api/v1/projects/shop/sessions/0/live"])
async def test_no_socket_opens_there(path: str) -> None:
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {"type": "websocket", "path": path, "headers": [(b"host", STAGE)], "subprotocols": ["playhead.v1"]}
    await application(scope, receive, send)
    assert said == [{"type": "websocket.close"}]


def test_its_host_is_allowed_whatever_else_is_given() -> None:
    given = {"ALLOWED_HOSTS": "replay.example", "PLAYER_ORIGIN": "https://stage.example", "SECRET_KEY": "s" * 40}
    code = "from replay import settings; print(settings.ALLOWED_HOSTS)"
    run = [sys.executable, "-c", code]
    said = subprocess.run(run, env=os.environ | given, cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "['replay.example', 'stage.example']"


@pytest.mark.postgres
@pytest.mark.s3
@pytest.mark.redis
def test_it_holds_behind_the_proxy(production: Layout) -> None:
    for path, status in (("/player/stage", 200), ("/static/dist/stage.js", 200), ("/sign-in/", 404), ("/recorder.js", 404)):
        assert status_of(production.player_origin + path) == status, path
        assert status_of(production.base_url + path) == 200, path


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
