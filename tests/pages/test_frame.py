"""What holds for every page: nothing from elsewhere, no inline code, our words for every error, and two equal palettes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from replay.pages import errors
from tests.pages.conftest import Shop

ROOT = Path(settings.BASE_DIR / "templates")
TEMPLATES = sorted(path for path in ROOT.rglob("*.html") if path.parent.name != "player")  # the stage says nothing to people
NOT_TEXT = re.compile(
    r"{% block body_class %}.*?{% endblock %}|{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}"
    r"|<(pre|svg|code|kbd)\b.*?</\1>|<!doctype html>",
    re.DOTALL,
)
NAMES = {"Playhead", "openapi", "json"}  # the same in every language


def pages_of(shop: Shop) -> list[str]:
    return [
        *(shop.at(path) for path in ("sessions/", "events/", "persons/", f"persons/{shop.person.uuid}/", "settings/")),
        shop.link,
        "/account/",
        "/no/such/page/",
    ]


def test_no_page_loads_anything_from_elsewhere(shop: Shop, alice_client: Client) -> None:
    for path in pages_of(shop):
        answer = alice_client.get(path)
        page = answer.content.decode()
        loaded = re.findall(r'<(?:script|link|img|iframe|source|use)\b[^>]*?(?:src|href)="([^"]+)"', page)
        assert loaded
        assert all(address.startswith(("/static/", "/api/v1/")) for address in loaded), path
        assert not re.search(r'<script(?![^>]*(?:\bsrc=|type="application/json"))', page), path
        assert not re.search(r"\s(?:on\w+|style)=", page), path


def test_every_page_has_the_policy(shop: Shop, alice_client: Client) -> None:
    for path in pages_of(shop):
        policy = alice_client.get(path).headers["Content-Security-Policy"]
        for rule in (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ):
            assert rule in policy
        assert "unsafe" not in policy
        assert "*" not in policy


def test_no_page_of_a_project_is_kept_by_a_cache(shop: Shop, alice_client: Client) -> None:
    for path in pages_of(shop)[:6]:
        assert alice_client.get(path).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_of_a_template_can_be_translated(path: Path) -> None:
    text = re.sub(r"<[^>]*>|&\w+;", " ", NOT_TEXT.sub(" ", path.read_text()))
    left = set(re.findall(r"[A-Za-z]{2,}", text)) - NAMES
    assert not left


def test_a_wrong_host_is_told_what_to_set(client: Client) -> None:
    answer = client.get("/sign-in/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "ALLOWED_HOSTS" in answer.content.decode()


def test_a_failure_of_ours_is_a_calm_page_without_database() -> None:
    answer = errors.broken(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "failed to answer" in answer.content.decode()


def test_a_foreign_form_changes_nothing(shop: Shop, alice_client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = alice_client.cookies
    answer = strict.post(shop.at("settings/keys/"), {"label": "evil"})
    assert answer.status_code == 403
    assert "no longer valid" in answer.content.decode()
    assert shop.project.write_keys.count() == 1


def test_both_dark_palettes_are_the_same() -> None:
    css = Path(settings.BASE_DIR / "static" / "css" / "tokens.css").read_text()
    blocks = [re.findall(r"--[\w-]+: [^;]+", block) for block in re.findall(r"color-scheme: dark;(.*?)}", css, re.DOTALL)]
    assert len(blocks) == 2
    assert blocks[0] == blocks[1]


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_every_surface(scheme: str) -> None:
    css = Path(settings.BASE_DIR / "static" / "css" / "tokens.css").read_text()
    block = re.search(rf"color-scheme: {scheme};(.*?)}}", css, re.DOTALL)
    assert block
    color = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block[1]))
    for surface in ("surface", "surface-2", "surface-3", "accent-soft"):
        for text in ("text", "muted"):
            assert contrast(color[text], color[surface]) >= 4.5, (text, surface)
    for text in ("accent", "bad", "warn", "live"):
        for surface in ("surface", "surface-2"):
            assert contrast(color[text], color[surface]) >= 4.5, (text, surface)
    for name in ("bad", "warn", "live"):
        assert contrast(color["text"], color[f"{name}-soft"]) >= 4.5, name
    assert contrast(color["accent-text"], color["accent"]) >= 4.5
    assert contrast(color["accent"], color["accent-soft"]) >= 4.5
    assert contrast(color["line-strong"], color["surface"]) >= 3
