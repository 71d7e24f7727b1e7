"""What goes out is the same before and after the worker has folded it: events of real apps, log, gaps."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from replay.accounts.models import Project
from replay.index.models import Chunk, Segment, Session
from replay.store.memory import MemoryStore
from replay.worker.compact import compact_session
from replay.worker.folder import Folder
from tests.index.interchange.recordings import START_MS, bring, click, own, page, take, text

APPS = sorted((Path(__file__).parents[1] / "fixtures" / "apps").glob("*.jsonl.gz"))

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    folder = Folder(1_024, 60)
    yield folder
    folder.close()


def compact(store: MemoryStore, folder: Folder, session: Session) -> None:
    while (done := compact_session(store, folder, session.pk, timedelta(hours=25))) and done.is_more:
        pass


def told(data: bytes) -> list[dict[str, Any]]:
    return [{name: stream[name] for name in ("events", "log", "gaps")} for stream in json.loads(data)["streams"]]


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.name.partition(".")[0])
def test_a_real_recording_survives_the_round_trip_folded_or_not(
    path: Path, project: Project, other_project: Project, folder: Folder
) -> None:
    store = MemoryStore()
    made = bring(store, project, path.read_bytes())
    events = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    fresh = take(store, made)
    assert told(fresh)[0]["events"] == events
    compact(store, folder, Session.objects.get(uuid=made.session))
    assert Segment.objects.exists()
    assert not Chunk.objects.exists()
    folded = take(store, made)
    assert folded == fresh  # to the byte: whoever exports twice has the same file
    again = take(store, bring(store, other_project, folded))
    assert told(again) == told(fresh)


def test_gaps_and_log_stay_where_they_were(project: Project, folder: Folder) -> None:
    store = MemoryStore()
    events = [*page(), *(text(START_MS + 500 * n, str(n)) for n in range(1, 20))]
    events += [*page(START_MS + 20_000), *(click(START_MS + 20_000 + 300 * n) for n in range(1, 20))]
    log = [{"type": "state", "id": f"e{n}", "t": START_MS + 700 * n, "name": "x"} for n in range(30)]
    span = {"first_ms": START_MS + 9_600, "last_ms": START_MS + 19_900, "reason": "frozen"}
    gap = {**span, "body": "both", "at_event": 21, "at_log": 14}
    made = bring(store, project, own([{"id": "s", "events": events, "log": log, "gaps": [gap]}]))
    fresh = take(store, made)
    assert told(fresh) == [{"events": events, "log": log, "gaps": [gap]}]
    compact(store, folder, Session.objects.get(uuid=made.session))
    assert not Chunk.objects.exists()
    assert take(store, made) == fresh
