"""A keyframe builds what the events before it built: real recordings, the real replayer, a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import fold
from tests.fold.record import PAGES, record


@pytest.fixture(scope="module")
def stage(browser: Browser) -> Iterator[fold.Stage]:
    """A stage that is handed the events as they were recorded, so that all of them count."""
    with fold.open_stage(browser) as stage:
        yield stage


@pytest.fixture(scope="module")
def clean_stage(browser: Browser) -> Iterator[fold.Stage]:
    """A stage that is handed what ours is handed: an address in a frame would load it, and unload what was recorded."""
    with fold.open_stage(browser, is_clean=True) as stage:
        yield stage


@pytest.mark.parametrize("name", [*PAGES, "forms masked"])
def test_a_keyframe_builds_what_the_events_before_it_built(
    browser: Browser, stage: fold.Stage, clean_stage: fold.Stage, name: str
) -> None:
    where = clean_stage if name == "frames" else stage
    events = record(browser, name.removesuffix(" masked"), is_masked=name.endswith(" masked"))
    where.hold(events)
    for begins, ends in [*fold.cuts(events, 1, seed=len(events)), (len(events) // 2, len(events))]:
        found = fold.wrong(where, begins, ends)
        assert not found, f"{name}, {begins} of {ends} events\n{found}"
