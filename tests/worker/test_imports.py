from __future__ import annotations

import pytest
from django.core.management import call_command
from django.utils import timezone

from replay.accounts.models import Project
from replay.index.interchange import jobs
from replay.index.models import Session
from replay.store.memory import MemoryStore
from replay.worker.imports import Importer
from tests.index.interchange.recordings import lines, page

DATA = lines(page())


def upload(store: MemoryStore, project: Project) -> None:
    job = jobs.begin_import(project, "visit.json", len(DATA), "", timezone.now())
    jobs.add_part(store, job, 0, DATA, timezone.now())


@pytest.mark.django_db(transaction=True)
def test_it_imports_in_a_thread_of_its_own(project: Project) -> None:
    store = MemoryStore()
    upload(store, project)
    importer = Importer(lambda: store, lambda: False)
    importer.look()
    importer.close()
    assert Session.objects.count() == 1
    importer.look()  # nothing waits
    assert Session.objects.count() == 1


@pytest.mark.django_db
def test_the_worker_does_all_that_waits_when_it_is_asked_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    monkeypatch.setattr("replay.worker.management.commands.worker.open_store", lambda: store)
    monkeypatch.setattr("replay.worker.management.commands.worker.signal.signal", lambda *_: None)
    upload(store, project)
    call_command("worker", "--once")
    assert Session.objects.get().properties["imported"] == "rrweb"
