"""A crowd of pages in a thread of its own, so that faults can be made and healed while they talk."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from tests.faults.journal import Journal, Manner
from tests.faults.pages import Page
from tests.pages_say import PageStream


class NotAcked(AssertionError):
    """The crowd waited too long for the server."""


class Crowd:
    """Pages of one project; pairs of streams share a session, as two tabs do."""

    def __init__(
        self, url: str, write_key: str, seed: int, streams: int = 6, manner: Manner | None = None, posts: int = 1
    ) -> None:
        self.url = url
        self.dice = random.Random(seed)
        self._last = PageStream(write_key)
        self.pages = [self._page(write_key, number, manner or Manner(), number < posts) for number in range(streams)]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="crowd", daemon=True)
        self._problem: BaseException | None = None

    def _page(self, write_key: str, number: int, manner: Manner, by_post: bool) -> Page:
        stream = PageStream(write_key)
        if number % 2:
            other = self._last
            stream.session, stream.secret, stream.distinct_id = other.session, other.secret, other.distinct_id
        self._last = stream
        road = ("post", "both")[number % 2] if by_post else manner.road
        return Page(stream, replace(manner, road=road), random.Random(self.dice.random()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for page in self.pages:
            page.is_stopped = True
        self._thread.join(60)

    async def _run(self) -> None:
        try:
            await asyncio.gather(*(page.run(self.url) for page in self.pages))
        except BaseException as error:
            self._problem = error
            raise

    @property
    def journals(self) -> list[Journal]:
        return [page.journal for page in self.pages]

    @property
    def acked(self) -> int:
        return sum(journal.acked for journal in self.journals)

    @property
    def chunks(self) -> int:
        return sum(max(page.manner.chunks, len(page.journal.cuts)) for page in self.pages)

    @property
    def refused(self) -> Counter[str]:
        return sum((journal.refused for journal in self.journals), Counter())

    @property
    def is_done(self) -> bool:
        return all(page.is_done for page in self.pages)

    def wait(self, ready: Callable[[], bool], what: str, timeout_s: float = 45) -> None:
        """Return when it is so; raise when the crowd broke down or it takes too long."""
        until = time.monotonic() + timeout_s
        while not ready():
            if self._problem is not None:
                raise self._problem
            if time.monotonic() > until:
                at = [(journal.acked, dict(journal.refused)) for journal in self.journals]
                raise NotAcked(f"{what}: not within {timeout_s:.0f} s; acked and refused by page: {at}")
            time.sleep(0.005)

    def wait_acked(self, share: float) -> None:
        """Return when this share of the chunks that there will be at least is acked."""
        least = share * sum(page.manner.chunks for page in self.pages)
        self.wait(lambda: self.acked >= least, f"{share:.0%} acked")

    def wait_refused(self, *codes: str) -> None:
        """Return when somebody hears one of these codes (again)."""
        before = sum(self.refused[code] for code in codes)
        self.wait(lambda: sum(self.refused[code] for code in codes) > before, f"{' or '.join(codes)} said")

    def wait_moved(self, chunks: int = 1, timeout_s: float = 45) -> float:
        """Return after how many seconds so many more chunks are acked."""
        began, before = time.monotonic(), self.acked
        self.wait(lambda: self.acked >= before + chunks, "a new ack", timeout_s)
        return time.monotonic() - began

    def finish(self, timeout_s: float = 60) -> None:
        """Let the pages end; return when everything that they said is acked."""
        for page in self.pages:
            page.is_enough = True
        self.wait(lambda: self.is_done, "everything acked", timeout_s)
        self._thread.join(10)
