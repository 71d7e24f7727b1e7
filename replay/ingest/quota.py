"""What projects may bring in a day, counted by all processes together: each tells the database now and then what came to it.

Between two tellings a process counts by itself, so that several processes together may go over by what comes in half a
minute. A process that is killed forgets what it had not told yet. Days are the server's, in UTC.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

logger = logging.getLogger(__name__)

TELL_EVERY_S: Final = 30
TELL_FIRST_S: Final = 1  # of a project that was not heard of today
MOST_WAIT_S: Final = 3_600  # a page asks again within the hour: somebody may have raised the allowance

Tell = Callable[[date, Mapping[int, int]], Awaitable[dict[int, int]]]  # adds to a day's counts; returns all processes' sums


class Quota:
    """Counts bytes by project, today."""

    def __init__(self, bytes_per_day: int, tell: Tell, today: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._bytes_per_day = bytes_per_day
        self._tell = tell
        self._now = today
        self._day = today().date()
        self._told: dict[int, int] = {}  # sums of all processes, as of the last telling
        self._untold: Counter[int] = Counter()
        self._wake = asyncio.Event()

    def wait_s(self, project_id: int) -> float:
        """Return 0, or after how many seconds a project that has used its day up should ask again."""
        if self._has_room(project_id):  # asked for every chunk, so before the calendar: a new day only makes more room
            return 0.0
        self._turn_page()
        if self._has_room(project_id):
            return 0.0
        now = self._now()
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        return min((midnight - now).total_seconds(), MOST_WAIT_S)

    def _has_room(self, project_id: int) -> bool:
        return not self._bytes_per_day or self._told.get(project_id, 0) + self._untold[project_id] < self._bytes_per_day

    def count(self, project_id: int, size_bytes: int) -> None:
        """Count bytes that were kept."""
        self._turn_page()
        self._untold[project_id] += size_bytes

    def meet(self, project_id: int) -> None:
        """Have today's count of a project looked up soon, where it is not known."""
        if project_id not in self._told and project_id not in self._untold:
            self._untold[project_id] = 0
            self._wake.set()

    async def run(self) -> None:
        """Tell and learn, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(TELL_EVERY_S):
                    await self._wake.wait()
                await asyncio.sleep(TELL_FIRST_S)
            except TimeoutError:
                pass
            self._wake.clear()
            await self.tell()

    async def tell(self) -> None:
        """Tell the database what came, and learn what came to all; where it cannot be told, it is told later."""
        self._turn_page()
        day, untold = self._day, self._untold
        if not untold:
            return
        self._untold = Counter()
        for project_id, size_bytes in untold.items():  # until the answer comes, it counts here
            self._told[project_id] = self._told.get(project_id, 0) + size_bytes
        try:
            sums = await self._tell(day, untold)
        except Exception as error:
            logger.warning("the day's bytes were not told: %s", type(error).__name__)
            if day == self._day:
                self._untold.update(untold)
                for project_id, size_bytes in untold.items():
                    self._told[project_id] -= size_bytes
            return
        if day == self._day:
            self._told.update(sums)

    def _turn_page(self) -> None:
        today = self._now().date()
        if today != self._day:
            self._day, self._told = today, {}
            self._untold.clear()  # at most half a minute's bytes, of a day that is over
