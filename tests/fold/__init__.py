"""Does a keyframe build what the events before it built? Asked of the real replayer, in a real browser."""

from __future__ import annotations

import difflib
import random
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from playwright.sync_api import Browser, Page

from replay.worker import dom
from tests.canonical import ROOT

Events = list[dict[str, Any]]
SITE = "http://fold.test/"
BUILD = "([first, from, upto, how]) => foldStage.build(first, from, upto, how)"


@cache
def stage_source() -> str:
    """Return the stage as one script."""
    entry = str(ROOT / "tests" / "fold" / "stage.js")
    esbuild = str(ROOT / "node_modules" / ".bin" / "esbuild")
    command = [esbuild, entry, "--bundle", "--format=iife", "--global-name=foldStage", "--log-level=error"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@dataclass(frozen=True)
class Built:
    """What stands on the stage: in the canonical form, node by node, and what the replayer complained of."""

    canonical: list[str]
    precise: list[str]
    pointer: str  # where it is drawn; empty: nowhere
    faults: int


class Stage:
    """A stage that holds one recording."""

    def __init__(self, page: Page, *, is_clean: bool = False) -> None:
        self.page = page
        self.how = {"isClean": is_clean}
        self.events: Events = []

    def hold(self, events: Events) -> None:
        """Take a recording, in order."""
        self.events = events
        self.page.evaluate("(events) => foldStage.hold(events)", events)

    def build(self, first: Events, start: int, upto: int) -> Built:
        """Return what stands after `first`, then the held events from `start` up to `upto`."""
        return Built(**self.page.evaluate(BUILD, [first, start, upto, self.how]))


@contextmanager
def open_stage(browser: Browser, *, is_clean: bool = False) -> Iterator[Stage]:
    """Open an empty document that loads nothing, with the stage's code in it."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.route("**", lambda route: route.abort())
    page.route(SITE, lambda route: route.fulfill(body="<!doctype html><title>fold</title>", content_type="text/html"))
    page.goto(SITE)
    page.evaluate(f"() => {{ {stage_source()}; window.foldStage = foldStage; }}")
    try:
        yield Stage(page, is_clean=is_clean)
    finally:
        context.close()


def cuts(events: Events, count: int, seed: int) -> list[tuple[int, int]]:
    """Return pairs (how many events lead to t0, how many to t), t0 < t, both after the full snapshot, at random times."""
    chance = random.Random(seed)
    times = [event["timestamp"] for event in events]
    first = next(index for index, event in enumerate(events) if event["type"] == 2) + 1
    found = []
    for _ in range(count):
        t0, t = sorted(chance.uniform(times[first - 1], times[-1] + 1) for _ in range(2))
        found.append((max(first, _upto(times, t0)), max(first, _upto(times, t))))
    return found


def _upto(times: Sequence[float], at: float) -> int:
    """Return how many events have happened at `at`; the recording is in order of time."""
    return next((index for index, time in enumerate(times) if time > at), len(times))


def folded(events: Events, upto: int) -> dom.Page:
    page = dom.Page()
    for event in events[:upto]:
        page.apply(event)
    return page


def wrong(stage: Stage, begins: int, ends: int) -> str:
    """Return what differs at the moment after `ends` events between three roads: from the start, from a keyframe of that very
    moment, from a keyframe of an earlier one (after `begins` events) and the events since. Empty when nothing does."""
    at = stage.events[ends - 1]["timestamp"]
    truth = stage.build([], 0, ends)
    now = stage.build(folded(stage.events, ends).keyframe(at), 0, 0)
    earlier = folded(stage.events, begins).keyframe(stage.events[begins - 1]["timestamp"])
    since = stage.build(earlier, begins, ends)
    roads = {"keyframe": now, f"keyframe at {begins} and events": since}
    said = [f"{now.faults} faults in the keyframe"] if now.faults else []
    for name, road in roads.items():
        if truth.pointer and road.pointer != truth.pointer:  # a seek does not draw one over a node that has gone since
            said.append(f"{name}: pointer at {road.pointer}, not {truth.pointer}")
        for form in ("canonical", "precise"):
            found = difflib.unified_diff(getattr(truth, form), getattr(road, form), f"start, {form}", name, lineterm="", n=2)
            said += list(found)
    return "\n".join(said)
