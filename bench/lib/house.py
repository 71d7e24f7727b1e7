"""A Playhead in this very process: SQLite and files in a folder of its own, ingest's writer, the worker's compaction.

What a bench gives it goes the real way: frames → ingest's packs → rows → segments in volumes, with nothing simulated but the
sockets. Django is set up here, once a process; so everything of ours that has models is imported inside functions.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import django

from replay.wire.frames import Chunk
from tests.pages_say import PageStream
from tests.processes import clean_env

if TYPE_CHECKING:
    from replay.accounts.models import Project
    from replay.index.arrival import Outcome
    from replay.index.models import Session
    from replay.ingest.item import Item
    from replay.store.base import BlobStore
    from replay.worker.folder import Folder

MEMORY_MIB: Final = 2_048  # that a child may have
CHILD_S: Final = 300
HOLE_AGE: Final = timedelta(hours=25)
AT_ONCE: Final = 500  # chunks that one page has under way here


@dataclass(frozen=True)
class Spoken:
    """A stream's page, and the chunks that it says in order."""

    page: PageStream
    chunks: Sequence[Chunk]


@dataclass
class Compaction:
    """What the worker did with a session."""

    cpu_s: float  # of the worker and its child
    wall_s: float
    volumes: int  # objects put
    stored_bytes: int
    chunks: int
    segments: int


@dataclass
class _Listener:
    """Hears what becomes of chunks; nothing of a bench may be refused."""

    kept: int = 0
    refused: list[str] = field(default_factory=list)

    def settled(self, outcomes: list[tuple[Item, Outcome]]) -> None:
        self.kept += len(outcomes)
        self.refused += [str(outcome.code) for _, outcome in outcomes if outcome.code is not None]


@dataclass
class House:
    """A project in it, its store, and the worker's child."""

    project: Project
    store: BlobStore
    folder: Folder
    data_dir: Path

    def ingest(self, streams: Sequence[Spoken], received_at: datetime | None = None) -> list[Session]:
        """Keep all chunks as the web process does; return the session of each stream."""
        from replay.index.models import Session

        asyncio.run(self._ingest(streams, received_at or datetime.now(UTC)))
        return [Session.objects.get(project=self.project, uuid=spoken.page.session) for spoken in streams]

    async def _ingest(self, streams: Sequence[Spoken], received_at: datetime) -> None:
        from replay.ingest.admission import Key, make_source
        from replay.ingest.item import Item, Place
        from replay.ingest.writer import Writer

        writer, key = Writer(self.store, lambda _: None), Key(self.project.pk, self.project.public_id, (), False)
        listener, said = _Listener(), 0
        try:
            for spoken in streams:
                source = make_source(key, spoken.page.hello(), "Mozilla/5.0", spoken.page.now_ms)
                place = Place(spoken.page.url)
                for chunk in spoken.chunks:
                    writer.keep(Item(source, chunk, place, received_at, listener, len(chunk.frame)))
                    said += 1
                    while said - listener.kept > AT_ONCE:
                        await asyncio.sleep(0.001)
        finally:
            await writer.close()
        assert listener.kept == said, f"{said} chunks said, {listener.kept} heard of"
        assert not listener.refused, listener.refused[:3]

    def compact(self, session: Session) -> Compaction:
        """Compact all that waits of a session, as the worker does; the child is a new one each time."""
        from replay.index.models import Volume
        from replay.worker.compact import compact_session

        cpu_s, child_s, wall_s = time.process_time(), self.folder.cpu_s, time.perf_counter()
        found = Compaction(0, 0, 0, 0, 0, 0)
        while (done := compact_session(self.store, self.folder, session.pk, HOLE_AGE)) is not None:
            found.chunks += done.chunks
            found.segments += done.segments
            assert not done.spans_lost, f"{done.spans_lost} spans could not be read"
            if not done.is_more or not done.segments:
                break
        found.cpu_s = time.process_time() - cpu_s + self.folder.cpu_s - child_s
        found.wall_s = time.perf_counter() - wall_s
        volumes = list(Volume.objects.filter(session=session, state="kept"))
        found.volumes, found.stored_bytes = len(volumes), sum(volume.size_bytes for volume in volumes)
        on_disk = sum(len(self.store.get(volume.key)) for volume in volumes)
        assert on_disk == found.stored_bytes, f"{on_disk} bytes lie in volumes of {found.stored_bytes}"
        return found

    def keep_assets(self, session: Session, offers: Sequence[tuple[Any, bytes]]) -> None:
        """Offer and send assets, as a page does."""
        from replay.index.assets import answer_offers, keep_asset

        now = datetime.now(UTC)
        for offer, data in offers:
            answer_offers(self.project.pk, session.uuid, [offer], now)
            keep_asset(self.store, self.project.pk, self.project.public_id, session.uuid, offer, data, now)

    def asset_bytes(self, session: Session) -> int:
        """Return the bytes in the store of what a session shows."""
        from replay.index.models import Asset, SessionAsset

        shown = SessionAsset.objects.filter(session=session, asset__isnull=False).values_list("asset_id", flat=True)
        return sum(asset.stored_bytes for asset in Asset.objects.filter(pk__in=set(shown)))


def peak_bytes(pid: int | str) -> int:
    """Return the most memory that a process has held. (What getrusage says counts the process that started it.)"""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


@contextmanager
def house(data_dir: Path) -> Iterator[House]:
    """Open a house in an empty folder; one a process."""
    os.environ.update(clean_env(DATA_DIR=str(data_dir), SECRET_KEY=secrets.token_urlsafe(48), LOG_LEVEL="WARNING"))
    for name in ("DATABASE_URL", "STORE", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "replay.settings"
    django.setup()
    from django.core.management import call_command

    from replay.accounts.models import User
    from replay.accounts.services import create_project
    from replay.store import open_store
    from replay.worker.folder import Folder

    call_command("migrate", "--noinput", "-v0")
    project = create_project(User.objects.create_user("alice@example.org"), "Bench")
    folder = Folder(MEMORY_MIB, CHILD_S)
    try:
        yield House(project, open_store(), folder, data_dir)
    finally:
        folder.close()
