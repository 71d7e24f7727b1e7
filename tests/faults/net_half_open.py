"""A peer that is gone without a word (no FIN, no RST), made and measured."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

from tests.faults.net_link import Line, Link
from tests.faults.net_loris import Loris
from tests.faults.net_pages import CoreCrowd
from tests.faults.net_world import FarWorld
from tests.journeys.browser import chromium
from tests.journeys.conftest import take_steps, wait_steps
from tests.journeys.site import site
from tests.journeys.whole import assert_whole

NOTICED_S = 50
SCRIPT = 1  # the HTTP connection on which the recorder itself came: idle, and no socket of ingest
NOTE_LOSS = """() => {
  playhead.on("connection", ({ state }) => {
    if (state === "waiting") window.isLost ||= performance.now()
  })
}"""


def half_open(far: FarWorld, folder: Path) -> dict[str, float]:
    """Cut the line under pages of every kind; return after how many seconds each end noticed, and all was whole again."""
    idle = far.crowd(seed=5, streams=2, chunks=3)
    busy = far.crowd(seed=6, streams=2, chunks=100, pace_s=0.5)
    with _far_page(far, folder) as page, idle, busy, ExitStack() as stack:
        session = page.evaluate("playhead.sessionId()")
        take_steps(page, 1)
        wait_steps(far.world.api, session, 1)
        busy.wait(lambda: min(busy.acked, idle.acked) >= 2 * 3, "the first acks")
        assert far.sockets() >= 5 + SCRIPT
        slow = stack.enter_context(Loris(far.web.port or 0, far.world.shop.write_key, 4, ("slow message", "no pong")))
        far.link.line = Line(is_cut=True)
        cut = time.monotonic()
        page.evaluate("() => { window.isLost = 0; window.cutAt = performance.now(); step() }")  # in flight for good

        freed = {"server": _wait(lambda: far.sockets() <= SCRIPT, cut, "the server to free its sockets")}
        for name, crowd in (("idle page", idle), ("busy page", busy)):
            _wait(partial(_all_gave_up, crowd), cut, f"{name} to give up")
            freed[name] = max(one.gave_up[0] for one in crowd.cores) - cut
        page.wait_for_function("window.isLost", timeout=max(1.0, NOTICED_S - (time.monotonic() - cut)) * 1000)
        freed["recorder"] = page.evaluate("window.isLost - window.cutAt") / 1000
        for kind in ("slow message", "no pong"):
            slow.wait_gone(kind, NOTICED_S)
        freed |= slow.gone_at

        far.mend()
        mended = time.monotonic()
        take_steps(page, 1)
        wait_steps(far.world.api, session, 3)
        for crowd in (idle, busy):
            crowd.finish(timeout_s=90)
        freed["whole again"] = time.monotonic() - mended
        assert_whole(far.world.api, session)
    for crowd in (idle, busy):
        far.world.assert_kept(crowd)
    return {name: round(seconds, 1) for name, seconds in freed.items()}


def _all_gave_up(crowd: CoreCrowd) -> bool:
    return all(page.gave_up for page in crowd.cores)


@contextmanager
def _far_page(far: FarWorld, folder: Path) -> Iterator[Page]:
    """Open a page that records, in a browser at the far end of the line."""
    program = _program_inside(far.link, folder)
    with far.link.inside():
        served = site(far.origin, far.world.shop.write_key)
        origin = served.__enter__()
    try:
        with chromium(executable_path=program) as browser:
            page = browser.new_page()
            page.goto(origin)
            page.wait_for_function("window.playhead?.sessionId?.()")
            page.evaluate(NOTE_LOSS)
            yield page
    finally:
        served.__exit__(None, None, None)


def _program_inside(link: Link, folder: Path) -> str:
    """Return a program that is Chromium in the pages' namespace."""
    program = folder / "chromium-far"
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    program.write_text(f'#!/bin/sh\nexec nsenter --net={link.namespace} {path} "$@"\n')
    program.chmod(0o755)
    return str(program)


def _wait(is_so: Callable[[], bool], since: float, what: str) -> float:
    """Return how long after ``since`` it was so."""
    while not is_so():
        assert time.monotonic() < since + NOTICED_S, f"waited {NOTICED_S} s in vain for {what}"
        time.sleep(0.05)
    return time.monotonic() - since
