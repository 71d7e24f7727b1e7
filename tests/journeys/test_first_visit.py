"""What a person does on the first day: click around in the shop, find the session, watch it, share it, follow the person."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.api import Api
from tests.journeys.conftest import VIEWPORT, wait_kept
from tests.journeys.shop import Shopper, choose
from tests.journeys.until import until
from tests.journeys.watch import PAINTED, Player, sign_in
from tests.layouts import Layout, MadeProject


def test_from_the_shop_to_the_person(
    layout: Layout, project: MadeProject, api: Api, browser: Browser, visitor: BrowserContext, viewer: BrowserContext
) -> None:
    shopper = Shopper(visitor, layout.start_demo(project.write_key))
    help_link = _shop(shopper)
    session = shopper.visit.session
    wait_kept(api, shopper.visit)

    sign_in(viewer, layout.sign_in_link())
    page = viewer.new_page()
    _find_in_the_list(page, f"{layout.base_url}/p/{project.id}/sessions/", session)
    copied = _watch(page)

    other = browser.new_context(viewport=VIEWPORT)
    sign_in(other, layout.sign_in_link())
    _open_shared(other.new_page(), copied, api, session)
    _open_shared(other.new_page(), help_link, api, session)
    other.close()

    _open_event(page, f"{layout.base_url}/p/{project.id}/events/", api, session)
    _open_person(page, f"{layout.base_url}/p/{project.id}/persons/", session)


def _shop(shopper: Shopper) -> str:
    """Choose, sign in, run into what is broken, and ask for help; return the link that help gives."""
    choose(shopper)
    shopper.click("close-sizes")
    shopper.click("compare")  # throws
    shopper.click("add-to-cart")
    shopper.click("nav-cart")
    shopper.find("gift-card").fill("SM-1234")
    shopper.click("apply-gift-card")  # fails with 500
    expect(shopper.find("gift-card-answer")).not_to_be_empty()
    shopper.click("nav-account")
    shopper.find("sign-in-email").fill("ada.lovelace@example.org")
    shopper.find("sign-in-password").fill("engine")
    shopper.click("sign-in")
    expect(shopper.find("customer-name")).to_have_text("Ada Lovelace")
    shopper.click("help")
    return shopper.find("help-link").input_value()


def _find_in_the_list(page: Page, url: str, session: str) -> None:
    """The running session is the first row, marked live; filters keep and drop it; a click opens it."""
    page.goto(url)
    row = page.locator("tr.row").first
    expect(row).to_have_id(f"s-{session}")
    expect(row).to_contain_text("live")
    expect(row).to_contain_text("Ada Lovelace")
    expect(row).to_contain_text("Chrom")
    page.get_by_label("Page", exact=True).fill("nowhere-at-all")
    expect(page.get_by_text("No session matches")).to_be_visible()
    page.get_by_label("Page", exact=True).fill("ebb-teapot")
    page.get_by_role("checkbox", name="Errors").check()
    page.get_by_label("Person", exact=True).fill("lovelace")
    expect(page.locator("tr.row")).to_have_id(f"s-{session}")
    page.locator(f"#s-{session} a.row-link").click()
    page.wait_for_url(f"**/{session}*")


def _watch(page: Page) -> str:
    """It plays by itself; tabs narrow the list; a row seeks; the link of that time is copied."""
    page.wait_for_function(PAINTED)
    player = Player(page)
    player.wait_state("playing")
    start = player.time_ms
    player.wait_time(start + 300)
    for tab, kind in (("Console", "console"), ("Network", "network"), ("Events", "click")):
        page.get_by_role("tab", name=re.compile(tab)).click()
        expect(page.locator(f".ph-row[data-kind={kind}]").first).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.get_by_label("Search").fill("add to basket")
    page.locator(".ph-row[data-kind=click]").first.click()
    expect(page.locator(".ph-row[aria-selected=true]")).to_have_count(1)
    page.get_by_role("button", name=re.compile("Copy link")).click()
    expect(page.get_by_role("status").filter(has_text="ink")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


def _open_shared(page: Page, link: str, api: Api, session: str) -> None:
    """The page opens paused at the moment, and a row of the list is the one of that moment."""
    page.goto(link)
    page.wait_for_function(PAINTED)
    player = Player(page)
    player.wait_state("paused")
    query = parse_qs(urlsplit(link).query)
    stream = next(one for one in api.manifest(session)["streams"] if one["id"] == query["stream"][0])
    assert abs(player.time_ms - float(query["at"][0]) - stream["clock_offset_ms"]) < 2
    expect(page.locator("[data-current=true]")).to_have_count(1)


def _open_event(page: Page, url: str, api: Api, session: str) -> None:
    """An event of the events page opens its replay 5 s before it."""
    page.goto(url)
    page.locator("tr.row", has_text="added to cart").locator("a.row-link").click()
    page.wait_for_url(f"**/{session}*")
    page.wait_for_function(PAINTED)
    moment = next(one for one in api.manifest(session)["moments"] if one["text"] == "added to cart")
    opened = float(parse_qs(urlsplit(page.url).query)["at"][0])
    assert opened == round(moment["stream_ms"] - 5_000), "5 s before, or from the start"


def _open_person(page: Page, url: str, session: str) -> None:
    """The person's page says who they are, by which ids, and lists the session."""
    page.goto(url)
    page.get_by_role("link", name="Ada Lovelace").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
    until(lambda: page.locator(".ids li").count() == 2, "the anonymous id and the shop's own")
    expect(page.locator(f"#s-{session}")).to_be_visible()
