"""The form is equal for a page and its replay, and sees what it must see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests import canonical
from tests.journeys.browser import chromium

RRWEB = canonical.ROOT / "node_modules" / "@rrweb"
SITE = "http://rich.test/"
PAGES = Path(__file__).parent / "pages"

RECORD = """() => {
  window.events = [];
  const emit = (event) => events.push(event);
  const maskInputFn = (text) => text.replace(/\\S/g, "*");
  rrwebRecord.record({ emit, maskAllInputs: true, maskInputFn, slimDOMOptions: true, recordAfter: "DOMContentLoaded" });
}"""
ACT = """() => {
  document.querySelector("#in-js").sheet.insertRule(".card { outline: 2px solid teal }");
  document.querySelector("shop-badge").shadowRoot.querySelector("#deep").textContent = "2 left";
  document.querySelector("#dialog").showModal();
  document.querySelector("#dialog").close();
  document.querySelector("details").open = true;
  document.querySelector("h1").append(" — again");
  document.querySelector(".card").style.color = "navy";
  document.querySelector(".card").classList.add("chosen");
}"""
REBUILD = """async (events) => {
  const options = { root: document.body, mouseTail: false, useVirtualDom: false, triggerFocus: false };
  window.replayer = new rrwebReplay.Replayer(events, options);
  replayer.pause(replayer.getMetaData().totalTime + 1);
}"""
SCROLLS_TOLD = "() => [90, 300].every((y) => events.some(({ data }) => data.source === 3 && data.y === y))"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def live(browser: Browser) -> Iterator[Page]:
    page = _recorded_page(browser)
    yield page
    page.close()


@pytest.fixture(scope="module")
def events(browser: Browser) -> list[Any]:
    """What the recorder said of the page; it says the same each time."""
    page = _recorded_page(browser)
    try:
        return list(page.evaluate("events"))
    finally:
        page.close()


@pytest.fixture(scope="module")
def replay(browser: Browser, events: list[Any]) -> list[str]:
    return _replayed(browser, events)


def _recorded_page(browser: Browser) -> Page:
    """Return the page of one of each, recorded from its beginning and acted upon."""
    page = browser.new_page(viewport={"width": 900, "height": 600})
    page.route(f"{SITE}**", lambda route: route.abort())
    page.route(SITE, lambda route: route.fulfill(path=PAGES / "rich.html", content_type="text/html"))
    page.goto(SITE)
    page.evaluate(_script("record"))
    page.evaluate(RECORD)
    page.evaluate(ACT)
    page.fill("[name=name]", "Ada Lovelace")
    page.check("[name=agree]")
    page.check("[name=size][value=m]")
    page.fill("[name=day]", "2026-11-23")
    page.fill("[name=note]", "")
    page.select_option("[name=colour]", "green")
    page.evaluate("document.querySelector('.bar').scrollTop = 90; window.scrollTo(0, 300)")
    page.wait_for_function(SCROLLS_TOLD)
    return page


def _script(half: str) -> str:
    return f"() => {{ {(RRWEB / half / 'dist' / f'{half}.umd.min.cjs').read_text()} }}"


def _replayed(browser: Browser, events: list[Any]) -> list[str]:
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.evaluate(_script("replay"))
    page.evaluate(REBUILD, events)
    try:
        return canonical.read(page, page.evaluate_handle("replayer.iframe.contentDocument"), "replay")
    finally:
        page.close()


def test_a_page_and_its_replay_are_equal(live: Page, replay: list[str]) -> None:
    canonical.assert_equal(canonical.of_page(live), replay)


PLANTED = {
    "a text deep in a shadow root": "document.querySelector('shop-badge').shadowRoot.querySelector('b').textContent = '9'",
    "a rule that insertRule put in": "document.querySelector('#in-js').sheet.deleteRule(0)",
    "a rule of an adopted sheet": "document.querySelector('shop-badge').shadowRoot.adoptedStyleSheets[0].deleteRule(0)",
    "what a field holds": "document.querySelector('[name=name]').value = 'Ada'",
    "a box that is checked": "document.querySelector('[name=agree]').checked = false",
    "how far a box is scrolled": "document.querySelector('.bar').scrollTop = 40",
    "how far the page is scrolled": "window.scrollTo(0, 100)",
    "a dialog that is open": "document.querySelector('#dialog').show()",
    "a text inside a frame": "document.querySelector('#inner').contentDocument.querySelector('p').textContent = 'other'",
    "a colour": "document.querySelector('h1').style.color = 'red'",
    "a box that has moved": "document.querySelector('h1').style.marginTop = '40px'",
    "white space that is painted": "document.querySelector('h1').firstChild.data = 'Hello, '",
    "an element in its namespace": "document.querySelector('circle').replaceWith(document.createElement('circle'))",
}


@pytest.mark.parametrize("what", PLANTED)
def test_it_sees_a_planted_difference(live: Page, replay: list[str], what: str) -> None:
    live.evaluate(PLANTED[what])
    assert canonical.difference(canonical.of_page(live), replay)


def test_an_unmasked_value_is_a_difference(browser: Browser, live: Page, events: list[Any]) -> None:
    told = json.loads(json.dumps(events).replace("*** ********", "Ada Lovelace"))
    assert "Ada Lovelace" in canonical.difference(canonical.of_page(live), _replayed(browser, told))
