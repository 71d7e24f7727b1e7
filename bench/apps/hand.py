"""A seeded hand on a page: it moves in curves, looks before it clicks, types key by key, and rests in between."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from playwright.async_api import ElementHandle, Page

STEP_MS: Final = 16  # a mouse tells of itself so often
PATIENCE_MS: Final = 4_000
WORDS: Final = ("select", "order", "where", "paid", "above", "forty", "customer", "north", "quarter", "shipment", "review")

Deed = Callable[["Hand"], Awaitable[None]]


class Missed(Exception):
    """What the hand reached for is not there."""


@dataclass
class Hand:
    """One visitor's hand; all that is left to chance comes from `random`."""

    page: Page
    random: Random
    pace: float = 1  # of rests; less is hurried
    x: float = 640
    y: float = 360

    async def rest(self, seconds: float = 1.2) -> None:
        """Do nothing for about so long; now and then for much longer, as people do."""
        await asyncio.sleep(self.pace * min(seconds * self.random.lognormvariate(0, 0.6), 8 * seconds))

    async def find(self, selector: str, nth: int | None = None) -> ElementHandle:
        """Return a visible element, one of several by chance; raise Missed when there is none."""
        await self.page.locator(selector).first.wait_for(state="attached", timeout=PATIENCE_MS)
        every = self.page.locator(f"{selector} >> visible=true")
        count = await every.count()
        if not count:
            raise Missed(selector)
        place = nth if nth is not None else self.random.randrange(count)
        return await every.nth(min(place, count - 1)).element_handle(timeout=PATIENCE_MS)

    async def move(self, x: float, y: float) -> None:
        """Go there in a curve, slower at both ends."""
        from_x, from_y = self.x, self.y
        steps = max(4, round(math.hypot(x - from_x, y - from_y) / 35))
        bend = self.random.uniform(-60, 60)
        for step in range(1, steps + 1):
            part = (1 - math.cos(math.pi * step / steps)) / 2
            aside = bend * math.sin(math.pi * part)
            await self.page.mouse.move(from_x + (x - from_x) * part + aside, from_y + (y - from_y) * part + aside / 3)
            await asyncio.sleep(STEP_MS / 1_000)
        self.x, self.y = x, y
        await self.page.mouse.move(x, y)

    async def hover(self, selector: str, nth: int | None = None) -> None:
        """Bring something into view and point at it."""
        element = await self.find(selector, nth)
        await element.scroll_into_view_if_needed(timeout=PATIENCE_MS)
        box = await element.bounding_box()
        if not box:
            raise Missed(selector)
        await self.move(
            box["x"] + box["width"] * self.random.uniform(0.3, 0.7), box["y"] + box["height"] * self.random.uniform(0.3, 0.7)
        )

    async def click(self, selector: str, nth: int | None = None, *, times: int = 1) -> None:
        """Point at something, wait as long as a hand does, and press."""
        await self.hover(selector, nth)
        await asyncio.sleep(self.random.uniform(0.08, 0.35))
        await self.page.mouse.click(self.x, self.y, click_count=times, delay=self.random.uniform(40, 110))

    async def drag(self, dx: float, dy: float) -> None:
        """Press where the hand is, pull, let go."""
        await self.page.mouse.down()
        await self.move(self.x + dx, self.y + dy)
        await self.page.mouse.up()

    async def type(self, text: str) -> None:
        """Type at a person's pace into whatever has the focus."""
        for letter in text:
            await self.page.keyboard.type(letter)
            await asyncio.sleep(self.random.uniform(0.06, 0.2))

    async def key(self, name: str) -> None:
        """Press one key or chord."""
        await self.page.keyboard.press(name)
        await asyncio.sleep(self.random.uniform(0.1, 0.3))

    async def scroll(self, pixels: float, *, sideways: float = 0) -> None:
        """Turn the wheel in notches."""
        for _ in range(max(1, round(abs(pixels or sideways) / 100))):
            await self.page.mouse.wheel(
                math.copysign(100, sideways) if sideways else 0, math.copysign(100, pixels) if pixels else 0
            )
            await asyncio.sleep(self.random.uniform(0.02, 0.09))

    def words(self, count: int) -> str:
        """Return a few words of chance."""
        return " ".join(self.random.choices(WORDS, k=count))
