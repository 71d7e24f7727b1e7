"""Imports that wait: their rows, their parts in the store, and who is at them.

A file comes in parts, which any web process puts into the store; any worker makes a session of it. So neither a restart of the
one nor of the other loses anything: an upload goes on at ``received_bytes``, an import where its rows end. The row is there
before the first part, and stays until the last is deleted.
"""

from __future__ import annotations

import logging
import traceback
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from replay.accounts.models import Project
from replay.index.durable import durable_transaction
from replay.index.errors import NotFound
from replay.index.interchange import limits
from replay.index.interchange.errors import ImportRefused, Refusal
from replay.index.interchange.importing import Progress, Stopped, import_file
from replay.index.keep import IndexUnavailable
from replay.index.models import Import
from replay.index.ops import PackSwept
from replay.store.base import BlobStore, StoreUnavailable
from replay.store.base import NotFound as BlobNotFound
from replay.store.keys import import_key
from replay.wire.text import clean

logger = logging.getLogger(__name__)

PART_BYTES: Final = 1024 * 1024  # what a page sends at a time, and loses at most when a connection breaks
MOST_PART_BYTES: Final = 2 * 1024 * 1024  # of one request, as our proxy takes it
MOST_PARTS: Final = 100_000
MOST_UNFINISHED: Final = 20  # of one project
TRIES: Final = 3
STALE_AFTER: Final = timedelta(seconds=60)  # a worker that is at it speaks every second or so
ABANDONED_AFTER: Final = timedelta(hours=24)  # an upload to which nothing comes
SWEPT_AFTER: Final = timedelta(minutes=10)  # a part that was being put has landed by then
FORGOTTEN_AFTER: Final = timedelta(days=30)
State = Import.State
ENDED: Final = (State.DONE, State.FAILED, State.CANCELLED)


class TooLarge(Exception):
    """The file is larger than the setting IMPORT_MAX_MIB allows."""


class TooMany(Exception):
    """The project has as many unfinished imports as it may."""


class Ended(Exception):
    """The import takes no parts: all are there, or it has ended."""


class WrongOffset(Exception):
    """The part is not the one that comes next."""


def most_bytes() -> int:
    """Return how large a file may be."""
    return int(settings.IMPORT_MAX_MIB) * 1024 * 1024


def begin_import(project: Project, name: str, size_bytes: int, distinct_id: str, now: datetime) -> Import:
    """Announce a file of so many bytes; raise TooLarge, TooMany."""
    if size_bytes > most_bytes():
        raise TooLarge
    with durable_transaction():
        Project.objects.select_for_update().filter(pk=project.pk).first()  # two at once count each other
        if imports_of(project).exclude(state__in=ENDED).count() >= MOST_UNFINISHED:
            raise TooMany
        return Import.objects.create(
            project=project,
            uuid=uuid.uuid4(),
            name=clean(name, 200),
            distinct_id=clean(distinct_id, 200),
            size_bytes=size_bytes,
            created_at=now,
            touched_at=now,
        )


def imports_of(project: Project) -> QuerySet[Import]:
    """Return a project's imports, the newest first."""
    return Import.objects.filter(project=project).order_by("-created_at", "-pk")


def find_import(project: Project, import_id: uuid.UUID) -> Import:
    """Return one of a project's imports; raise NotFound."""
    found = imports_of(project).filter(uuid=import_id).first()
    if found is None:
        raise NotFound(str(import_id))
    return found


def add_part(store: BlobStore, job: Import, offset: int, data: bytes, now: datetime) -> Import:
    """Keep the part of a file that begins at ``offset``; raise Ended, WrongOffset, TooLarge, StoreUnavailable.

    A part that is there already changes nothing: whoever did not hear the answer sends it again.
    """
    if offset + len(data) <= job.received_bytes:
        return job
    if job.state != State.UPLOADING:
        raise Ended
    if offset != job.received_bytes:
        raise WrongOffset
    if offset + len(data) > job.size_bytes or len(job.parts) >= MOST_PARTS:
        raise TooLarge
    store.put(import_key(job.uuid, offset), data)
    received = offset + len(data)
    with durable_transaction():
        mine = Import.objects.filter(pk=job.pk, state=State.UPLOADING, received_bytes=offset)
        is_last = received == job.size_bytes
        mine.update(
            received_bytes=received,
            parts=[*job.parts, len(data)],
            touched_at=now,
            state=State.WAITING if is_last else State.UPLOADING,
        )
    job.refresh_from_db()
    return job


def progress_of(job: Import) -> float:
    """Return how much of the worker's part is done, from 0 to 1."""
    return min(1.0, job.done_bytes / job.total_bytes) if job.total_bytes else 0.0


def cancel(job: Import, now: datetime) -> Import:
    """End an import that has not ended; what it has kept so far stays a session."""
    with durable_transaction():
        Import.objects.filter(pk=job.pk).exclude(state__in=ENDED).update(state=State.CANCELLED, touched_at=now)
    job.refresh_from_db()
    return job


def claim(now: datetime) -> Import | None:
    """Take the import that waits longest, or whose worker has died; one that kills its workers is given up."""
    due = Q(state=State.WAITING) | Q(state=State.RUNNING, touched_at__lt=now - STALE_AFTER)
    if not Import.objects.filter(due).exists():  # asked every few seconds: the common answer takes no lock
        return None
    with durable_transaction():
        job = Import.objects.select_for_update(skip_locked=True, of=("self",)).filter(due).order_by("created_at", "pk").first()
        if job is None:
            return None
        if job.tries >= TRIES:
            _fail(job, ImportRefused(Refusal.GAVE_UP), now)
            return None
        job.state, job.tries, job.touched_at = State.RUNNING, job.tries + 1, now
        job.save(update_fields=["state", "tries", "touched_at"])
        return Import.objects.select_related("project").get(pk=job.pk)


def run(store: BlobStore, job: Import, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Make a session of a claimed import, and say in its row what became of it."""
    mine = Import.objects.filter(pk=job.pk, state=State.RUNNING)

    def tell(progress: Progress) -> None:
        told = {"done_bytes": progress.done_bytes, "total_bytes": progress.total_bytes, "events": progress.events}
        if not mine.update(touched_at=timezone.now(), **told):
            raise Stopped  # cancelled
        if is_stopping():
            mine.update(state=State.WAITING, tries=F("tries") - 1)
            raise Stopped

    try:
        made = import_file(
            store,
            job.project,
            _pieces(store, job),
            most_bytes=most_bytes() * limits.INFLATED_RATIO,
            distinct_id=job.distinct_id,
            tell=tell,
        )
    except Stopped:
        return
    except ImportRefused as refused:
        _fail(job, refused, timezone.now())
    except (StoreUnavailable, IndexUnavailable, PackSwept) as error:
        logger.warning("an import waits for better times: import=%s %s", job.uuid, type(error).__name__)
        mine.update(tries=F("tries") - 1)  # it was not the file's fault; another worker takes it when it is stale
    except Exception as error:  # a message may hold what was recorded: where it happened must do
        where = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("an import failed: import=%s %s at %s:%s", job.uuid, type(error).__name__, where.filename, where.lineno)
    else:
        mine.update(
            state=State.DONE,
            session=made.session,
            events=made.events,
            done_bytes=F("total_bytes"),
            touched_at=timezone.now(),
        )


def sweep_imports(store: BlobStore, now: datetime) -> int:
    """Cancel uploads that were left, delete the parts of what has ended, forget what ended long ago; return how many."""
    Import.objects.filter(state=State.UPLOADING, touched_at__lt=now - ABANDONED_AFTER).update(
        state=State.CANCELLED, touched_at=now
    )
    swept = 0
    for job in Import.objects.filter(state__in=ENDED, swept_at=None, touched_at__lt=now - SWEPT_AFTER)[:100]:
        for offset in (*_offsets(job), job.received_bytes):  # the last: a part that was put as it ended
            store.delete(import_key(job.uuid, offset))
        Import.objects.filter(pk=job.pk).update(swept_at=now)
        swept += 1
    Import.objects.filter(swept_at__lt=now - FORGOTTEN_AFTER).delete()
    return swept


def _pieces(store: BlobStore, job: Import) -> Iterator[bytes]:
    for offset, size in zip(_offsets(job), job.parts, strict=True):
        try:
            yield store.get(import_key(job.uuid, offset), 0, size)
        except BlobNotFound as error:
            raise ImportRefused(Refusal.DAMAGED) from error


def _offsets(job: Import) -> Iterator[int]:
    at = 0
    for size in job.parts:
        yield at
        at += size


def _fail(job: Import, refused: ImportRefused, now: datetime) -> None:
    Import.objects.filter(pk=job.pk, state=State.RUNNING).update(
        state=State.FAILED, code=refused.code.value, detail=str(refused)[:300], touched_at=now
    )
