"""Every kind of damage is found, told and mended; nothing else is touched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from replay.accounts.models import Project
from replay.index.models import Asset, Chunk, Gap, Pack, Segment, Session, Stream, Volume
from replay.store.base import StoreUnavailable
from replay.store.keys import asset_key
from replay.store.memory import MemoryStore
from replay.worker.compact import compact_session
from replay.worker.folder import Folder
from replay.worker.sweep import OPEN_AT_MOST, sweep
from tests.factories import make_session, make_stream
from tests.worker.recorded import everything, record

pytestmark = pytest.mark.django_db
SUM = dict[str, Any]


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    folder = Folder(1_024, 20)
    yield folder
    folder.close()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    store = MemoryStore()
    monkeypatch.setattr("replay.worker.management.commands.audit_store.open_store", lambda: store)
    return store


@pytest.fixture
def session(project: Project) -> Session:
    return make_session(project)


@pytest.fixture
def stream(session: Session) -> Stream:
    return make_stream(session)


@pytest.fixture
def kept(store: MemoryStore, folder: Folder, session: Session, stream: Stream) -> Stream:
    """A stream of two segments, in a volume each, and three chunks."""
    for upto in (3, 6):
        record(stream, range(upto - 3, upto), store)
        assert compact_session(store, folder, session.pk, timedelta(hours=25)) is not None
    sweep(store, datetime.now(UTC) + OPEN_AT_MOST + timedelta(seconds=1))
    record(stream, range(6, 9), store)
    for pack in Pack.objects.all():
        Pack.objects.filter(pk=pack.pk).update(chunks=Chunk.objects.filter(pack=pack).count())
    return stream


def audit(*arguments: str) -> tuple[int, SUM]:
    """Return the command's exit code and its sum."""
    out, code = StringIO(), 0
    try:
        call_command("audit_store", "--json", *arguments, stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, json.loads(out.getvalue().splitlines()[-1])


def mended(found: dict[str, int]) -> None:
    """The damage is told, mended when it is wished, and then there is none."""
    assert [part["found"] for part in (audit()[1], audit()[1])] == [found, found]
    code, told = audit("--repair")
    assert (code, told["mended"]) == (0, found)
    code, told = audit()
    assert (code, told["found"]) == (0, {})


def gaps() -> set[tuple[Any, ...]]:
    return set(Gap.objects.values_list("first_seq", "last_seq", "reason", "body"))


def test_where_all_is_well_nothing_is_found(kept: Stream) -> None:
    code, told = audit()
    assert (code, told["found"]) == (0, {})
    assert told["looked_at"] == {"packs": 3, "volumes": 2, "streams": 1, "assets": 0, "objects": 5}


def test_a_pack_that_is_gone_becomes_gaps(kept: Stream, store: MemoryStore) -> None:
    store.delete(Chunk.objects.get(seq=7).pack.key)
    mended({"bytes_lost": 1})
    assert gaps() == {(7, 7, "not_decodable", "both")}
    assert [event["log"] for event in everything(store, kept)[1]] == [0, 1, 2, 3, 4, 5, 6, 8]


def test_a_bit_that_turned_in_a_chunk_costs_the_body_that_it_is_in(kept: Stream, store: MemoryStore) -> None:
    chunk = Chunk.objects.get(seq=8)
    data = bytearray(store.get(chunk.pack.key))
    data[chunk.dom_offset + 5] ^= 1
    store.put(chunk.pack.key, bytes(data))
    mended({"bytes_lost": 1})
    assert gaps() == {(8, 8, "not_decodable", "dom")}
    assert Chunk.objects.filter(seq=8).exists()


def test_a_volume_that_is_gone_becomes_one_gap_and_the_rest_plays(kept: Stream, store: MemoryStore) -> None:
    store.delete(Segment.objects.get(first_seq=0).volume.key)
    mended({"bytes_lost": 1})
    assert gaps() == {(0, 2, "not_decodable", "both")}
    assert Volume.objects.filter(state=Pack.State.SWEPT).count() == 1
    assert [event["log"] for event in everything(store, kept)[1]] == [3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("body", ["dom", "log"])
def test_a_bit_that_turned_in_a_segment_costs_the_body_that_it_is_in(kept: Stream, store: MemoryStore, body: str) -> None:
    segment = Segment.objects.get(first_seq=3)
    data = bytearray(store.get(segment.volume.key))
    data[getattr(segment, f"{body}_offset")] ^= 1
    store.put(segment.volume.key, bytes(data))
    mended({"bytes_lost": 1})
    assert gaps() == {(3, 5, "not_decodable", body)}


def test_objects_that_no_row_knows_go_and_what_is_not_ours_stays(kept: Stream, store: MemoryStore, project: Project) -> None:
    orphans = ["packs/2026/01/01/00/aa.pack", f"r30/{project.public_id}/aa/bb.volume", asset_key(project.public_id, bytes(32))]
    for key in (*orphans, "backup/notes.txt", "imports/aa/000000000000.part"):
        store.put(key, b"x")
    code, told = audit("--repair")
    assert (code, told["found"], told["mended"]) == (1, {"orphan": 3, "foreign": 1}, {"orphan": 3})
    assert store.exists("backup/notes.txt")
    assert not any(store.exists(key) for key in orphans)


def test_wrong_counters_are_corrected(kept: Stream, store: MemoryStore) -> None:
    Pack.objects.update(chunks=5)
    Volume.objects.update(segments=0)
    mended({"wrong_counter": 5})
    Pack.objects.create(key="packs/empty.pack", state=Pack.State.KEPT, chunks=2)
    store.put("packs/empty.pack", b"x")
    mended({"wrong_counter": 1})
    assert Pack.objects.get(key="packs/empty.pack").state == Pack.State.SWEPT


def test_what_was_given_up_though_it_is_needed_is_kept(kept: Stream, store: MemoryStore) -> None:
    Pack.objects.update(state=Pack.State.SWEPT, swept_at=datetime.now(UTC))
    Volume.objects.update(state=Pack.State.SWEPT, swept_at=datetime.now(UTC))
    mended({"given_up": 5})
    assert sweep(store, datetime.now(UTC) + timedelta(days=1)) == 0


def test_a_hole_is_named(kept: Stream) -> None:
    Segment.objects.get(first_seq=0).delete()
    Chunk.objects.get(seq=7).delete()
    code, told = audit("--repair")
    assert (code, told["mended"]) == (0, {"wrong_counter": 2, "hole": 2})
    assert gaps() == {(0, 2, "not_decodable", "both"), (7, 7, "not_decodable", "both")}
    assert audit()[1]["found"] == {}


def test_a_chunk_that_lives_in_a_segment_too_loses_its_row(kept: Stream) -> None:
    Chunk.objects.filter(seq=8).update(seq=2)
    Stream.objects.update(next_seq=8)
    mended({"doubled": 1})
    assert list(Chunk.objects.order_by("seq").values_list("seq", flat=True)) == [6, 7]


def test_an_asset_whose_bytes_are_gone_is_asked_for_again(store: MemoryStore, project: Project) -> None:
    digest = hashlib.sha256(b"css").digest()
    Asset.objects.create(
        project=project, hash=digest, kind="stylesheet", state=Asset.State.KEPT, size_bytes=3, stored_bytes=3, codec=0
    )
    store.put(asset_key(project.public_id, digest), b"css")
    assert audit()[0] == 0
    store.put(asset_key(project.public_id, digest), b"cst")
    mended({"bytes_lost": 1})
    assert Asset.objects.get().state == Asset.State.WANTED


def test_one_project_can_be_looked_at_alone(kept: Stream, store: MemoryStore, project: Project, other_project: Project) -> None:
    for chunk in Chunk.objects.all():
        store.delete(chunk.pack.key)
    store.put(f"r30/{project.public_id}/aa/bb.volume", b"x")
    assert audit("--project", other_project.public_id) == (0, audit("--project", other_project.public_id)[1])
    assert audit("--project", project.public_id)[1]["found"] == {"bytes_lost": 3, "orphan": 1}
    with pytest.raises(CommandError) as refused:
        audit("--project", "nobody")
    assert refused.value.returncode == 2


def test_a_store_that_is_down_is_no_damage(kept: Stream, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(key: str, start: int = 0, length: int | None = None) -> bytes:
        raise StoreUnavailable(key)

    monkeypatch.setattr(store, "get", get)
    with pytest.raises(CommandError) as refused:
        audit("--repair")
    assert refused.value.returncode == 2
    assert gaps() == set()


def test_the_wrong_store_is_told_from_a_store_that_lost_something(kept: Stream, store: MemoryStore) -> None:
    for key in list(store.keys("")):
        store.delete(key)
    with pytest.raises(CommandError) as refused:
        audit("--repair")
    assert refused.value.returncode == 2
    assert gaps() == set()
    assert audit("--repair", "--all-is-lost")[1]["mended"] == {"bytes_lost": 5}


def test_people_read_sentences(kept: Stream, store: MemoryStore) -> None:
    store.delete(Chunk.objects.get(seq=7).pack.key)
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("audit_store", stdout=out)
    assert end.value.code == 1
    first, last = out.getvalue().splitlines()
    assert first.endswith("seq 7 both  →  name a gap")
    assert last == "looked at 3 packs, 2 volumes, 1 streams, 0 assets, 4 objects: 1 bytes_lost; mended 0"
