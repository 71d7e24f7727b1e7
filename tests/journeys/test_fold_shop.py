"""Every document of a visit to the demo shop, recorded by our recorder: a keyframe builds what the events before it built."""

from __future__ import annotations

from itertools import groupby

from playwright.sync_api import Browser, BrowserContext

from replay.wire.bodies import decode_dom
from replay.wire.frames import Chunk
from tests import fold
from tests.journeys.shop import MOMENTS, Shopper
from tests.layouts import Layout, MadeProject

MOST_BYTES = 64 * 1024 * 1024


def events_of(chunks: list[Chunk]) -> fold.Events:
    """Return the dom events of one stream's chunks, those in parts too, in order of time."""
    events: fold.Events = []
    for _, parts in groupby(chunks, key=lambda chunk: chunk.header.seq - chunk.header.part_index):
        pieces = list(parts)
        if pieces[0].dom:
            events += decode_dom(pieces[0].header.dom_codec, [piece.dom for piece in pieces], most_bytes=MOST_BYTES)
    return sorted(events, key=lambda event: float(event["timestamp"]))


def test_a_keyframe_builds_what_the_shop_did_before_it(
    layout: Layout, project: MadeProject, browser: Browser, visitor: BrowserContext
) -> None:
    shopper = Shopper(visitor, layout.start_demo(project.write_key))
    for act in MOMENTS.values():
        act(shopper)
        shopper.stand_still()
    sent = sorted(shopper.visit.wire.sent.items())
    streams = [events_of([chunk for _, chunk in chunks]) for _, chunks in groupby(sent, key=lambda item: item[0][0])]
    whole = [events for events in streams if [event["type"] for event in events].count(2) == 1]
    assert len(whole) >= len(MOMENTS)
    with fold.open_stage(browser, is_clean=True) as stage:
        for number, events in enumerate(whole):
            stage.hold(events)
            for begins, ends in fold.cuts(events, 2, seed=number):
                assert not (found := fold.wrong(stage, begins, ends)), f"{begins} of {ends} events\n{found}"
