"""A session's assets: listed, served as what they are and nothing else, missing ones named."""

from __future__ import annotations

from django.test import Client

from replay.index import assets
from replay.index.models import Asset, SessionAsset
from replay.wire.assets import Offer
from tests.api.conftest import CSS, Recorded
from tests.factories import START, make_asset, make_session


def test_they_are_listed_and_read(alice_client: Client, recorded: Recorded) -> None:
    listed = alice_client.get(f"{recorded.address}/assets").json()
    assert listed == {"kept": [[recorded.asset, "stylesheet", "", len(CSS)]], "missing": []}
    answer = alice_client.get(f"{recorded.address}/assets/{recorded.asset}")
    assert answer.content == CSS
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == "attachment"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    fresh = alice_client.get(f"{recorded.address}/assets/{recorded.asset}", headers={"If-None-Match": answer["ETag"]})
    assert fresh.status_code == 304


def test_what_is_missing_is_named_here_and_in_the_manifest(alice_client: Client, recorded: Recorded) -> None:
    session = recorded.session
    offers = [
        Offer("ab" * 32, "font", "https://shop.example/f.woff2", 9),
        Offer("", "image", "https://cdn.example/i.png", reason="unreadable"),
    ]
    assets.answer_offers(session.project_id, session.uuid, offers, START)
    missing = [
        {"url": "https://shop.example/f.woff2", "kind": "font", "reason": "not_sent"},
        {"url": "https://cdn.example/i.png", "kind": "image", "reason": "unreadable"},
    ]
    assert alice_client.get(f"{recorded.address}/assets").json()["missing"] == missing
    assert alice_client.get(f"{recorded.address}/manifest").json()["assets"] == {"missing": missing}


def test_an_asset_of_another_session_is_not_there(alice_client: Client, recorded: Recorded) -> None:
    other = make_asset(make_session(recorded.project), b"i {}", recorded.store)
    assert alice_client.get(f"{recorded.address}/assets/{bytes(other.hash).hex()}").status_code == 404


def test_bytes_that_changed_are_missing(alice_client: Client, recorded: Recorded) -> None:
    recorded.store.put(next(recorded.store.keys(f"{recorded.project.public_id}/assets/")), b"another")
    answer = alice_client.get(f"{recorded.address}/assets/{recorded.asset}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "missing_bytes")


def test_a_hash_is_a_hash(alice_client: Client, recorded: Recorded) -> None:
    for hash_ in ("..%2f..%2fsecret", "AB" * 32, "ab" * 31, "zz" * 32):
        assert alice_client.get(f"{recorded.address}/assets/{hash_}").status_code == 404


def test_one_that_a_session_shows_at_two_addresses_is_kept_once(recorded: Recorded) -> None:
    for url in ("https://a.example/a.woff2", "https://b.example/b.woff2"):
        make_asset(recorded.session, b"wOF2 font", recorded.store, kind="font", url=url)
    assert Asset.objects.filter(kind="font").count() == 1
    assert SessionAsset.objects.filter(asset__kind="font").count() == 2
