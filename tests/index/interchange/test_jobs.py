"""Uploads in parts, and the workers that make sessions of them: in what order, how often, and after which breaks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from replay.accounts.models import Project
from replay.index.interchange import importing, jobs
from replay.index.models import Import, Session
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from tests.index.interchange.recordings import lines, page

pytestmark = pytest.mark.django_db
DATA = lines(page())
State = Import.State


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def begun(project: Project, size: int = len(DATA)) -> Import:
    return jobs.begin_import(project, "visit.json", size, "", timezone.now())


def uploaded(store: MemoryStore, project: Project, data: bytes = DATA) -> Import:
    job = begun(project, len(data))
    for at in range(0, len(data), 300):
        job = jobs.add_part(store, job, at, data[at : at + 300], timezone.now())
    return job


def claimed() -> Import:
    job = jobs.claim(timezone.now())
    assert job
    return job


def test_an_upload_in_parts_becomes_a_session(store: MemoryStore, project: Project) -> None:
    job = uploaded(store, project)
    assert (job.state, job.received_bytes, sum(job.parts)) == (State.WAITING, len(DATA), len(DATA))
    jobs.run(store, claimed())
    job.refresh_from_db()
    assert (job.state, job.session, job.events) == (State.DONE, Session.objects.get().uuid, 2)
    assert jobs.claim(timezone.now()) is None


def test_a_part_that_is_sent_twice_is_there_once(store: MemoryStore, project: Project) -> None:
    job = begun(project)
    for _ in range(2):
        job = jobs.add_part(store, job, 0, DATA[:300], timezone.now())
    assert (job.received_bytes, job.parts) == (300, [300])
    with pytest.raises(jobs.WrongOffset):
        jobs.add_part(store, job, 301, DATA[301:], timezone.now())
    with pytest.raises(jobs.TooLarge):
        jobs.add_part(store, job, 300, DATA, timezone.now())


def test_two_who_send_the_same_part_at_once_do_not_disturb_each_other(store: MemoryStore, project: Project) -> None:
    one = begun(project)
    other = jobs.find_import(project, one.uuid)
    jobs.add_part(store, one, 0, DATA[:300], timezone.now())
    assert jobs.add_part(store, other, 0, DATA[:300], timezone.now()).parts == [300]


def test_what_has_ended_takes_no_parts(store: MemoryStore, project: Project) -> None:
    job = jobs.cancel(begun(project), timezone.now())
    with pytest.raises(jobs.Ended):
        jobs.add_part(store, job, 0, DATA, timezone.now())


def test_files_beyond_the_setting_and_too_many_at_once_are_turned_away(project: Project) -> None:
    with override_settings(IMPORT_MAX_MIB=1), pytest.raises(jobs.TooLarge):
        begun(project, 1024 * 1024 + 1)
    for _ in range(jobs.MOST_UNFINISHED):
        begun(project)
    with pytest.raises(jobs.TooMany):
        begun(project)


def test_a_file_that_is_no_recording_says_so_in_its_row(store: MemoryStore, project: Project) -> None:
    job = uploaded(store, project, b'[\n{"type": 4}]')
    jobs.run(store, claimed())
    job.refresh_from_db()
    assert (job.state, job.code) == (State.FAILED, "not_an_event")
    assert "line 2, byte 2" in job.detail


def test_an_import_whose_worker_died_is_taken_again_and_given_up_after_three(store: MemoryStore, project: Project) -> None:
    job, now = uploaded(store, project), timezone.now()
    for _ in range(jobs.TRIES):
        now += jobs.STALE_AFTER + timedelta(seconds=1)
        assert jobs.claim(now)
        assert jobs.claim(now) is None  # somebody is at it
    assert jobs.claim(now + jobs.STALE_AFTER * 2) is None
    job.refresh_from_db()
    assert (job.state, job.code) == (State.FAILED, "gave_up")


class Down(MemoryStore):
    is_down = False

    def put(self, key: str, data: bytes) -> None:
        if self.is_down:
            raise StoreUnavailable(key)
        super().put(key, data)


def test_a_store_that_is_down_is_waited_for(project: Project) -> None:
    store = Down()
    job = uploaded(store, project)
    store.is_down = True
    for minute in range(10):
        again = jobs.claim(timezone.now() + timedelta(minutes=2 * minute))
        assert again
        jobs.run(store, again)
        Import.objects.update(touched_at=timezone.now() - timedelta(hours=1))
    store.is_down = False
    jobs.run(store, claimed())
    job.refresh_from_db()
    assert job.state == State.DONE


def test_a_worker_that_is_told_to_stop_puts_it_back(
    store: MemoryStore, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "TELL_EVERY_S", 0.0)
    job = uploaded(store, project)
    jobs.run(store, claimed(), is_stopping=lambda: True)
    job.refresh_from_db()
    assert (job.state, job.tries) == (State.WAITING, 0)
    jobs.run(store, claimed())
    job.refresh_from_db()
    assert job.state == State.DONE


def test_a_cancelled_import_stops_under_way(store: MemoryStore, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "TELL_EVERY_S", 0.0)
    uploaded(store, project)
    job = claimed()
    jobs.cancel(job, timezone.now())
    jobs.run(store, job)
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert not Session.objects.exists()


def test_an_error_of_ours_is_logged_without_what_was_recorded(
    store: MemoryStore, project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("recorded content")

    monkeypatch.setattr(jobs, "import_file", fail)
    uploaded(store, project)
    jobs.run(store, claimed())
    assert "KeyError at " in caplog.text
    assert "recorded content" not in caplog.text


def test_parts_go_when_an_import_has_ended_and_its_row_a_month_later(store: MemoryStore, project: Project) -> None:
    uploaded(store, project)
    left = jobs.add_part(store, begun(project), 0, DATA[:300], timezone.now())
    jobs.run(store, claimed())
    now = timezone.now()
    assert jobs.sweep_imports(store, now) == 0
    assert jobs.sweep_imports(store, now + timedelta(hours=1)) == 1
    assert [key for key in store.keys("imports/") if left.uuid.hex not in key] == []
    assert list(store.keys("imports/"))
    jobs.sweep_imports(store, now + timedelta(hours=25))  # nothing came any more
    left.refresh_from_db()
    assert left.state == State.CANCELLED
    jobs.sweep_imports(store, now + timedelta(hours=26))
    assert list(store.keys("imports/")) == []
    jobs.sweep_imports(store, now + timedelta(days=40))
    assert not Import.objects.exists()
    assert Session.objects.exists()


def test_a_part_that_is_gone_is_told(store: MemoryStore, project: Project) -> None:
    job = uploaded(store, project)
    for key in list(store.keys("imports/"))[:1]:
        store.delete(key)
    jobs.run(store, claimed())
    job.refresh_from_db()
    assert (job.state, job.code) == (State.FAILED, "damaged")
