"""The page at a link: it always says what is, or was, there."""

from __future__ import annotations

import json
import re
import struct
import time
import uuid
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from replay.pages.catalog import player_catalog
from replay.pages.player import stage_origin
from tests.pages.conftest import Shop


def test_it_carries_what_the_player_needs(shop: Shop, alice_client: Client) -> None:
    page = alice_client.get(shop.link, headers={"host": "localhost:8140"}).content.decode()
    assert f'data-project="{shop.project.public_id}"' in page
    assert f'data-session="{shop.session.uuid}"' in page
    assert 'data-stage="http://127.0.0.1:8140/player/stage?assets=' in page
    assert "dist/player.js" in page
    assert f'href="/api/v1/projects/{shop.project.public_id}/sessions/{shop.session.uuid}/manifest"' in page
    assert "<noscript>" in page


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ("?at=1790000000000&stream=" + "a" * 32, "?at=1790000000000&amp;stream=" + "a" * 32),
        ("?at=1790000000000", "?at=1790000000000"),
        ("?at=now", ""),
        ('?at=1&stream="><script>', ""),
    ],
)
def test_it_asks_for_the_manifest_as_the_player_will(asked: str, query: str, shop: Shop, alice_client: Client) -> None:
    page = alice_client.get(shop.link + asked).content.decode()
    assert f'/sessions/{shop.session.uuid}/manifest{query}"' in page


def mo(messages: dict[str, str]) -> bytes:
    """Return messages as the file that gettext reads: a header, two tables of (length, offset), the texts."""
    count, texts, tables = len(messages), b"", b""
    for text in [*sorted(messages), *(messages[key] for key in sorted(messages))]:
        raw = text.encode()
        tables += struct.pack("<II", len(raw), 28 + 16 * count + len(texts))
        texts += raw + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0) + tables + texts


def test_it_carries_the_words_in_the_viewers_language(
    shop: Shop, alice_client: Client, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "fr/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "djangojs.mo").write_bytes(mo({"": "Plural-Forms: nplurals=2; plural=n > 1;\n", "Play": "Lire"}))
    settings.LANGUAGES, settings.LOCALE_PATHS = [("en", "English"), ("fr", "Français")], [tmp_path]
    player_catalog.cache_clear()
    page = alice_client.get(shop.link, headers={"accept-language": "fr"}).content.decode()
    found = re.search(r'<script id="player-catalog" type="application/json">(.*?)</script>', page)
    assert found is not None
    catalog = json.loads(found[1])
    assert catalog["messages"]["Play"] == "Lire"
    assert catalog["plurals"][:3] == [0, 0, 1]


def test_a_session_that_never_came_is_waited_for(shop: Shop, alice_client: Client, unknown_uuid: uuid.UUID) -> None:
    answer = alice_client.get(f"/s/{shop.project.public_id}/{unknown_uuid}")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert f'data-wait-for="/api/v1/projects/{shop.project.public_id}/sessions/{unknown_uuid}"' in page
    assert "Nothing was recorded at this link" in page


@pytest.mark.parametrize(("age_s", "waits"), [(5, True), (7_200, False)])
def test_only_a_young_session_says_that_it_is_waited_for(shop: Shop, alice_client: Client, age_s: int, waits: bool) -> None:
    made = uuid.UUID(int=(int((time.time() - age_s) * 1000) << 80) | (7 << 76) | (0b10 << 62) | 1)
    page = alice_client.get(f"/s/{shop.project.public_id}/{made}").content.decode()
    assert ("data-is-fresh" in page) is waits


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
