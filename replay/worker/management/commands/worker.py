"""``manage.py worker``: what is done later, beside the web processes."""

from __future__ import annotations

import logging
import signal
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from replay.index.usage import forget_usage
from replay.store import open_store, prepare_store
from replay.worker.backlog import Backlog
from replay.worker.holes import end_holes
from replay.worker.loop import Task, work
from replay.worker.status import Status
from replay.worker.sweep import sweep

SWEEP_EVERY_S: Final = 60
LOOK_EVERY_S: Final = 30
HOLES_EVERY_S: Final = 300
TIDY_EVERY_S: Final = 3_600


class Command(BaseCommand):
    help = "Sweep packs that were never finished and give up chunks that never came, until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do everything once, then exit")
        parser.add_argument("--host", default="127.0.0.1", help="address of WORKER_PORT (default: 127.0.0.1)")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        prepare_store()
        backlog = Backlog()
        tasks = tasks_of(backlog)
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


def tasks_of(backlog: Backlog) -> list[Task]:
    """Return what a worker does."""
    hole_age = timedelta(hours=settings.HOLE_AFTER_H)
    return [
        Task("look", LOOK_EVERY_S, lambda: backlog.look(datetime.now(UTC))),
        Task("sweep", SWEEP_EVERY_S, lambda: backlog.swept(sweep(open_store(), datetime.now(UTC)))),
        Task("holes", HOLES_EVERY_S, lambda: backlog.gave_up(end_holes(datetime.now(UTC), hole_age))),
        Task("tidy", TIDY_EVERY_S, lambda: forget_usage(datetime.now(UTC).date())),
    ]
