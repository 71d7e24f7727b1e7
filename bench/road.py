"""The whole road, timed: sessions of the demo shop recorded, kept, listed and opened at a link, while the server is killed.

Runs on the embedded layout and on the production one (LAYOUT names one of them alone). A key holds the worse of the two, and
with a suffix that of one layout. Prints progress, and one JSON line last. All clocks are this machine's, so a page's time and
the server's are the same.

visible_p95_ms       an event in the page → its session listed, the event listed, and its chunk's bytes given, by the API
                     (events made while the server is down are not timed; they count in `lost` and `doubled`)
first_frame_p95_ms   a link opened in a browser without a cache → the page of that moment painted, and equal to the live one
moment_error_p95_ms  |playhead when opened − the page's clock when the link was minted|
lost, doubled        the page's own events and the sent chunks, against what is kept
wrong_frames         first frames that were not equal to the live page in the canonical form
baseline_…           the same events in a plain page, through rrweb's own replayer, sought to the same moment
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, StorageState

from bench.lib.baseline import RawReplay
from bench.lib.figures import p95
from tests import canonical
from tests.journeys.api import Api, NotNow
from tests.journeys.browser import chromium
from tests.journeys.conftest import VIEWPORT
from tests.journeys.shop import Shopper, choose
from tests.journeys.until import until
from tests.journeys.watch import PAINTED, Player, sign_in
from tests.layouts import Layout, MadeProject, embedded_layout, production_layout

SESSIONS = int(os.environ.get("SESSIONS", "20"))
LAYOUTS: dict[str, Callable[[Path], AbstractContextManager[Layout]]] = {
    "embedded": embedded_layout,
    "production": production_layout,
}
SUMS = ("sessions", "kills", "events_timed", "lost", "doubled", "wrong_frames")  # over the layouts; of other keys, the worst
KILLS = 3
MARK = "bench"  # the page's own event: {"n": 1, 2, …}
MARKS_TIMED = 3
FIRST_FRAME = "performance.getEntriesByName('playhead:first-frame')[0].startTime"


@dataclass
class Recorded:
    """A session as its page knew it."""

    session: str
    marks: int = 0
    link: str = ""
    minted_ms: float = 0
    form: list[str] = field(default_factory=list)
    sent: dict[tuple[str, int], tuple[bytes, bytes]] = field(default_factory=dict)


@dataclass
class Measured:
    visible_ms: list[float] = field(default_factory=list)
    first_frame_ms: list[float] = field(default_factory=list)
    baseline_ms: list[float] = field(default_factory=list)
    moment_error_ms: list[float] = field(default_factory=list)
    back_ms: list[float] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    wrong_frames: int = 0


def main() -> None:
    """Measure each layout; print what was measured."""
    wanted = os.environ.get("LAYOUT")
    figures = {name: measure(name) for name in ([wanted] if wanted else LAYOUTS)}
    print(json.dumps(merged(figures)))


def measure(name: str) -> dict[str, float | int]:
    """Record, kill, open, compare on one layout."""
    say(f"road: {SESSIONS} sessions, {KILLS} kills, {name} layout")
    with tempfile.TemporaryDirectory() as folder, LAYOUTS[name](Path(folder)) as layout, chromium() as browser:
        project = layout.make_project("Road")
        api = Api(layout.base_url, project.id, project.token)
        shop = layout.start_demo(project.write_key)
        measured = Measured()
        recorded = [record(browser, layout, api, shop, number, measured) for number in range(1, SESSIONS + 1)]
        for one in recorded:
            count(api, one, measured)
        viewer = signed_in(browser, layout)
        for number, one in enumerate(recorded, 1):
            open_link(browser, viewer, api, project, one, measured)
            frame, error = measured.first_frame_ms[-1], measured.moment_error_ms[-1]
            say(f"opened {number}/{SESSIONS}: first frame after {frame:.0f} ms, {error:.0f} ms from the linked moment")
    return result(measured)


def merged(figures: dict[str, dict[str, float | int]]) -> dict[str, float | int]:
    """Return each key over all layouts, then each layout's own."""
    keys = next(iter(figures.values()))
    whole = {key: (sum if key in SUMS else max)(each[key] for each in figures.values()) for key in keys}
    return whole | {
        f"{key}_{name}": each[key] for name, each in figures.items() for key in keys if key not in ("sessions", "kills")
    }


def say(words: str) -> None:
    print(words, flush=True)


def record(browser: Browser, layout: Layout, api: Api, shop: str, number: int, measured: Measured) -> Recorded:
    """Record one visit to the shop; in some of them the server is killed."""
    is_killed = number % (SESSIONS // (KILLS + 1) or 1) == 0 and number // (SESSIONS // (KILLS + 1) or 1) <= KILLS
    context = browser.new_context(viewport=VIEWPORT)
    shopper = Shopper(context, shop)
    one = Recorded(shopper.visit.session)
    for _ in range(MARKS_TIMED):
        at = mark(shopper, one)
        measured.visible_ms.append(visible(api, one) - at)
    choose(shopper)
    if is_killed:
        measured.back_ms.append(kill(layout, api, shopper, one))
    mark(shopper, one)
    shopper.stand_still()
    one.minted_ms, one.link = shopper.page.evaluate("[Date.now(), playhead.sessionUrl({ at: 'now' })]")
    one.form = canonical.of_page(shopper.page)
    mark(shopper, one)
    shopper.page.close(run_before_unload=True)  # right after the event
    until(lambda: api.custom(one.session, MARK).keys() >= set(range(1, one.marks + 1)) or None, "the last events", timeout_s=60)
    one.sent = {place: (chunk.dom, chunk.log) for place, chunk in shopper.visit.wire.sent.items()}
    context.close()
    slowest = max(measured.visible_ms[-MARKS_TIMED:])
    say(f"recorded {number}/{SESSIONS}: visible in {slowest:.0f} ms at most{', server killed' if is_killed else ''}")
    return one


def mark(shopper: Shopper, one: Recorded) -> float:
    """Make an event in the page; return the page's clock."""
    one.marks += 1
    at: float = shopper.page.evaluate(
        f"(n) => {{ const at = Date.now(); playhead.capture('{MARK}', {{ n }}); return at; }}", one.marks
    )
    return at


def visible(api: Api, one: Recorded) -> float:
    """Return the time at which the newest event is listed and its bytes can be had."""

    def is_there() -> float | None:
        try:
            listed = any(row["id"] == one.session for row in api.sessions(limit=20))
            events = api.get("/events", kind="custom", limit=20)["items"] if listed else []
            named = any(
                row["session"] == one.session and row["data"].get("properties", {}).get("n") == one.marks for row in events
            )
            return time.time() * 1_000 if named and api.custom(one.session, MARK)[one.marks] else None
        except NotNow:
            return None

    return until(is_there, "an event to be visible", timeout_s=30)


def kill(layout: Layout, api: Api, shopper: Shopper, one: Recorded) -> float:
    """Kill the web process in the middle of things; return how long after its return the events of the outage took."""
    for web in layout.webs:
        web.kill()
    for _ in range(3):
        mark(shopper, one)
    for web in layout.webs:
        web.start()
    back = time.time() * 1_000
    wanted = set(range(1, one.marks + 1))
    until(lambda: api.custom(one.session, MARK).keys() >= wanted or None, "what the outage held back", timeout_s=60)
    return time.time() * 1_000 - back


def count(api: Api, one: Recorded, measured: Measured) -> None:
    """Compare what the page made and sent with what is kept, in the chunks and in the list of moments."""
    manifest = api.manifest(one.session)
    listed = Counter(row["data"].get("properties", {}).get("n") for row in manifest["moments"] if row["text"] == MARK)
    for kept in (api.custom(one.session, MARK), listed):
        measured.lost += sum(1 for n in range(1, one.marks + 1) if not kept[n])
        measured.doubled += _extra(kept)
    bodies: dict[tuple[str, int], tuple[bytes, bytes]] = {}
    for stream in manifest["streams"]:
        measured.doubled += _extra(Counter(event["id"] for event in api.stream_events(one.session, stream)))
        pairs = zip(api.chunks(one.session, stream, "dom"), api.chunks(one.session, stream, "log"), strict=True)
        bodies |= {(stream["id"], dom.seq): (dom.body, log.body) for dom, log in pairs}
    measured.lost += sum(bodies.get(place) != sent for place, sent in one.sent.items()) + len(manifest["gaps"])


def _extra(kept: Counter[Any]) -> int:
    """Return how many are there beyond the first of each."""
    return sum(kept.values()) - len(kept)


def signed_in(browser: Browser, layout: Layout) -> StorageState:
    """Return the cookies of somebody who may watch."""
    context = browser.new_context()
    sign_in(context, layout.sign_in_link())
    state = context.storage_state()
    context.close()
    return state


def open_link(
    browser: Browser, viewer: StorageState, api: Api, project: MadeProject, one: Recorded, measured: Measured
) -> None:
    """Open the link in a browser that has seen nothing yet, and look at the first frame."""
    context = browser.new_context(viewport=VIEWPORT, storage_state=viewer)
    page = context.new_page()
    page.goto(one.link, wait_until="commit")
    page.wait_for_function(PAINTED)
    player = Player(page)
    measured.first_frame_ms.append(page.evaluate(FIRST_FRAME))
    measured.moment_error_ms.append(abs(player.time_ms - one.minted_ms))
    found = canonical.difference(one.form, player.form())
    if found:
        measured.wrong_frames += 1
        say(f"the first frame of {one.session} is not the page:\n{found[:2_000]}")
    page.close()
    events: list[dict[str, Any]] = api.events(one.session, "dom")
    with RawReplay(events, one.minted_ms) as url:
        plain = context.new_page()
        plain.goto(url, wait_until="commit")
        plain.wait_for_function("window.shownAt")
        measured.baseline_ms.append(plain.evaluate("window.shownAt"))
    context.close()


def result(measured: Measured) -> dict[str, float | int]:
    """Return the figures of one layout."""
    first_frame, baseline = p95(measured.first_frame_ms), p95(measured.baseline_ms)
    return {
        "visible_p95_ms": round(p95(measured.visible_ms)),
        "visible_p50_ms": round(statistics.median(measured.visible_ms)),
        "first_frame_p95_ms": round(first_frame),
        "first_frame_p50_ms": round(statistics.median(measured.first_frame_ms)),
        "baseline_first_frame_p95_ms": round(baseline),
        "first_frame_vs_baseline": round(first_frame / baseline, 2),
        "moment_error_p95_ms": round(p95(measured.moment_error_ms)),
        "back_after_kill_max_ms": round(max(measured.back_ms)),
        "lost": measured.lost,
        "doubled": measured.doubled,
        "wrong_frames": measured.wrong_frames,
        "sessions": SESSIONS,
        "kills": len(measured.back_ms),
        "events_timed": len(measured.visible_ms),
    }


if __name__ == "__main__":
    main()
