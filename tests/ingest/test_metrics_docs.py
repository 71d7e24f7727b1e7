"""docs/operations.md names every metric that there is, and no other."""

from __future__ import annotations

import re
import time

from django.conf import settings

from replay.ingest.metrics import IngestCollector
from replay.ingest.service import Ingest
from replay.store.memory import MemoryStore
from replay.worker.backlog import Backlog
from replay.worker.loop import Task
from replay.worker.status import WorkerCollector


async def test_every_metric_is_documented_and_every_documented_metric_exists() -> None:
    ingest = Ingest(MemoryStore(), lambda *_: None)
    worker = WorkerCollector([Task("sweep", 1, lambda: None)], Backlog(), settings.VERSION, time.monotonic)
    told = {family.name for collector in (IngestCollector(ingest), worker) for family in collector.collect()}
    await ingest.close()
    page = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    rows = re.findall(r"^\| ((?:`playhead\w*` ?)+)\|", page, re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`(playhead\w*)`", row)} - {"playhead_pressure > 0"}
    assert documented == told
