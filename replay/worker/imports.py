"""Makes sessions of files that were uploaded: one at a time, in a thread of its own, so that other tasks have their turns."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from django.db import connections

from replay.index.interchange import jobs
from replay.index.models import Import
from replay.store.base import BlobStore

ENDS_WITHIN_S: Final = 20  # of being told: it looks up every second


class Importer:
    """Looks for imports that wait. All methods are called from one thread."""

    def __init__(self, store: Callable[[], BlobStore], is_stopping: Callable[[], bool]) -> None:
        self._store = store
        self._is_stopping = is_stopping
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin the next import, unless one is under way."""
        if self._thread is not None and self._thread.is_alive():
            return
        if job := jobs.claim(datetime.now(UTC)):
            self._thread = threading.Thread(target=self._run, args=(job,), name="playhead-import", daemon=True)
            self._thread.start()

    def look_once(self) -> None:
        """Do all that waits, here and now."""
        while job := jobs.claim(datetime.now(UTC)):
            jobs.run(self._store(), job, self._is_stopping)

    def close(self) -> None:
        """Wait until the one under way has put itself back."""
        if self._thread is not None:
            self._thread.join(ENDS_WITHIN_S)

    def _run(self, job: Import) -> None:
        try:
            jobs.run(self._store(), job, self._is_stopping)
        finally:
            connections.close_all()
