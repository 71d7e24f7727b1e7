"""The worker's rounds: every task when it is due, until it is told to stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from django.db import close_old_connections

logger = logging.getLogger(__name__)


@dataclass
class Task:
    """Something to do again and again."""

    name: str
    every_s: float
    run: Callable[[], object]
    due_at: float = 0.0


def work(tasks: list[Task], stop: Event, clock: Callable[[], float] = time.monotonic) -> None:
    """Run each task when it is due; one that fails is logged, and tried again when it is due next."""
    while not stop.is_set():
        for task in tasks:
            if clock() < task.due_at or stop.is_set():
                continue
            close_old_connections()
            try:
                task.run()
            except Exception as error:
                logger.warning("%s failed: %s", task.name, type(error).__name__, exc_info=error)
            task.due_at = clock() + task.every_s
        stop.wait(max(0.0, min(task.due_at for task in tasks) - clock()))
