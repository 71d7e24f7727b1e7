"""ag-grid with 1,000 rows: scroll, sort, filter, edit, move columns, pick rows, and prices that change by themselves."""

from __future__ import annotations

from typing import Final

from bench.apps.app import App
from bench.apps.hand import Hand
from bench.apps.site import Site

BODY: Final = ".ag-row .ag-cell"


async def scroll(hand: Hand) -> None:
    await hand.hover(BODY)
    for _ in range(hand.random.randrange(1, 4)):
        await hand.scroll(hand.random.choice((-1500, 600, 1200, 2500)))
        await hand.rest(0.7)


async def sort(hand: Hand) -> None:
    await hand.click(".ag-header-cell-label")
    await hand.rest()


async def edit(hand: Hand) -> None:
    await hand.click('.ag-cell[col-id="customer"], .ag-cell[col-id="town"], .ag-cell[col-id="thing"]', times=2)
    await hand.type(hand.words(1))
    await hand.key(hand.random.choice(("Enter", "Tab", "Escape")))
    await hand.key("Escape")


async def filter_column(hand: Hand) -> None:
    await hand.click(".ag-floating-filter-input input")
    await hand.type(hand.random.choice(("a", "be", "sal", "12", "pa")))
    await hand.rest(2)
    for _ in range(4):
        await hand.key("Backspace")


async def quick(hand: Hand) -> None:
    await hand.click("#quick")
    await hand.type(hand.random.choice(("teapot", "bergen", "paid")))
    await hand.rest(2)
    await hand.click("#quick", times=3)
    await hand.key("Backspace")


async def pick(hand: Hand) -> None:
    for _ in range(hand.random.randrange(1, 4)):
        await hand.click(".ag-row .ag-selection-checkbox input")


async def menu(hand: Hand) -> None:
    await hand.hover(".ag-header-cell")
    await hand.click(".ag-header-cell-filter-button, .ag-floating-filter-button-button")
    await hand.rest()
    await hand.key("Escape")


async def widen(hand: Hand) -> None:
    await hand.hover(".ag-header-cell-resize")
    await hand.drag(hand.random.uniform(-60, 90), 2)


async def add(hand: Hand) -> None:
    await hand.click("#add")


GRID: Final = App(
    "ag-grid",
    "ag-grid-community",
    Site(page="grid.html", roots={"/dist": "ag-grid-community/dist"}),
    ".ag-row",
    ((7, scroll), (3, sort), (4, edit), (2, filter_column), (1, quick), (3, pick), (2, menu), (2, widen), (1, add)),
)
