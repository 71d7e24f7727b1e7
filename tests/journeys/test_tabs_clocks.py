"""Clocks that are wrong, or jump: the server's clock dates a visit, the monotonic one orders it."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import BrowserContext

from tests.journeys.api import Api, Json
from tests.journeys.conftest import take_steps, visit, wait_steps
from tests.journeys.until import until
from tests.journeys.whole import assert_whole, steps_in_order

HOUR_MS = 3_600_000
SANE_MS = 3_000  # how far a time in the list may be from what it was
# The person's wall clock, with the monotonic one left alone: what setting the time does
SHIFT_CLOCK = """
(() => {
  const real = Date
  let shift = %d
  window.setClock = (ms) => void (shift = ms)
  window.Date = class extends real {
    constructor(...given) { super(...(given.length ? given : [real.now() + shift])) }
    static now() { return real.now() + shift }
  }
})()
"""


@pytest.mark.parametrize("hours", [-6, 6])
def test_a_wrong_clock_is_dated_by_the_server(api: Api, origin: str, visitor: BrowserContext, hours: int) -> None:
    visitor.add_init_script(SHIFT_CLOCK % (hours * HOUR_MS))
    began = time.time() * 1000
    one = visit(visitor, origin)
    take_steps(one.page, 3)
    wait_steps(api, one.session, 3)

    (row,) = api.sessions()
    _assert_sane(row, began)
    assert steps_in_order(api, one.session) == [1, 2, 3]
    assert_whole(api, one.session, [one.wire])


@pytest.mark.parametrize("hours", [35, -35])
def test_a_jump_of_the_clock_stretches_nothing(api: Api, origin: str, visitor: BrowserContext, hours: int) -> None:
    visitor.add_init_script(SHIFT_CLOCK % 0)
    began = time.time() * 1000
    one = visit(visitor, origin)
    take_steps(one.page, 3)
    one.page.evaluate("(ms) => setClock(ms)", hours * HOUR_MS)
    take_steps(one.page, 3)
    until(lambda: _steps(api) == [1, 2, 3, 4, 5, 6], "all steps, in the order in which they were taken")

    rows = api.sessions()  # for all that a page can know it was asleep so long: then a new visit begins
    assert 1 <= len(rows) <= 2
    for row in rows:
        _assert_sane(row, began)
        assert_whole(api, row["id"], [one.wire])


def test_a_clock_that_is_set_while_nobody_looks_reorders_nothing(api: Api, origin: str, visitor: BrowserContext) -> None:
    visitor.add_init_script(SHIFT_CLOCK % 0)
    began = time.time() * 1000
    one = visit(visitor, origin)
    for minutes in (0, 8, -8, 12, -12):  # less than what ends a visit
        one.page.evaluate("(ms) => setClock(ms)", minutes * 60_000)
        take_steps(one.page, 1)
    wait_steps(api, one.session, 5)
    assert steps_in_order(api, one.session) == [1, 2, 3, 4, 5]
    (row,) = api.sessions()
    _assert_sane(row, began)
    assert_whole(api, one.session, [one.wire])


def _steps(api: Api) -> list[int]:
    """Return the steps of all visits, by the server's clock."""
    moments = [moment for row in api.sessions() for moment in api.manifest(row["id"])["moments"] if moment["kind"] == "custom"]
    return [int(moment["data"]["properties"]["n"]) for moment in sorted(moments, key=lambda moment: moment["at_ms"])]


def _assert_sane(row: Json, began_ms: float) -> None:
    """The list says when it was, and how long, as the server's clock has it."""
    now_ms = time.time() * 1000
    assert began_ms - SANE_MS <= row["started_at_ms"] <= now_ms
    assert row["last_event_at_ms"] <= now_ms + SANE_MS
    assert row["duration_ms"] <= now_ms - began_ms + SANE_MS
