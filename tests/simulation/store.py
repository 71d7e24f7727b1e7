"""An object store that is slow, refuses, and stores what it says it did not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.world import World


class ObjectStore:
    """Keys and bytes; every answer takes its time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.objects: dict[str, bytes] = {}
        self.is_up = True
        self.stalls_next = False

    def put(self, key: str, data: bytes, done: Callable[[bool], None]) -> None:
        """Store, then say whether it worked; a dead asker's ``done`` minds itself."""
        random, weather, after = self._world.random, self._world.weather, self._world.loop.after
        wait = random.random() * weather.put_ms
        if self.stalls_next or random.random() < weather.put_stalls:
            self.stalls_next = False
            wait = max(wait, self._world.sweep_after_ms * (1.0 + 0.8 * random.random()))
        if not self.is_up or random.random() < weather.put_fails:
            after(wait, done, False)
            return
        landed = [False]
        after(wait * random.random(), self._store, key, data, landed)
        after(wait, self._answer, done, landed, random.random() >= weather.put_unanswered)

    def get(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    def _store(self, key: str, data: bytes, landed: list[bool]) -> None:
        if self.is_up:
            self.objects[key] = data
            landed[0] = True

    def _answer(self, done: Callable[[bool], None], landed: list[bool], is_answered: bool) -> None:
        done(landed[0] and is_answered)
