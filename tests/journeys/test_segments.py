"""Watching from segments: a moment costs one of them, and one that is broken is that gap and no more."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests import canonical
from tests.journeys.api import Api, Json
from tests.journeys.conftest import wait_kept
from tests.journeys.shop import MOMENTS, Shopper
from tests.journeys.test_compaction import compact
from tests.journeys.until import until
from tests.journeys.watch import Player, sign_in, watch
from tests.layouts import Layout, MadeProject

GAP = "Missing here"
TURN_A_BIT = """
from replay.index.models import Segment
from replay.store import open_store
store = open_store()
segment = Segment.objects.get(session__uuid="{session}", stream__stream_id="{stream}", first_seq={first})
data = bytearray(store.get(segment.volume.key))
data[segment.dom_offset + segment.dom_length // 2] ^= 1
store.delete(segment.volume.key)
store.put(segment.volume.key, bytes(data))
"""


def asked(page: Page, what: str) -> list[str]:
    """Return the addresses that the player asked for, of one kind."""
    names: list[str] = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    return [name for name in names if re.search(what, name)]


def wait_shows(player: Player, form: list[str], what: str) -> None:
    found: list[str] = []

    def is_shown() -> bool:
        found[:] = [canonical.difference(form, player.form())]
        return not found[0]

    try:
        until(is_shown, what)
    except AssertionError as error:
        raise AssertionError(f"{what}: the replay is not the page\n{found[0]}") from error


def show(player: Player, at_ms: float) -> None:
    player.page.evaluate("(ms) => playheadPlayer.seekTo(ms)", at_ms)
    player.page.wait_for_function(
        "(ms) => Math.abs(Number(document.querySelector('#player').dataset.timeMs) - ms) < 2", arg=at_ms
    )
    player.wait_state("paused")


def test_a_moment_costs_a_manifest_and_a_segment(
    layout: Layout, project: MadeProject, api: Api, visitor: BrowserContext, viewer: BrowserContext
) -> None:
    sign_in(viewer, layout.sign_in_link())
    shopper = Shopper(visitor, layout.start_demo(project.write_key))
    next(iter(MOMENTS.values()))(shopper)
    shopper.stand_still()
    link, form = shopper.link(), canonical.of_page(shopper.page)
    wait_kept(api, shopper.visit)
    compact(layout, api, shopper.visit.session)
    player = watch(viewer, link)
    player.wait_state("paused")
    page = player.page
    first_frame = page.evaluate("performance.getEntriesByName('playhead:first-frame')[0].startTime")
    before = page.evaluate(
        "(end) => performance.getEntriesByType('resource').filter((entry) => entry.startTime < end).map((entry) => entry.name)",
        first_frame,
    )
    bytes_of = [name for name in before if "/sessions/" in name and "/assets" not in name]
    assert len([name for name in bytes_of if "/manifest" in name]) == 1
    assert 1 <= len([name for name in bytes_of if "/segments/" in name]) <= 2
    assert not [name for name in bytes_of if "/chunks" in name]
    wait_shows(player, form, "the moment")


def test_broken_bytes_are_that_gap_and_the_rest_plays(
    layout: Layout, project: MadeProject, api: Api, visitor: BrowserContext, viewer: BrowserContext
) -> None:
    sign_in(viewer, layout.sign_in_link())
    shopper = Shopper(visitor, layout.start_demo(project.write_key))
    session = shopper.visit.session
    seen: dict[str, tuple[str, list[str]]] = {}
    for name, act in MOMENTS.items():
        act(shopper)
        shopper.stand_still()
        seen[name] = shopper.link(), canonical.of_page(shopper.page)
        wait_kept(api, shopper.visit)
        compact(layout, api, session)
    streams: list[Json] = api.manifest(session)["streams"]
    broken = next(stream for stream in streams if stream["segments"])
    segment = broken["segments"][0]
    layout.manage("shell", "-c", TURN_A_BIT.format(session=session, stream=broken["id"], first=segment[0]))

    last = list(seen)[-1]
    player = watch(viewer, seen[last][0])
    player.wait_state("paused")
    wait_shows(player, seen[last][1], "the last moment")
    expect(player.page.get_by_text(GAP)).to_have_count(0)

    show(player, segment[2] + 200)
    expect(player.page.get_by_text(GAP)).to_be_visible()
    expect(player.page.get_by_text("The stored bytes are gone or damaged.")).to_be_visible()
    assert asked(player.page, f"{broken['id']}/segments/{segment[0]}\\?body=dom")
    expect(player.page.locator(".ph-hole")).to_have_count(1)

    player.page.keyboard.press("End")
    expect(player.page.get_by_text(GAP)).to_have_count(0)
    wait_shows(player, seen[last][1], "the rest to play")
