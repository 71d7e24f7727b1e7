"""Sessions as files over HTTP: exported as they are read, imported in parts, by whoever may."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import AsyncClient, Client, override_settings
from django.utils import timezone

from replay.accounts import services
from replay.accounts.models import Membership, Project, Role, User
from replay.api import interchange
from replay.index.interchange import jobs
from replay.index.models import Import, Session
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from tests.api.conftest import Recorded
from tests.index.interchange.recordings import bring, events_of, lines, page, take

pytestmark = pytest.mark.django_db
DATA = lines(page())


@pytest.fixture
def imported(project: Project, store: MemoryStore) -> str:
    """The address of a session of Alice's that came from a file."""
    return f"/api/v1/projects/{project.public_id}/sessions/{bring(store, project, DATA).session}"


def text_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize(
    ("form", "type_", "suffix"),
    [
        ("playhead", "application/json", ".playhead.json"),
        ("rrweb", "application/json", ".rrweb.json"),
        ("lines", "application/x-ndjson", ".jsonl"),
    ],
)
def test_a_session_comes_as_a_file(form: str, type_: str, suffix: str, imported: str, alice_client: Client) -> None:
    answer = alice_client.get(imported + "/export", {"form": form})
    assert answer["Content-Type"] == type_
    assert answer["Content-Disposition"].startswith('attachment; filename="session-2026-03-01-1200-')
    assert answer["Content-Disposition"].endswith(f'{suffix}"')
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert answer.streaming
    assert events_of(text_of(answer)) == page()
    packed = alice_client.get(imported + "/export", {"form": form, "gzip": "true"})
    assert packed["Content-Type"] == "application/gzip"
    assert packed["Content-Disposition"].endswith(f'{suffix}.gz"')
    assert events_of(gzip.decompress(text_of(packed))) == page()


@pytest.mark.django_db(transaction=True)
async def test_it_streams_on_asgi_too(imported: str, alice: User) -> None:
    client = AsyncClient()
    await client.aforce_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer: Any = await client.get(imported + "/export?form=lines")
    assert answer.is_async
    assert events_of(b"".join([piece async for piece in answer.streaming_content])) == page()


def test_a_form_that_is_unknown_and_a_store_that_is_down_are_said(
    imported: str, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice_client.get(imported + "/export", {"form": "mp4"}).json()["error"]["code"] == "bad_parameter"

    class Down(MemoryStore):
        def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
            raise StoreUnavailable(key)

    monkeypatch.setattr(interchange, "open_store", Down)
    answer = alice_client.get(imported + "/export")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_unavailable")


class Importing:
    """One import, as a client does it."""

    def __init__(self, client: Client, project: Project) -> None:
        self.client = client
        self.base = f"/api/v1/projects/{project.public_id}/imports"
        self.id = ""

    def begin(self, data: bytes = b"", **params: Any) -> Any:
        answer = self.client.post(f"{self.base}?{urlencode(params)}", data, content_type="application/octet-stream")
        self.id = answer.json().get("id", "")
        return answer

    def put(self, offset: int, data: bytes) -> Any:
        return self.client.put(f"{self.base}/{self.id}/parts/{offset}", data, content_type="application/octet-stream")

    def ask(self) -> dict[str, Any]:
        row: dict[str, Any] = self.client.get(f"{self.base}/{self.id}").json()
        return row


@pytest.fixture
def importing(alice_client: Client, project: Project, store: MemoryStore) -> Importing:
    return Importing(alice_client, project)


def work(store: MemoryStore) -> None:
    while job := jobs.claim(timezone.now()):
        jobs.run(store, job)


def test_a_file_comes_in_parts_and_goes_on_after_a_break(importing: Importing, store: MemoryStore, project: Project) -> None:
    row = importing.begin(name="visit.jsonl", size_bytes=len(DATA), distinct_id="ada").json()
    assert (row["state"], row["received_bytes"], row["name"]) == ("uploading", 0, "visit.jsonl")
    assert importing.put(0, DATA[:100]).json()["received_bytes"] == 100
    assert importing.put(0, DATA[:100]).json()["received_bytes"] == 100  # its answer was lost
    wrong = importing.put(50, DATA[50:])
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "wrong_part")
    at = importing.ask()["received_bytes"]
    assert importing.put(at, DATA[at:]).json()["state"] == "waiting"
    work(store)
    row = importing.ask()
    session = Session.objects.get()
    assert (row["state"], row["progress"], row["events"], row["session"]) == ("done", 1.0, 2, str(session.uuid))
    assert row["url"].endswith(f"/s/{project.public_id}/{session.uuid}")
    assert session.distinct_id == "ada"


def test_a_small_file_comes_at_once(importing: Importing, store: MemoryStore) -> None:
    assert importing.begin(gzip.compress(DATA)).json()["state"] == "waiting"
    work(store)
    assert events_of(take(store, bring(store, Session.objects.get().project, DATA), form="lines")) == page()
    assert importing.ask()["state"] == "done"


def test_what_is_wrong_with_a_file_is_said_with_its_place(importing: Importing, store: MemoryStore) -> None:
    importing.begin(DATA + b'{"type": 3}\n')
    work(store)
    error = importing.ask()["error"]
    assert error["code"] == "not_an_event"
    assert "event should" in error["message"]
    assert "line 3" in error["message"]


def test_an_import_can_be_cancelled_and_takes_nothing_then(importing: Importing) -> None:
    importing.begin(size_bytes=10)
    address = f"{importing.base}/{importing.id}"
    assert importing.client.delete(address).json()["state"] == "cancelled"
    assert importing.client.delete(address).json()["state"] == "cancelled"
    answer = importing.put(0, b"x" * 10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "import_ended")


def test_bounds_are_said_by_their_codes(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    assert importing.begin().json()["error"]["code"] == "bad_parameter"
    with override_settings(IMPORT_MAX_MIB=1):
        answer = importing.begin(size_bytes=2 * 1024 * 1024)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "import_too_large")
    assert "IMPORT_MAX_MIB" in answer.json()["error"]["message"]
    importing.begin(size_bytes=5)
    assert importing.put(0, b"123456").status_code == 413
    monkeypatch.setattr(jobs, "MOST_PART_BYTES", 3)
    assert importing.put(0, b"1234").status_code == 413
    monkeypatch.setattr(jobs, "MOST_UNFINISHED", 1)
    answer = importing.begin(size_bytes=5)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_imports")


def test_a_viewer_reads_and_exports_and_imports_nothing(
    bob: User, bob_client: Client, project: Project, imported: str, store: MemoryStore
) -> None:
    Membership.objects.filter(user=bob, project=project).update(role=Role.VIEWER)
    importing = Importing(bob_client, project)
    for answer in (importing.begin(DATA), bob_client.delete(f"{importing.base}/{_begun(project)}")):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
    assert bob_client.get(importing.base).status_code == 200
    assert bob_client.get(imported + "/export").status_code == 200


def _begun(project: Project) -> Any:
    return Import.objects.create(project=project, uuid=uuid4(), size_bytes=10).uuid


def test_a_page_of_somebody_else_cannot_import_for_alice(alice: User, project: Project, store: MemoryStore) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = Importing(client, project).begin(DATA)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bad_csrf")
    assert not Import.objects.exists()


def test_a_token_imports_into_its_project(recorded: Recorded, store: MemoryStore, other_project: Project) -> None:
    client = Client(headers={"authorization": f"Bearer {services.mint_token(recorded.project, 'ci')}"})
    assert Importing(client, recorded.project).begin(DATA).status_code == 200
    assert Importing(client, other_project).begin(DATA).status_code == 404


def test_a_name_and_an_id_of_any_kind_harm_nobody(importing: Importing) -> None:
    row = importing.begin(name="<b>\u202e" + "x" * 150, size_bytes=5).json()
    assert row["name"].startswith("<b>")
    assert importing.begin(name="a\0b", size_bytes=5).json()["error"]["code"] == "bad_parameter"
    assert json.loads(importing.client.get(importing.base).content)["items"][0]["id"] == row["id"]
