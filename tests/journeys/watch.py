"""Watching a replay: the player page as a person has it before them, and the stage inside it."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Frame, Locator, Page

from tests import canonical

PAINTED = "() => performance.getEntriesByName('playhead:first-frame').length > 0"
ON_SHOW = "document.querySelector('.page.on-show iframe').contentDocument"


@dataclass
class Player:
    """An open player page."""

    page: Page

    @property
    def root(self) -> Locator:
        return self.page.locator("#player")

    @property
    def stage(self) -> Frame:
        return next(frame for frame in self.page.frames if "/player/stage" in frame.url)

    @property
    def time_ms(self) -> float:
        """Return where the playhead is, on the server's clock."""
        return float(self.root.get_attribute("data-time-ms") or "nan")

    @property
    def stream(self) -> str:
        return self.root.get_attribute("data-stream") or ""

    def wait_state(self, state: str) -> None:
        self.page.wait_for_function("(state) => document.querySelector('#player').dataset.state === state", arg=state)

    def wait_time(self, at_least: float) -> None:
        self.page.wait_for_function("(ms) => Number(document.querySelector('#player').dataset.timeMs) >= ms", arg=at_least)

    def form(self, *, boxes: bool = True) -> list[str]:
        """Return the canonical form of the page on the stage."""
        stage = self.stage
        return canonical.read(stage, stage.evaluate_handle(ON_SHOW), "replay", boxes=boxes)


def watch(viewer: BrowserContext, link: str) -> Player:
    """Open a link and return when its first frame is painted."""
    page = viewer.new_page()
    page.goto(link)
    page.wait_for_function(PAINTED)
    return Player(page)


def sign_in(viewer: BrowserContext, link: str) -> None:
    """Use a one-time sign-in link, as a person does: open it and press its button."""
    page = viewer.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.close()
