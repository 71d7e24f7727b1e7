"""Recorded content is hostile. On the stage it runs nothing, calls nobody and leads nowhere (docs/security.md)."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.isolation.evil import EvilHost, evil_host
from tests.isolation.vectors import recording
from tests.journeys.browser import QUIET
from tests.journeys.until import until
from tests.layouts import Layout

HERE = Path(__file__).parents[1] / "isolation"
ROOT = HERE.parents[1]
SETTLE_MS = 1_500  # what nobody asked for has no event to wait for


@dataclass(frozen=True)
class Walls:
    """Which walls stand."""

    name: str
    policy: bool = True
    sanitiser: bool = True
    sandbox: bool = True


@dataclass
class Seen:
    """What came of a hostile recording."""

    scripts: int
    requests: int
    connections: int
    navigations: int

    @property
    def is_nothing(self) -> bool:
        return not (self.scripts or self.requests or self.connections or self.navigations)


ALL = Walls("all walls")
HOLDING = [ALL, Walls("without the policy", policy=False), Walls("without the sandbox", sandbox=False)]
UNSANITISED = Walls("without the sanitiser", sanitiser=False)
CONTROL = Walls("without policy and sanitiser", policy=False, sanitiser=False)
BARE = Walls("without any wall", policy=False, sanitiser=False, sandbox=False)


@pytest.fixture(scope="module")
def evil() -> Iterator[EvilHost]:
    with evil_host() as host:
        yield host


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser that finds the evil host here, and does not itself keep pages away from this machine."""
    own_walls = "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"
    rules = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*QUIET, rules, own_walls])
        yield browser
        browser.close()


def replay(browser: Browser, layout: Layout, evil: EvilHost, walls: Walls, tmp_path: Path) -> Seen:
    """Play the hostile recording on the real stage document, tempt it like a viewer would, and count."""
    page = browser.new_page(viewport={"width": 900, "height": 700})
    navigations: list[str] = []
    harness = f"{layout.base_url}/harness"
    page.route(harness, lambda route: route.fulfill(body=(HERE / "harness.html").read_text(), content_type="text/html"))
    take_away(page, walls, tmp_path)
    page.goto(harness)
    stage = f"{layout.player_origin}/player/stage"
    own = re.compile(re.escape(stage) + "|about:(blank|srcdoc)$|" + re.escape(harness))
    page.on("framenavigated", lambda frame: None if own.fullmatch(frame.url) else navigations.append(frame.url))
    page.context.on("page", lambda opened: navigations.append(opened.url))
    evil.forget()
    events, assets, _ = recording(evil.origin)
    page.evaluate("([url, events, assets]) => play(url, events, assets)", [stage, events, assets])
    if walls in (*HOLDING, UNSANITISED):
        until(
            lambda: page.evaluate("shown.some((m) => m.kind === 'shown' && m.id === 2 && m.isPainted)"),
            "the recording is shown",
        )
    tempt(page)
    page.wait_for_timeout(SETTLE_MS)
    ran = page.evaluate("window.ran ? window.ran.length : 0")
    seen = Seen(ran, len(evil.paths), evil.connections, len(navigations))
    page.close()
    return seen


def take_away(page: Page, walls: Walls, tmp_path: Path) -> None:
    """Serve the stage without the walls that the test names: the server itself has no such option."""

    def without_policy(route: Route) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
        route.fulfill(response=answer, headers=headers)

    if not walls.policy:
        page.route("**/player/stage", without_policy)
    missing = [name for name in ("sanitiser", "sandbox") if not getattr(walls, name)]
    if missing:
        built = tmp_path / "stage.js"
        subprocess.run(["node", str(HERE / "stage.mjs"), str(built), *missing], cwd=ROOT, check=True)
        page.route("**/static/dist/stage.js", lambda route: route.fulfill(path=built, content_type="text/javascript"))


def tempt(page: Page) -> None:
    """Click all over the stage, and go through it by keyboard."""
    for y in (90, 200, 330, 460, 560):
        page.mouse.move(400, y)
        page.mouse.click(400, y)
    page.mouse.click(400, 300, button="middle")
    for _ in range(20):
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")


@pytest.mark.parametrize("walls", HOLDING, ids=lambda walls: walls.name)
def test_nothing_runs_calls_or_navigates(
    browser: Browser, layout: Layout, evil: EvilHost, walls: Walls, tmp_path: Path
) -> None:
    seen = replay(browser, layout, evil, walls, tmp_path)
    assert seen.is_nothing, f"{seen}; {evil.paths}"


def test_the_policy_alone_lets_no_script_and_no_request_through(
    browser: Browser, layout: Layout, evil: EvilHost, tmp_path: Path
) -> None:
    # Chromium connects to the host of a frame before it refuses the frame, which is why there is a sanitiser as well.
    seen = replay(browser, layout, evil, UNSANITISED, tmp_path)
    assert (seen.scripts, seen.requests) == (0, 0), f"{seen}; {evil.paths}"


def test_the_recording_leaks_when_the_walls_are_gone(browser: Browser, layout: Layout, evil: EvilHost, tmp_path: Path) -> None:
    open_stage = replay(browser, layout, evil, CONTROL, tmp_path)
    assert open_stage.requests > 20, open_stage
    bare = replay(browser, layout, evil, BARE, tmp_path)
    assert bare.requests > 20, bare
    assert bare.scripts > 5, bare


def test_the_table_in_the_docs_is_what_this_test_plays() -> None:
    text = (ROOT / "docs/security.md").read_text()
    *_, vectors = recording("http://evil.example")
    assert f"{vectors} vectors" in text
    for walls in (*HOLDING, UNSANITISED, CONTROL, BARE):
        assert f"| {walls.name} |" in text
