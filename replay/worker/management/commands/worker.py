"""``manage.py worker``: what is done later, beside the web processes."""

from __future__ import annotations

import logging
import signal
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from replay.index.interchange.jobs import sweep_imports
from replay.index.usage import forget_usage
from replay.store import open_store, prepare_store
from replay.worker import assets
from replay.worker.backlog import Backlog
from replay.worker.compaction import Compactor
from replay.worker.folder import Folder
from replay.worker.holes import end_holes
from replay.worker.imports import Importer
from replay.worker.loop import Task, work
from replay.worker.status import Status
from replay.worker.sweep import sweep

COMPACT_EVERY_S: Final = 10
SWEEP_EVERY_S: Final = 60
LOOK_EVERY_S: Final = 30
HOLES_EVERY_S: Final = 300
IMPORTS_EVERY_S: Final = 2
TIDY_EVERY_S: Final = 3_600


class Command(BaseCommand):
    help = "Make segments of chunks, sweep what nobody needs and give up chunks that never came, until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do everything once, then exit")
        parser.add_argument("--host", default="127.0.0.1", help="address of WORKER_PORT (default: 127.0.0.1)")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        prepare_store()
        backlog = Backlog()
        folder = Folder(settings.COMPACT_MEMORY_MIB, settings.COMPACT_TIMEOUT_S)
        importer = Importer(open_store, stop.is_set)
        tasks = tasks_of(backlog, folder, stop)
        tasks.append(Task("imports", IMPORTS_EVERY_S, importer.look_once if options["once"] else importer.look))
        try:
            self._work(tasks, backlog, stop, options)
        finally:
            importer.close()
            folder.close()

    def _work(self, tasks: list[Task], backlog: Backlog, stop: Event, options: dict[str, Any]) -> None:
        if options["once"]:
            for task in tasks:
                task.run()
            return
        if settings.WORKER_PORT:
            try:
                status = Status(options["host"], settings.WORKER_PORT, tasks, backlog, settings.VERSION, settings.METRICS_TOKEN)
            except OSError as error:
                raise CommandError(f"cannot listen on {options['host']}:{settings.WORKER_PORT}: {error}") from error
            status.start()
        logging.getLogger(__name__).info("working")
        work(tasks, stop)
        logging.getLogger(__name__).info("stopped")


def tasks_of(backlog: Backlog, folder: Folder, stop: Event) -> list[Task]:
    """Return what a worker does."""
    hole_age, compact_after = timedelta(hours=settings.HOLE_AFTER_H), timedelta(seconds=settings.COMPACT_AFTER_S)
    compactor = Compactor(open_store, folder, compact_after, hole_age, backlog.compacting, stop.is_set)
    compact = [Task("compact", COMPACT_EVERY_S, compactor.run)] if settings.COMPACT_AFTER_S else []
    return [
        *compact,
        Task("look", LOOK_EVERY_S, lambda: backlog.look(datetime.now(UTC))),
        Task("sweep", SWEEP_EVERY_S, lambda: backlog.swept(sweep(open_store(), datetime.now(UTC)))),
        Task("holes", HOLES_EVERY_S, lambda: backlog.gave_up(end_holes(datetime.now(UTC), hole_age))),
        Task("sweep_imports", SWEEP_EVERY_S, lambda: sweep_imports(open_store(), datetime.now(UTC))),
        Task("sweep_assets", assets.SWEEP_EVERY_S, lambda: assets.sweep_assets(open_store(), datetime.now(UTC))),
        Task("tidy", TIDY_EVERY_S, lambda: forget_usage(datetime.now(UTC).date())),
    ]
