"""A browser, and a project of its own with a site that records into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.journeys.api import Api
from tests.journeys.browser import chromium
from tests.journeys.recorder_host import Host, recorder_host
from tests.journeys.site import site
from tests.journeys.until import until
from tests.journeys.wire import Wire
from tests.layouts import Layout, MadeProject

expect.set_options(timeout=30_000)  # ms; waiting costs nothing where all is well, and two cores can be busy
VIEWPORT: ViewportSize = {"width": 1280, "height": 720}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a file of tests; not longer, for its loop would stand in the way of asyncio's own tests."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def project(layout: Layout) -> MadeProject:
    return layout.make_project()


@pytest.fixture
def api(layout: Layout, project: MadeProject) -> Api:
    return Api(layout.base_url, project.id, project.token)


@pytest.fixture
def origin(layout: Layout, project: MadeProject) -> Iterator[str]:
    """The origin of a customer's site."""
    with site(layout.base_url, project.write_key) as origin:
        yield origin


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's browser, never here before."""
    context = browser.new_context(viewport=VIEWPORT)
    yield context
    context.close()


@pytest.fixture
def viewer(browser: Browser) -> Iterator[BrowserContext]:
    """The browser of somebody who watches."""
    context = browser.new_context(viewport=VIEWPORT, permissions=["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def host() -> Iterator[Host]:
    """A server that misbehaves as it is told, for the recorder alone."""
    with recorder_host() as host:
        yield host


@pytest.fixture
def page(visitor: BrowserContext) -> Page:
    """A tab of the visitor's."""
    page = visitor.new_page()
    page.set_default_timeout(15_000)
    return page


@dataclass
class Visit:
    """A page that records, with an ear on its wire."""

    page: Page
    wire: Wire
    session: str


def visit(context: BrowserContext, url: str) -> Visit:
    """Open a page and return once its recorder runs."""
    page = context.new_page()
    wire = Wire(page)
    page.goto(url)
    page.wait_for_function("window.playhead?.sessionId?.()")
    return Visit(page, wire, page.evaluate("playhead.sessionId()"))


def take_steps(page: Page, count: int) -> None:
    """Press the button of the page of steps."""
    for _ in range(count):
        page.click("#step")


def wait_kept(api: Api, visit: Visit) -> None:
    """Wait until all that the page has sent is kept. (An ack may miss a page that has gone on to the next.)"""
    page, sent = visit.page, visit.wire.sent
    until(lambda: page.evaluate("1") and sent and api.places(visit.session) >= sent.keys(), "what was sent to be kept")


def wait_steps(api: Api, session: str, count: int) -> None:
    """Wait for steps 1 … count, each kept once."""
    wanted = Counter(range(1, count + 1))
    until(lambda: api.custom(session, "step") == wanted or None, f"steps 1 to {count}, once each", timeout_s=60)
