"""A compacted session plays as before, and what is lost of it is lost alone: the shop, with a segment behind each moment."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext

from tests import canonical
from tests.journeys.api import Api
from tests.journeys.conftest import wait_kept
from tests.journeys.shop import MOMENTS, Shopper
from tests.journeys.until import until
from tests.journeys.watch import Player, sign_in, watch
from tests.layouts import Layout, MadeProject

DELETE_FIRST_VOLUME = """
from replay.index.models import Segment
from replay.store import open_store
open_store().delete(Segment.objects.filter(session__uuid="{session}").order_by("pk").first().volume.key)
"""
Forms = dict[str, tuple[str, list[str]]]  # by moment: the link to it, the page as it was


def compact(layout: Layout, api: Api, session: str) -> None:
    """Run the worker until all of a session that is kept lies in segments."""

    def is_done() -> bool:
        layout.manage("worker", "--once", COMPACT_AFTER_S="1")
        streams = api.manifest(session)["streams"]
        return all(stream["segmented_upto"] == stream["next_seq"] for stream in streams)

    until(is_done, "all chunks to be segments", timeout_s=60)


def assert_shows(player: Player, form: list[str], what: str) -> None:
    player.wait_state("paused")
    found = canonical.difference(form, player.form())
    assert not found, f"{what}: the replay is not the page\n{found}"


@pytest.mark.both_layouts
def test_a_compacted_session_plays_as_before(
    layout: Layout, project: MadeProject, api: Api, visitor: BrowserContext, viewer: BrowserContext
) -> None:
    sign_in(viewer, layout.sign_in_link())
    shopper = Shopper(visitor, layout.start_demo(project.write_key))
    session, seen = shopper.visit.session, Forms()
    for name, act in MOMENTS.items():
        act(shopper)
        shopper.stand_still()
        seen[name] = shopper.link(), canonical.of_page(shopper.page)
        wait_kept(api, shopper.visit)
        assert_shows(watch(viewer, seen[name][0]), seen[name][1], f"{name}, in chunks")  # and in segments of what came before
        compact(layout, api, session)

    streams = api.manifest(session)["streams"]
    segments = [segment for stream in streams for segment in stream["segments"]]
    assert len(segments) >= len(MOMENTS)
    assert any(keyframe_events for *_, keyframe_events, _ in segments)
    for name, (link, form) in reversed(seen.items()):
        assert_shows(watch(viewer, link), form, f"{name}, in segments")

    first = next(segment for stream in streams for segment in stream["segments"])
    layout.manage("shell", "-c", DELETE_FIRST_VOLUME.format(session=session))
    last = list(MOMENTS)[-1]
    assert_shows(watch(viewer, seen[last][0]), seen[last][1], f"{last}, without the first volume")
    layout.manage("audit_store", "--repair", "--project", project.id)
    gaps = [(gap["first_seq"], gap["last_seq"], gap["reason"]) for gap in api.manifest(session)["gaps"]]
    assert gaps == [(first[0], first[1] - 1, "not_decodable")]
    assert_shows(watch(viewer, seen[last][0]), seen[last][1], f"{last}, with the loss named")
