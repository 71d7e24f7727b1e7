"""Killed servers, closed tabs: what was acked is kept, what was not arrives, and nothing comes twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext

from tests import canonical
from tests.journeys.api import Api
from tests.journeys.conftest import Visit, take_steps, visit, wait_kept, wait_steps
from tests.journeys.site import site
from tests.journeys.until import until
from tests.journeys.watch import sign_in, watch
from tests.layouts import Layout


def _kept_bodies(api: Api, session: str) -> dict[tuple[str, int], tuple[bytes, bytes]]:
    """Return the bodies of every kept chunk, as bytes."""
    kept: dict[tuple[str, int], tuple[bytes, bytes]] = {}
    for stream in api.manifest(session)["streams"]:
        pairs = zip(api.chunks(session, stream, "dom"), api.chunks(session, stream, "log"), strict=True)
        kept |= {(stream["id"], dom.seq): (dom.body, log.body) for dom, log in pairs}
    return kept


def _assert_acked_is_kept(api: Api, visit: Visit) -> None:
    """Every acked chunk is kept, byte for byte."""
    assert visit.wire.acked
    kept = _kept_bodies(api, visit.session)
    for place, chunk in visit.wire.acked.items():
        assert kept[place] == (chunk.dom, chunk.log), f"{place} is not what was sent"


def _moment(one: Visit) -> tuple[str, list[str]]:
    """Return a link to now, and the page as it is now."""
    link: str = one.page.evaluate("playhead.sessionUrl({ at: 'now' })")
    return link, canonical.of_page(one.page)


@pytest.mark.both_layouts
def test_a_killed_web_process_loses_nothing_acked_and_gets_the_rest(
    layout: Layout, api: Api, origin: str, visitor: BrowserContext, viewer: BrowserContext
) -> None:
    one = visit(visitor, origin)
    take_steps(one.page, 5)
    before = _moment(one)
    wait_kept(api, one)
    for web in layout.webs:
        web.kill()
    take_steps(one.page, 5)
    for web in layout.webs:
        web.start()
    take_steps(one.page, 2)
    after = _moment(one)

    wait_steps(api, one.session, 12)
    _assert_acked_is_kept(api, one)
    sign_in(viewer, layout.sign_in_link())
    for link, form in (before, after):
        canonical.assert_equal(form, watch(viewer, link).form())
    assert api.manifest(one.session)["gaps"] == []


def test_each_reconnect_may_land_on_the_other_web_process(production: Layout, visitor: BrowserContext) -> None:
    project = production.make_project()
    api = Api(production.base_url, project.id, project.token)
    with site(production.base_url, project.write_key) as origin:
        one = visit(visitor, origin)
        steps = 0
        for web in (*production.webs, *production.webs):
            take_steps(one.page, 3)
            steps += 3
            wait_kept(api, one)
            web.kill()  # only its sibling can answer now
            take_steps(one.page, 3)
            steps += 3
            wait_steps(api, one.session, steps)
            web.start()
    _assert_acked_is_kept(api, one)
    assert one.wire.sockets >= 3, "the socket moved from one process to the other and back"
    assert api.manifest(one.session)["gaps"] == []


@pytest.mark.both_layouts
def test_a_click_right_before_the_tab_closes_is_kept(api: Api, origin: str, visitor: BrowserContext) -> None:
    one = visit(visitor, origin)
    take_steps(one.page, 1)
    one.page.close(run_before_unload=True)

    wait_steps(api, one.session, 1)
    clicks = [event for event in api.events(one.session) if event["type"] == "click"]
    assert [click["element"]["text"] for click in clicks] == ["Take a step"]
    until(lambda: all(stream["is_finished"] for stream in api.manifest(one.session)["streams"]), "the stream to be finished")
