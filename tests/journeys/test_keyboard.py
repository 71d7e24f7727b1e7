"""The player without a mouse: from the list to a moment, and its link to the clipboard."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from tests.journeys.api import Api
from tests.journeys.conftest import take_steps, visit, wait_steps
from tests.journeys.watch import PAINTED, Player, sign_in
from tests.layouts import Layout, MadeProject


def test_everything_in_the_player_has_a_key(
    layout: Layout, project: MadeProject, api: Api, origin: str, visitor: BrowserContext, viewer: BrowserContext
) -> None:
    one = visit(visitor, origin)
    take_steps(one.page, 3)
    one.page.close(run_before_unload=True)
    wait_steps(api, one.session, 3)

    sign_in(viewer, layout.sign_in_link())
    page = viewer.new_page()
    page.goto(f"{layout.base_url}/p/{project.id}/sessions/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{one.session}*")
    page.wait_for_function(PAINTED)
    player, keys = Player(page), page.keyboard

    keys.press("End")
    player.wait_state("ended")
    keys.press("Home")
    keys.press("k")
    player.wait_state("playing")
    keys.press("k")
    player.wait_state("paused")

    keys.press("Home")
    keys.press("Shift+ArrowRight")
    first = page.locator(".ph-row[aria-selected=true]")
    expect(first).to_have_count(1)
    before = first.get_attribute("data-event")
    keys.press("Shift+ArrowRight")
    expect(page.locator(f'.ph-row[aria-selected=true]:not([data-event="{before}"])')).to_have_count(1)

    keys.press(">")
    expect(page.get_by_label("Speed")).to_have_value("2")

    keys.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()

    keys.press("/")
    keys.type("no such row")
    expect(page.locator(".ph-row")).to_have_count(0)
    keys.press("ControlOrMeta+a")
    keys.press("Delete")
    keys.press("Escape")
    expect(page.locator(".ph-row").first).to_be_visible()

    keys.press("c")
    expect(page.get_by_role("status").filter(has_text="link")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert f"/{one.session}?at=" in link
    assert f"&stream={player.stream}" in link
