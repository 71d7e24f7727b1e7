"""The page where recordings come from files."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from replay.accounts.models import Membership, Role, User
from replay.index.interchange import jobs
from replay.index.models import Import
from replay.store.memory import MemoryStore
from tests.index.interchange.recordings import lines, page
from tests.pages.conftest import Shop

HTMX = {"HX-Request": "true"}
DATA = lines(page())


def begun(shop: Shop, name: str = "visit.jsonl", size: int = len(DATA)) -> Import:
    return jobs.begin_import(shop.project, name, size, "", timezone.now())


def shown(shop: Shop, client: Client) -> str:
    return re.sub(r"\s+", " ", client.get(shop.at("import/"), headers=HTMX).content.decode())


def test_it_says_what_it_takes_and_how_much(shop: Shop, alice_client: Client) -> None:
    said = alice_client.get(shop.at("import/")).content.decode()
    for words in (
        "Drop a file here",
        "up to 256 MB",
        'type="file"',
        "None yet",
        f"import_session {shop.project.public_id} FILE",
    ):
        assert words in said
    assert 'data-most="268435456"' in said
    assert f'href="{shop.at("import/")}"' in alice_client.get(shop.at("sessions/")).content.decode()


def test_each_state_is_said_in_words(shop: Shop, alice_client: Client) -> None:
    store = MemoryStore()
    job = jobs.add_part(store, begun(shop), 0, DATA[: len(DATA) // 2], timezone.now())
    assert "50 % sent" in shown(shop, alice_client) or "49 % sent" in shown(shop, alice_client)
    jobs.add_part(store, job, job.received_bytes, DATA[job.received_bytes :], timezone.now())
    assert "waiting for its turn" in shown(shop, alice_client)
    claimed = jobs.claim(timezone.now())
    assert claimed
    Import.objects.update(done_bytes=30, total_bytes=100)
    assert "30 % imported" in shown(shop, alice_client)
    assert 'hx-trigger="load delay:1500ms"' in shown(shop, alice_client)
    jobs.run(store, claimed)
    claimed.refresh_from_db()
    said = shown(shop, alice_client)
    assert "2 events" in said
    assert f'href="/s/{shop.project.public_id}/{claimed.session}"' in said
    assert "hx-trigger" not in said  # nothing moves any more


def test_what_is_wrong_with_a_file_is_said_and_what_it_means(shop: Shop, alice_client: Client) -> None:
    store = MemoryStore()
    jobs.add_part(store, begun(shop, "<script>x</script>", 5), 0, b"[1,2]", timezone.now())
    claimed = jobs.claim(timezone.now())
    assert claimed
    jobs.run(store, claimed)
    said = shown(shop, alice_client)
    assert "Not imported." in said
    assert "(event 1" not in said
    assert "line 1, byte 1" in said
    assert "Nothing of it was kept." in said
    assert "&lt;script&gt;x" in said


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_an_import_can_be_cancelled(shop: Shop, alice_client: Client, headers: dict[str, str]) -> None:
    job = begun(shop)
    answer = alice_client.post(shop.at(f"import/{job.uuid}/cancel/"), headers=headers)
    assert answer.status_code == (200 if headers else 302)
    assert "Cancelled" in shown(shop, alice_client)
    assert alice_client.post(shop.at(f"import/{shop.person.uuid}/cancel/")).status_code == 404


def test_a_viewer_imports_nothing(shop: Shop, bob: User, bob_client: Client) -> None:
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    assert bob_client.get(shop.at("import/")).status_code == 403
    assert bob_client.post(shop.at(f"import/{begun(shop).uuid}/cancel/")).status_code == 403
