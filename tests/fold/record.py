"""Recordings of pages made to be hard: each takes its steps while rrweb's recorder watches, after one full snapshot."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Browser

from tests.canonical import ROOT
from tests.fold import Events

HERE = Path(__file__).parent / "pages"
PAGES = sorted(path.stem for path in HERE.glob("*.html"))
SITE = "http://recorded.test/"
RECORDER = ROOT / "node_modules" / "@rrweb" / "record" / "dist" / "record.umd.min.cjs"

# As our recorder sets it, save that nothing is gathered: what a step does is told before the next one.
RECORD = """async (isMasked) => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
  window.events = [];
  rrwebRecord.record({
    emit: (event) => events.push(event),
    maskAllInputs: isMasked,
    maskInputFn: (text) => "*".repeat(text.length),
    slimDOMOptions: true,
    recordAfter: "DOMContentLoaded",
    sampling: { mousemove: 0, scroll: 0, media: 0, input: "all" },
  });
  await painted();
  for (const step of steps) {
    await step();
    await painted();
  }
  return JSON.stringify(events);
}"""


def record(browser: Browser, name: str, *, is_masked: bool = False) -> Events:
    """Return what the recorder said of a page, in order of time."""
    context = browser.new_context(viewport={"width": 900, "height": 600})
    page = context.new_page()
    page.route(f"{SITE}**", lambda route: route.abort())
    page.route(SITE, lambda route: route.fulfill(path=HERE / f"{name}.html", content_type="text/html"))
    try:
        page.goto(SITE)
        page.evaluate(f"() => {{ {RECORDER.read_text()} }}")
        page.mouse.move(50, 60)
        events: Events = json.loads(page.evaluate(RECORD, is_masked))
    finally:
        context.close()
    assert [event["type"] for event in events].count(2) == 1, "one full snapshot"
    return sorted(events, key=lambda event: float(event["timestamp"]))
