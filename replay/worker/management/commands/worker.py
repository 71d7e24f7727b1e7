"""``manage.py worker``: what is done later, beside the web processes."""

from __future__ import annotations

import logging
import signal
from datetime import UTC, datetime
from threading import Event
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandParser

from replay.store import open_store, prepare_store
from replay.worker.loop import Task, work
from replay.worker.sweep import sweep

SWEEP_EVERY_S: Final = 60


class Command(BaseCommand):
    help = "Sweep packs that were never finished, until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do everything once, then exit")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        prepare_store()
        sweep_task = Task("sweep", SWEEP_EVERY_S, lambda: sweep(open_store(), datetime.now(UTC)))
        if options["once"]:
            sweep_task.run()
            return
        logging.getLogger(__name__).info("working")
        work([sweep_task], stop)
        logging.getLogger(__name__).info("stopped")
