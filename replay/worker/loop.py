"""The worker's rounds: every task when it is due, until it is told to stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Final

from django.db import close_old_connections

logger = logging.getLogger(__name__)

LATE_S: Final = 300  # that a task may be late, or may take, before its worker counts as stuck


@dataclass
class Task:
    """Something to do again and again."""

    name: str
    every_s: float
    run: Callable[[], object]
    due_at: float = 0.0
    done: int = 0  # times it went well
    failed: int = 0
    took_s: float = 0.0  # the last time
    done_at: float | None = None  # by the loop's clock: the last time it went well

    def is_stuck(self, now: float) -> bool:
        """Say whether it should have been tried again long ago."""
        return now > self.due_at + LATE_S


def work(tasks: list[Task], stop: Event, clock: Callable[[], float] = time.monotonic) -> None:
    """Run each task when it is due; one that fails is logged, and tried again when it is due next."""
    for task in tasks:
        task.due_at = max(task.due_at, clock())
    while not stop.is_set():
        for task in tasks:
            if clock() < task.due_at or stop.is_set():
                continue
            close_old_connections()
            began = clock()
            try:
                task.run()
                task.done += 1
                task.done_at = clock()
            except Exception as error:
                task.failed += 1
                logger.warning("%s failed: %s", task.name, type(error).__name__, exc_info=error)
            task.took_s = clock() - began
            task.due_at = clock() + task.every_s
        stop.wait(max(0.0, min(task.due_at for task in tasks) - clock()))
