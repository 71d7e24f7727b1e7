"""What happens to tabs: killed, reloaded, duplicated, frozen, put in the cache. The recording stays whole."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.api import Api, NotNow
from tests.journeys.browser import QUIET, browser_of, chromium, is_open
from tests.journeys.conftest import VIEWPORT, take_steps, visit, wait_kept, wait_steps
from tests.journeys.until import until
from tests.journeys.whole import assert_whole, steps_in_order
from tests.layouts import Layout

BURST = "(count) => { for (let i = 0; i < count; i++) step() }"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser with the back-forward cache that people have; Playwright's own default is without."""
    with chromium(ignore_default_args=["--disable-back-forward-cache"]) as browser:
        yield browser


def test_a_killed_tab_loses_nothing_acked(api: Api, origin: str, visitor: BrowserContext) -> None:
    one = visit(visitor, origin)
    take_steps(one.page, 3)
    wait_kept(api, one)
    wait_steps(api, one.session, 3)
    with one.page.expect_event("crash"):
        _signal(renderers(one.page), signal.SIGKILL)  # as the system does when memory runs out

    two = visit(visitor, f"{origin}/?from=3")
    assert two.session == one.session, "the session outlives its tab"
    take_steps(two.page, 2)
    wait_steps(api, one.session, 5)
    assert steps_in_order(api, one.session) == [1, 2, 3, 4, 5]
    assert_whole(api, one.session, [one.wire, two.wire])
    assert len(api.manifest(one.session)["streams"]) == 2


def test_a_killed_browser_comes_back_with_its_profile(api: Api, origin: str, browser: Browser, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    context = _open_profile(browser, profile)
    one = visit(context, origin)
    take_steps(one.page, 4)
    wait_steps(api, one.session, 4)
    one.page.evaluate(BURST, 3)
    os.kill(browser_of(profile), signal.SIGKILL)
    until(lambda: not is_open(one.page), "the browser to be gone")

    context = _open_profile(browser, profile)
    try:
        two = visit(context, f"{origin}/?from=7")
        take_steps(two.page, 1)
        wait_kept(api, two)
        first = [1, 2, 3, 4]  # 5 to 7 were a tick old: they may be gone, but not in part twice, nor out of order
        ordered = steps_in_order(api, one.session)
        assert ordered[:4] == first
        assert sorted(set(ordered)) == ordered
        assert_whole(api, one.session, [one.wire, two.wire])
        assert_whole(api, two.session, [two.wire])
    finally:
        context.close()


@pytest.mark.both_layouts
def test_a_reload_in_the_middle_of_a_burst_loses_nothing(api: Api, origin: str, visitor: BrowserContext) -> None:
    one = visit(visitor, origin)
    for _ in range(3):
        one.page.evaluate(f"({BURST})(20); location.reload()")
        one.page.wait_for_load_state()
        one.page.wait_for_function("window.playhead?.sessionId?.()")
    streams = until(lambda: _streams(api, one.session, 4), "three streams that ended and one that runs")
    assert [stream["is_finished"] for stream in streams] == [True, True, True, False]
    until(lambda: len(steps_in_order(api, one.session)) == 60, "three times twenty steps")
    assert steps_in_order(api, one.session) == [*range(1, 21)] * 3
    assert_whole(api, one.session, [one.wire])


def test_a_duplicated_tab_is_a_window_of_its_own(api: Api, origin: str, visitor: BrowserContext) -> None:
    one = visit(visitor, origin)
    take_steps(one.page, 1)
    with visitor.expect_page() as opened:  # an opened window gets a copy of the storage, as a duplicated tab does
        one.page.evaluate("() => { sessionStorage.setItem('mine', '1'); window.open('/?from=10') }")
    copy = opened.value
    copy.wait_for_function("window.playhead?.sessionId?.()")
    assert copy.evaluate("sessionStorage.getItem('mine')") == "1"
    take_steps(copy, 1)
    take_steps(one.page, 1)
    until(lambda: set(api.custom(one.session, "step")) == {1, 2, 11}, "the steps of both")

    streams = api.manifest(one.session)["streams"]
    assert len({stream["id"] for stream in streams}) == len({stream["window"] for stream in streams}) == 2
    assert steps_in_order(api, one.session) == [1, 11, 2]
    assert_whole(api, one.session, [one.wire])


def test_a_frozen_tab_goes_on_where_it_was(layout: Layout, api: Api, origin: str, visitor: BrowserContext) -> None:
    one = visit(visitor, origin)
    wait_kept(api, one)
    pids = renderers(one.page)
    # A browser without windows freezes no tab: its event by hand, its stillness by stopping the process
    one.page.evaluate(f"({BURST})(3); document.dispatchEvent(new Event('freeze'))")
    _signal(pids, signal.SIGSTOP)
    try:
        wait_steps(api, one.session, 3)  # at once: a frozen tab may be thrown away, and nobody asks it
        layout.webs[0].restart()  # its socket dies, and it cannot know
    finally:
        _signal(pids, signal.SIGCONT)
    take_steps(one.page, 2)

    wait_steps(api, one.session, 5)
    assert steps_in_order(api, one.session) == [1, 2, 3, 4, 5]
    assert len(api.manifest(one.session)["streams"]) == 1
    assert_whole(api, one.session, [one.wire], gaps=["frozen"])


def test_back_and_forth_through_the_cache_is_one_stream(api: Api, origin: str, visitor: BrowserContext) -> None:
    one = visit(visitor, origin)
    one.page.evaluate("window.stayed = true")
    for _ in range(3):
        one.page.evaluate(BURST, 10)
        one.page.goto(f"{origin}/none")
        one.page.go_back(wait_until="commit")
        assert one.page.evaluate("window.stayed ?? false"), "the recorder cost the page its place in the cache"
    take_steps(one.page, 1)

    wait_steps(api, one.session, 31)
    assert steps_in_order(api, one.session) == [*range(1, 32)]
    assert len(api.manifest(one.session)["streams"]) == 1
    assert_whole(api, one.session)  # of a page out of the cache Playwright hears no sockets


def _open_profile(browser: Browser, profile: Path) -> BrowserContext:
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return browser.browser_type.launch_persistent_context(profile, executable_path=path, args=QUIET, viewport=VIEWPORT)


def renderers(page: Page) -> list[int]:
    """Return the processes in which this browser's pages run."""
    assert page.context.browser
    processes = page.context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return [process["id"] for process in processes if process["type"] == "renderer"]


def _signal(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, what)


def _streams(api: Api, session: str, count: int) -> list[dict[str, object]] | None:
    try:
        streams = api.manifest(session)["streams"]
    except NotNow:
        return None
    return streams if len(streams) == count and all(stream["is_finished"] for stream in streams[:-1]) else None
