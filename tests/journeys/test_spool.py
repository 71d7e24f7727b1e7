"""The server is away, the page goes on: what is not acked waits in memory, then on disk, and all of it arrives."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.api import Api
from tests.journeys.browser import QUIET, browser_of, is_open
from tests.journeys.conftest import take_steps, visit, wait_steps
from tests.journeys.road import Road, open_road
from tests.journeys.until import until
from tests.journeys.whole import assert_whole
from tests.layouts import Layout

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
MIB = 1_048_576

# Words that no compressor shortens by much and no mask touches; each text is one event of the DOM
WRITE = """([count, chars]) => {
    for (let i = 0; i < count; i++) {
        let text = "";
        while (text.length < chars) text += Math.random().toString(36).slice(2, 7).replace(/[0-9]/g, "z") + " ";
        const line = document.createElement("p");
        line.textContent = text;
        document.body.append(line);
    }
}"""
SPOOL = """() => new Promise((resolve) => {
    const request = indexedDB.open("playhead");
    request.onupgradeneeded = () => request.transaction.abort();  // the recorder makes it, or nobody
    request.onerror = () => resolve([]);
    request.onsuccess = () => {
        const db = request.result;
        const rows = db.transaction("streams").objectStore("streams").getAll();
        rows.onsuccess = () => { db.close(); resolve(rows.result.map((row) => [row.stream, row.bytes])); };
    };
})"""
HEAR_POSTS = """
    window.posted = [];
    const plain = window.fetch;
    window.fetch = async (url, options) => {
        if (options?.method === "POST") posted.push(/"stream":"([0-9a-f]+)"/.exec(await options.body.slice(0, 4096).text())[1]);
        return plain(url, options);
    };
"""


@pytest.fixture
def road(layout: Layout) -> Iterator[Road]:
    with open_road(layout.base_url) as road:
        yield road


@pytest.fixture
def url(origin: str, road: Road) -> str:
    """The customer's page, whose recorder takes the road."""
    return f"{origin}/?road={road.url}"


def spooled(page: Page) -> dict[str, int]:
    """Return the bytes on disk of each stream."""
    return dict(page.evaluate(SPOOL))


def mend(road: Road, page: Page) -> None:
    """Let the network be there again, and the browser say so."""
    road.mend()
    page.evaluate("dispatchEvent(new Event('online'))")


def texts(events: list[Any]) -> Counter[str]:
    """Return the long texts that came into the page, as the recording has them."""
    found: Counter[str] = Counter()
    for event in events:
        for added in event["data"].get("adds", []) if event["type"] == 3 else []:
            text = added["node"].get("textContent", "")
            found[text] += len(text) > 1_000
    return +found


def written(page: Page) -> Counter[str]:
    return Counter(page.evaluate("Array.from(document.querySelectorAll('p'), (line) => line.textContent)"))


def test_a_server_away_loses_nothing_of_many_mebibytes(road: Road, url: str, api: Api, visitor: BrowserContext) -> None:
    one = visit(visitor, url)
    take_steps(one.page, 1)
    wait_steps(api, one.session, 1)
    road.tear_up()
    for _ in range(8):
        one.page.evaluate(WRITE, [24, 65_536])
        until(lambda: one.page.evaluate("new Promise((done) => setTimeout(done, 200, true))"), "the page to live")
    take_steps(one.page, 1)
    until(lambda: sum(spooled(one.page).values()) > 6 * MIB, "the disk to hold more than memory may")
    mend(road, one.page)

    wait_steps(api, one.session, 2)
    assert texts(api.events(one.session, "dom")) == written(one.page)
    assert_whole(api, one.session, [one.wire])
    assert len(api.manifest(one.session)["streams"]) == 1
    until(lambda: not spooled(one.page), "the disk to be empty again")


def test_a_reload_while_offline_loses_neither_page(road: Road, url: str, api: Api, visitor: BrowserContext) -> None:
    one = visit(visitor, url)
    road.tear_up()
    take_steps(one.page, 3)
    one.page.goto(f"{url}&from=3")
    one.page.wait_for_function("window.playhead?.sessionId?.()")
    take_steps(one.page, 2)
    until(lambda: len(spooled(one.page)) == 2, "both streams on disk")
    mend(road, one.page)

    wait_steps(api, one.session, 5)
    assert len(api.manifest(one.session)["streams"]) == 2
    assert_whole(api, one.session, [one.wire])
    until(lambda: not spooled(one.page), "the disk to be empty again")


def test_a_browser_killed_while_offline_tells_the_rest_after_its_restart(
    road: Road, url: str, api: Api, browser: Browser, tmp_path: Path
) -> None:
    kind = browser.browser_type
    context = kind.launch_persistent_context(tmp_path, executable_path=CHROMIUM, args=QUIET)
    one = visit(context, url)
    road.tear_up()
    take_steps(one.page, 4)
    until(lambda: sum(spooled(one.page).values()) > 0, "a copy on disk")
    one.page.evaluate("setInterval(step, 200)")
    bytes_then = sum(spooled(one.page).values())
    until(lambda: sum(spooled(one.page).values()) > 2 * bytes_then, "more of it, batch after batch")
    steps = one.page.evaluate("n")
    os.kill(browser_of(tmp_path), signal.SIGKILL)
    until(lambda: not is_open(one.page), "the browser to be gone")

    road.mend()
    context = kind.launch_persistent_context(tmp_path, executable_path=CHROMIUM, args=QUIET)
    try:
        visit(context, f"{url}&from=100")
        until(lambda: api.custom(one.session, "step").keys() >= {1, 2, 3, 4}, "what the killed browser left")
        kept = sorted(api.custom(one.session, "step"))
        assert kept == list(range(1, len(kept) + 1)), "in order, without a hole"
        assert steps - len(kept) <= 12, "no more is gone than about two seconds"
        assert_whole(api, one.session, [one.wire])
    finally:
        context.close()


def test_of_two_tabs_one_sends_what_a_third_left(road: Road, url: str, api: Api, visitor: BrowserContext) -> None:
    visitor.add_init_script(HEAR_POSTS)
    one, two, gone = (visit(visitor, f"{url}&from={start}") for start in (0, 10, 20))
    streams = [each.page.evaluate("playhead.sessionUrl().split('stream=')[1]") for each in (one, two, gone)]
    road.tear_up()
    for each in (one, two, gone):
        take_steps(each.page, 1)
    until(lambda: len(spooled(one.page)) == 3, "three streams on disk")
    gone.page.close(run_before_unload=True)
    road.mend()
    for page in (one.page, two.page):
        page.evaluate("dispatchEvent(new Event('online'))")

    until(lambda: set(api.custom(one.session, "step")) == {1, 11, 21}, "the steps of all three")
    until(lambda: one.page.evaluate("1") and not spooled(one.page), "the disk to be empty again")
    assert len(api.manifest(one.session)["streams"]) == 3
    posted = [set(each.page.evaluate("posted")) for each in (one, two)]
    assert not posted[0] & {streams[1]} | posted[1] & {streams[0]}, "nobody sends what a living tab has"
    assert [streams[2] in each for each in posted].count(True) == 1, "one tab sent it"
    assert_whole(api, one.session, [one.wire, two.wire, gone.wire])


BROKEN = {
    "denied": "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('denied', 'SecurityError'); } })",
    "full": "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }",
    "silent": "IDBFactory.prototype.open = () => ({})",
}


@pytest.mark.parametrize("how", BROKEN)
def test_without_a_disk_it_lives_in_memory_and_says_so(
    how: str, road: Road, url: str, api: Api, visitor: BrowserContext
) -> None:
    visitor.add_init_script(BROKEN[how])
    errors: list[str] = []
    one = visit(visitor, url)
    one.page.on("pageerror", lambda error: errors.append(str(error)))
    road.tear_up()
    take_steps(one.page, 2)
    one.page.wait_for_timeout(6_000)  # nothing tells from outside that the disk was tried
    mend(road, one.page)
    wait_steps(api, one.session, 2)
    take_steps(one.page, 1)
    wait_steps(api, one.session, 3)
    said = [event for event in api.events(one.session) if event["type"] == "state" and event["name"] == "degraded"]
    assert len(said) == 1
    assert errors == []
    assert_whole(api, one.session, [one.wire])
