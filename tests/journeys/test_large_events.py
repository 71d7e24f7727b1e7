"""Events of any size: in parts up to 64 MiB, named as missing above, and the page lives meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.api import Api
from tests.journeys.conftest import Visit, take_steps, visit, wait_steps
from tests.journeys.until import until
from tests.journeys.whole import assert_whole

MB = 1_000_000

# One text node of so many bytes is one event. rrweb and JSON.stringify see it in one task; what follows is measured.
GROW = """(bytes) => {
    const words = ["receipt ", "zoë ", "order ", "blue ", "window ", "seven ", "lamp ", "kettle "];
    let text = "";
    for (let i = 0; text.length < bytes; i = (i * 5 + 1) % 8) text += words[i] + (text.length % 9973) + " ";
    const line = document.createElement("p");
    line.hidden = true;
    line.textContent = text.slice(0, bytes);
    document.body.append(line);
}"""
LONG_MS = 50  # of a processor, in one task
MARK = "our part begins"


def grow(page: Page, size: int) -> None:
    """Put a text of about so many bytes into the page, and mark the task after the one in which rrweb sees it."""
    page.evaluate(GROW, size)
    page.evaluate(f"new Promise((done) => setTimeout(() => done(performance.mark('{MARK}')), 0))")


def longest_ms(trace: bytes) -> float:
    """Return the processor time of the longest task of the page's main thread after the mark."""
    events = json.loads(trace)["traceEvents"]
    mark = next(event for event in events if event["name"] == MARK)
    thread = (mark["pid"], mark["tid"])
    tasks = [event for event in events if event["name"] == "RunTask" and (event["pid"], event["tid"]) == thread]
    after = [event for event in tasks if event["ts"] > mark["ts"] and "tdur" in event]  # one may be under way as the trace ends
    assert after
    return float(max(event["tdur"] for event in after)) / 1_000


def lengths(api: Api, one: Visit) -> list[int]:
    """Return the length of each long text that is kept."""
    events: list[Any] = api.events(one.session, "dom")
    added = [node for event in events if event["type"] == 3 for node in event["data"].get("adds", [])]
    return [len(text) for node in added if len(text := node["node"].get("textContent", "")) > 50_000]


@pytest.mark.parametrize("size", [MB // 10, 5 * MB, 50 * MB])
def test_an_event_within_the_bound_is_kept_whole_and_the_page_lives(
    size: int, api: Api, origin: str, browser: Browser, visitor: BrowserContext
) -> None:
    one = visit(visitor, origin)
    wait_first(api, one)
    browser.start_tracing(page=one.page, categories=["toplevel", "blink.user_timing", "disabled-by-default-devtools.timeline"])
    grow(one.page, size)
    take_steps(one.page, 1)
    until(lambda: set(api.custom(one.session, "step")) == {1}, "what came after it", timeout_s=90)
    assert longest_ms(browser.stop_tracing()) <= LONG_MS
    assert lengths(api, one) == [size]
    assert_whole(api, one.session, [one.wire])


def test_an_event_above_the_bound_is_a_named_gap_and_the_recording_goes_on(
    api: Api, origin: str, visitor: BrowserContext
) -> None:
    one = visit(visitor, origin)
    wait_first(api, one)
    one.page.evaluate(f"(size) => {{ ({GROW})(size); setTimeout(() => document.querySelector('p').remove(), 0); }}", 70 * MB)
    take_steps(one.page, 1)
    wait_steps(api, one.session, 1)
    until(lambda: snapshots(api, one) >= 2, "a full snapshot after the gap")
    assert [(gap["reason"], gap["body"]) for gap in api.manifest(one.session)["gaps"]] == [("too_large", "dom")]
    assert_whole(api, one.session, [one.wire], gaps=["too_large"])


def wait_first(api: Api, one: Visit) -> None:
    """Wait until the page itself is kept."""
    until(lambda: api.places(one.session), "the first chunk")


def snapshots(api: Api, one: Visit) -> int:
    return [event["type"] for event in api.events(one.session, "dom")].count(2)
