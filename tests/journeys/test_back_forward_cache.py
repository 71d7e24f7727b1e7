"""The recorder costs a page nothing of its place in the back-forward cache, whatever it is doing when the page goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.api import Api
from tests.journeys.browser import chromium
from tests.journeys.conftest import take_steps, visit, wait_steps
from tests.journeys.road import Road, open_road
from tests.journeys.test_spool import mend, spooled
from tests.journeys.until import until
from tests.journeys.whole import assert_whole
from tests.layouts import Layout


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser with the back-forward cache that people have; Playwright's own default is without."""
    with chromium(ignore_default_args=["--disable-back-forward-cache"]) as browser:
        yield browser


@pytest.fixture
def road(layout: Layout) -> Iterator[Road]:
    with open_road(layout.base_url) as road:
        yield road


STATE = """() => {
    const [entry] = performance.getEntriesByType("navigation");
    return [window.stayed ?? false, JSON.stringify(entry.notRestoredReasons ?? null)];
}"""


def there_and_back(page: Page, elsewhere: str) -> tuple[bool, str]:
    """Leave a page and come back; return whether it was restored as it was, and the browser's reasons if not."""
    page.evaluate("window.stayed = true")
    page.goto(elsewhere)
    page.go_back(wait_until="commit")
    restored, reasons = page.evaluate(STATE)
    return restored, reasons


def test_with_and_without_a_recorder_the_browser_has_the_same_reasons(
    origin: str, road: Road, api: Api, visitor: BrowserContext
) -> None:
    bare = visitor.new_page()
    bare.goto(f"{origin}/bare.html")
    without = there_and_back(bare, f"{origin}/none")
    assert without == (True, "null")

    one = visit(visitor, f"{origin}/?road={road.url}")
    take_steps(one.page, 1)
    wait_steps(api, one.session, 1)
    open_socket = there_and_back(one.page, f"{origin}/none")
    assert open_socket == without, "with an open socket"
    road.tear_up()
    take_steps(one.page, 1)
    until(lambda: spooled(one.page), "the disk in use, the lock held")
    assert there_and_back(one.page, f"{origin}/none") == without, "with a spool, a lock, and nobody there"
    take_steps(one.page, 1)
    assert there_and_back(one.page, f"{origin}/none") == without, "right after an event"
    mend(road, one.page)

    take_steps(one.page, 1)
    wait_steps(api, one.session, 4)
    assert len(api.manifest(one.session)["streams"]) == 1, "it went on where it was"
    assert_whole(api, one.session)
    until(lambda: not spooled(one.page), "the disk to be empty again")
