"""Tabs without a server: for an hour, beside one that has it, and killed before it came back."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.journeys.api import Api
from tests.journeys.conftest import Visit, take_steps, visit, wait_steps
from tests.journeys.road import Road, open_road
from tests.journeys.test_spool import spooled
from tests.journeys.test_tabs import renderers
from tests.journeys.until import until
from tests.journeys.whole import assert_whole, steps_in_order
from tests.layouts import Layout

HOUR_MS = 3_600_000
NEAR_MS = 60_000


@pytest.fixture
def road(layout: Layout) -> Iterator[Road]:
    with open_road(layout.base_url) as road:
        yield road


def test_an_hour_offline_arrives_whole_and_lies_in_the_past(road: Road, api: Api, origin: str, visitor: BrowserContext) -> None:
    road.tear_up()
    one = _an_hour_ago(visitor, f"{origin}/?road={road.url}")
    _spend_an_hour(one.page)
    now_ms = time.time() * 1000
    _mend(road, one.page)
    wait_steps(api, one.session, 7)

    assert steps_in_order(api, one.session) == [1, 2, 3, 4, 5, 6, 7]
    assert_whole(api, one.session, [one.wire], gaps=["frozen"])
    (row,) = api.sessions()
    assert abs(row["started_at_ms"] - (now_ms - HOUR_MS)) < NEAR_MS, "when it was, not when it came"
    assert abs(row["duration_ms"] - HOUR_MS) < NEAR_MS
    assert len(api.manifest(one.session)["streams"]) == 1


def test_what_began_online_goes_on_after_an_hour_without(road: Road, api: Api, origin: str, visitor: BrowserContext) -> None:
    one = _an_hour_ago(visitor, f"{origin}/?road={road.url}")
    take_steps(one.page, 1)
    one.page.clock.run_for(2_000)
    wait_steps(api, one.session, 1)
    road.tear_up()
    _spend_an_hour(one.page)
    _mend(road, one.page)
    wait_steps(api, one.session, 8)

    told = [event["properties"]["n"] for event in api.events(one.session) if event["type"] == "custom"]
    assert told == [1, 2, 3, 4, 5, 6, 7, 8]
    assert_whole(api, one.session, [one.wire], gaps=["frozen"])


def test_of_two_tabs_one_goes_offline(road: Road, api: Api, origin: str, visitor: BrowserContext) -> None:
    here, away = visit(visitor, origin), visit(visitor, f"{origin}/?from=10&road={road.url}")
    assert here.session == away.session
    take_steps(here.page, 1)
    take_steps(away.page, 1)
    until(lambda: set(api.custom(here.session, "step")) == {1, 11}, "a step of each tab")
    road.tear_up()
    take_steps(away.page, 2)
    take_steps(here.page, 2)
    until(lambda: set(api.custom(here.session, "step")) == {1, 2, 3, 11}, "the steps of the tab that is online")
    assert_whole(api, here.session, [here.wire, away.wire])
    _mend(road, away.page)
    until(lambda: sum(api.custom(here.session, "step").values()) == 6, "the rest")

    assert steps_in_order(api, here.session) == [1, 11, 12, 13, 2, 3]  # as they were taken, not as they came
    assert_whole(api, here.session, [here.wire, away.wire])
    assert len(api.sessions()) == 1


def test_what_a_killed_tab_had_on_disk_is_sent_by_the_next(road: Road, api: Api, origin: str, visitor: BrowserContext) -> None:
    one = visit(visitor, f"{origin}/?road={road.url}")
    take_steps(one.page, 2)
    wait_steps(api, one.session, 2)
    road.tear_up()
    one.page.evaluate("() => { step(); step(); step() }")  # one chunk
    until(lambda: spooled(one.page), "the steps to be on disk")
    with one.page.expect_event("crash"):
        for pid in renderers(one.page):
            os.kill(pid, signal.SIGKILL)

    road.mend()
    two = visit(visitor, f"{origin}/?from=5&road={road.url}")
    take_steps(two.page, 1)
    wait_steps(api, one.session, 6)
    assert steps_in_order(api, one.session) == [1, 2, 3, 4, 5, 6]
    assert_whole(api, one.session, [one.wire, two.wire])


def _an_hour_ago(visitor: BrowserContext, url: str) -> Visit:
    """Open a page whose clocks, wall and monotonic, are an hour behind."""
    visitor.clock.install(time=datetime.now(UTC) - timedelta(hours=1))
    return visit(visitor, url)


def _spend_an_hour(page: Page) -> None:
    """Take a step every ten minutes."""
    for _ in range(6):
        take_steps(page, 1)
        page.clock.run_for(2_000)
        page.clock.fast_forward(HOUR_MS // 6 - 2_000)
    take_steps(page, 1)
    page.clock.run_for(2_000)


def _mend(road: Road, page: Page) -> None:
    road.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
