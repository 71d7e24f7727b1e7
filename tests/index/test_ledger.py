"""What the ledger asks of a database: little, whatever the size of a pack; and rows that fit the tables."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection, models
from django.db.models.fields import Field

from replay.accounts.models import Project
from replay.index import ops, rows
from replay.index.arrival import Outcome
from replay.index.durable import durable_transaction
from replay.index.models import Chunk, Gap, Moment, Pack, Session, Stream
from replay.index.sql import TABLES, Database
from replay.wire.errors import Code
from tests.index.test_keep import NOW, NOW_MS, Keeper
from tests.pages_say import PageStream, click

MODELS: dict[type[msgspec.Struct], type[models.Model]] = {
    rows.SessionRow: Session,
    rows.StreamRow: Stream,
    rows.ChunkRow: Chunk,
    rows.MomentRow: Moment,
    rows.GapRow: Gap,
}
WORKERS = {"fold_failures"}  # columns with which the ledger has nothing to do
BIRTHS: dict[Any, type[msgspec.Struct]] = {rows.SessionRow: rows.SessionBirth, rows.StreamRow: rows.StreamBirth}


@pytest.mark.parametrize("row", MODELS)
def test_a_row_has_the_columns_of_its_table(row: type[msgspec.Struct]) -> None:
    told = {*row.__struct_fields__} - {"birth"} | {*(BIRTHS[row].__struct_fields__ if row in BIRTHS else ())} | {"id"}
    columns: list[Field[Any, Any]] = list(MODELS[row]._meta.concrete_fields)
    assert told == {column.column for column in columns} - WORKERS
    assert TABLES[row] == MODELS[row]._meta.db_table


@pytest.fixture
def keep(project: Project) -> Keeper:
    return Keeper(project)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the operations that are carried out."""
    names: list[str] = []
    real = Database._do

    def do(self: Database, op: ops.Op) -> Any:
        names.append(type(op).__name__)
        return real(self, op)

    monkeypatch.setattr(Database, "_do", do)
    return names


@pytest.mark.django_db
class TestAsking:
    def test_a_pack_costs_nine_operations_however_many_chunks(self, keep: Keeper, asked: list[str]) -> None:
        pages = [PageStream(now_ms=NOW_MS) for _ in range(20)]
        keep.keep(*(keep.arrival(page, page.chunk(0, click())) for page in pages))
        for seqs, some in ((range(1, 2), pages), (range(2, 12), pages), (range(12, 13), pages[:1])):
            asked.clear()
            outcomes = keep.keep(*(keep.arrival(page, page.chunk(seq, click())) for page in some for seq in seqs))
            assert {outcome.code for outcome in outcomes} == {None}
            assert asked == [
                *("LockPack", "Savepoint", "LockSessions", "LockStreams", "InsertChunks", "InsertMoments"),
                *("SaveStreams", "SaveSessions", "SavePack"),
            ]

    def test_a_hole_costs_one_more(self, keep: Keeper, asked: list[str]) -> None:
        page = PageStream(now_ms=NOW_MS)
        keep(page, page.chunk(0))
        asked.clear()
        keep(page, page.chunk(2))
        assert Counter(asked)["NextHoles"] == 1
        asked.clear()
        keep(page, page.chunk(1))
        assert Counter(asked)["NextHoles"] == 1
        asked.clear()
        keep(page, page.chunk(3))
        assert "NextHoles" not in asked

    def test_a_page_that_sends_again_heals_what_was_left_behind(self, keep: Keeper) -> None:
        """A process of the version before does not write ``end_seq``."""
        page = PageStream(now_ms=NOW_MS)
        keep(page, page.chunk(1))
        Stream.objects.update(end_seq=0)
        assert keep(page, page.chunk(0)) == [Outcome(None, 1)]
        assert keep(page, page.chunk(1)) == [Outcome(None, 2)]

    def test_a_project_that_is_gone_costs_its_neighbours_nothing(self, keep: Keeper, other_project: Project) -> None:
        page, orphan = PageStream(now_ms=NOW_MS), PageStream(now_ms=NOW_MS)
        gone = Keeper(other_project)
        arrival = gone.arrival(orphan, orphan.chunk(0))
        other_project.delete()
        assert keep.keep(keep.arrival(page, page.chunk(0)), arrival) == [Outcome(None, 1), Outcome(Code.UNKNOWN_WRITE_KEY)]
        assert Session.objects.get().uuid == page.session

    def test_when_a_session_was_heard_of_moves_by_ten_seconds(self, keep: Keeper) -> None:
        """The column is indexed: each move costs as much as the rest of the update."""
        page = PageStream(now_ms=NOW_MS)
        for seq, (after_s, heard_s) in enumerate([(0, 0), (9, 0), (10, 10), (19, 10), (21, 21)]):
            keep(page, page.chunk(seq), received_at=NOW + timedelta(seconds=after_s))
            assert Session.objects.get().last_received_at == NOW + timedelta(seconds=heard_s)

    def test_a_value_that_no_column_takes_leaves_no_trace(self, keep: Keeper) -> None:
        page = PageStream(now_ms=NOW_MS)
        arrival = keep.arrival(page, page.chunk(0, click()))
        arrival.digest.moments[0].data["x"] = object()
        assert keep.keep(arrival) == [Outcome(Code.BAD_LOG)]
        assert not Session.objects.exists()
        assert not Chunk.objects.exists()
        assert Pack.objects.get().state == Pack.State.SWEPT


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_commit_waits_for_the_disk_whatever_the_server_is_set_to() -> None:
    def setting() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return str(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    with durable_transaction():
        assert setting() == "on"
