"""A link opens where it says, for whoever may see it, and tells others nothing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, expect

from tests import canonical
from tests.journeys.api import Api
from tests.journeys.conftest import take_steps, visit, wait_steps
from tests.journeys.watch import PAINTED, Player, sign_in, watch
from tests.layouts import OWNER, Layout

PASSWORD = "correct horse battery staple"


@dataclass
class Linked:
    """A session that is over, and a link to a moment in its middle, when the page said step 2."""

    url: str
    session: str
    form: list[str]  # the page at that moment, in its canonical form


@pytest.fixture
def linked(api: Api, origin: str, visitor: BrowserContext) -> Linked:
    one = visit(visitor, origin)
    take_steps(one.page, 2)
    url, form = one.page.evaluate("playhead.sessionUrl({ at: 'now' })"), canonical.of_page(one.page)
    take_steps(one.page, 2)
    one.page.close(run_before_unload=True)
    wait_steps(api, one.session, 4)
    return Linked(url, one.session, form)


def _assert_at_the_moment(api: Api, player: Player, linked: Linked) -> None:
    """The page on the stage is the page of that moment, it stands still, and its row is marked in the list."""
    player.wait_state("paused")
    canonical.assert_equal(linked.form, player.form())
    at = float(parse_qs(urlsplit(linked.url).query)["at"][0])
    clicks = [moment for moment in api.manifest(linked.session)["moments"] if moment["kind"] == "custom"]
    last = max((click for click in clicks if click["stream_ms"] <= at), key=lambda click: click["stream_ms"])
    expect(player.page.locator("[data-current=true]")).to_have_attribute("data-event", last["id"])


def test_a_signed_in_viewer_sees_the_moment_paused(layout: Layout, api: Api, linked: Linked, viewer: BrowserContext) -> None:
    sign_in(viewer, layout.sign_in_link())
    _assert_at_the_moment(api, watch(viewer, linked.url), linked)


def test_a_signed_out_viewer_signs_in_and_is_brought_back(
    layout: Layout, api: Api, linked: Linked, viewer: BrowserContext
) -> None:
    layout.set_password(PASSWORD)
    page = viewer.new_page()
    page.goto(linked.url)
    assert "/sign-in/" in page.url
    assert "Steps" not in page.content(), "nothing of what was recorded is told"
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(linked.url)
    page.wait_for_function(PAINTED)
    _assert_at_the_moment(api, Player(page), linked)


def test_a_stranger_gets_what_a_session_that_never_was_gets(layout: Layout, linked: Linked, viewer: BrowserContext) -> None:
    layout.make_project("Elsewhere", email="charlie@example.org")
    sign_in(viewer, layout.sign_in_link("charlie@example.org"))
    page = viewer.new_page()
    answer = page.goto(linked.url)
    assert answer is not None
    assert answer.status == 404
    assert "Steps" not in page.content()
