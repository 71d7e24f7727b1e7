"""Record the sample visit anew: a real browser in the demo shop, our recorder, a running Playhead.

    make run                                   in one terminal
    .venv/bin/python -m demo.record_sample     in another, with the same DATA_DIR, PORT and DEMO_PORT

Writes demo/sample: what the page said, as the server kept it. `make run` sends it to itself on a first start.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Locator, Page, sync_playwright

SAMPLE = Path(__file__).resolve().parent / "sample"
CHROMIUM = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SETTLE_S = 4.0  # from the last event to the last committed row


class Visitor:
    """A page, and hands that take their time."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def rest(self, seconds: float) -> None:
        self.page.wait_for_timeout(seconds * 1000)

    def find(self, name: str) -> Locator:
        return self.page.locator(f"[data-test={name}]").first

    def click(self, target: str | Locator, times: int = 1) -> None:
        element = self.find(target) if isinstance(target, str) else target
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        assert box, f"{target} is not on the page"
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=18)
        self.rest(0.25)
        element.click(click_count=1)
        for _ in range(times - 1):
            element.click(delay=30)

    def type(self, name: str, text: str) -> None:
        self.click(name)
        self.page.keyboard.type(text, delay=55)

    def scroll(self, by: int) -> None:
        for _ in range(8):
            self.page.mouse.wheel(0, by / 8)
            self.rest(0.06)


def visit(hands: Visitor, shop: str) -> None:
    """Look around, buy a teapot, run into what is broken."""
    hands.page.goto(shop)
    hands.rest(2)
    hands.scroll(700)
    hands.rest(1)
    hands.scroll(-700)
    hands.click("hero-shop")
    hands.rest(1.5)
    hands.type("search", "tea")
    hands.rest(1)
    hands.click("product-ebb-teapot")
    hands.rest(1.5)
    hands.click("glaze-slate")
    hands.rest(0.8)
    hands.click("glaze-ember")
    hands.rest(0.8)
    hands.click(hands.page.locator("star-rating [data-test=star-5]"))
    hands.click("open-sizes")
    hands.rest(1)
    hands.click(hands.page.frame_locator("[data-test=sizes-frame]").locator("[data-test=units]"))
    hands.rest(1)
    hands.click("close-sizes")
    hands.click("check-stock")
    hands.rest(3.6)
    hands.click("compare", times=4)
    hands.rest(1)
    hands.click("add-to-cart")
    hands.rest(1.5)
    hands.click("nav-cart")
    hands.rest(1.5)
    hands.click("more-ebb-teapot")
    hands.type("gift-card", "SM-2211")
    hands.click("apply-gift-card")
    hands.rest(2)
    hands.click("to-checkout")
    hands.rest(1)
    hands.click("pay")
    hands.rest(1)
    hands.type("email", "ada.lovelace@saltmarsh.example")
    hands.type("name", "Ada Lovelace")
    hands.type("street", "Dijkweg 12")
    hands.type("card", "4242 4242 4242 4242")
    hands.type("expiry", "09 / 29")
    hands.type("cvc", "123")
    hands.type("note", "For the best of aunts.")
    hands.click("pay")
    hands.page.wait_for_url("**/thanks")
    hands.rest(1.5)
    hands.click("nav-account")
    hands.rest(0.8)
    hands.type("sign-in-email", "ada.lovelace@saltmarsh.example")
    hands.type("sign-in-password", "correct horse")
    hands.click("sign-in")
    hands.rest(2.5)


def record(shop: str) -> str:
    """Make the visit; return the session's id."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM)
        agent = browser.new_page().evaluate("navigator.userAgent").replace("Headless", "")
        page = browser.new_page(
            viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="Europe/Amsterdam", user_agent=agent
        )
        visit(Visitor(page), shop)
        session: str = page.evaluate("window.playhead.sessionId()")
        page.goto("about:blank")
        time.sleep(SETTLE_S)
        browser.close()
    return session


def export(session_id: str) -> None:
    """Write the session's chunks as the frames that they came in, stream by stream."""
    from replay.index.models import Chunk, Session, Stream
    from replay.store import open_store
    from replay.wire.frames import ChunkHeader, Flag, join_frames, make_chunk

    store = open_store()
    session = Session.objects.get(uuid=UUID(session_id))
    SAMPLE.mkdir(exist_ok=True)
    for old in SAMPLE.iterdir():
        old.unlink()
    described: list[dict[str, Any]] = []
    ended_ms = 0.0
    for number, stream in enumerate(Stream.objects.filter(session=session).order_by("first_ms"), start=1):
        frames: list[bytes] = []
        for chunk in Chunk.objects.filter(stream=stream).select_related("pack").order_by("seq"):
            assert chunk.seq == len(frames), f"stream {number} lacks chunk {len(frames)}"
            header = ChunkHeader(
                session=session.uuid,
                stream=stream.stream_id,
                seq=chunk.seq,
                flags=Flag(chunk.flags),
                dom_codec=chunk.dom_codec,
                log_codec=chunk.log_codec,
                part_index=chunk.part_index,
                part_count=chunk.part_count,
                dom_raw_length=chunk.dom_raw_length,
                log_raw_length=chunk.log_raw_length,
                dom_events=chunk.dom_events,
                first_ms=chunk.first_ms,
                last_ms=chunk.last_ms,
                wall_ms=chunk.wall_ms,
                mono_ms=chunk.mono_ms,
            )
            dom = store.get(chunk.pack.key, chunk.dom_offset, chunk.dom_length) if chunk.dom_length else b""
            log = store.get(chunk.pack.key, chunk.log_offset, chunk.log_length) if chunk.log_length else b""
            made = make_chunk(header, dom, log)
            assert made.header.hash == bytes(chunk.hash), f"chunk {chunk.seq} is not what the page sent"
            frames.append(made.to_frame())
        name = f"stream-{number}.frames"
        (SAMPLE / name).write_bytes(join_frames(frames))
        described.append({"frames": name, "hello": hello_of(session, stream)})
        ended_ms = max(ended_ms, stream.last_ms)
    about = {"ended_ms": ended_ms, "user_agent": session.user_agent, "streams": described}
    (SAMPLE / "visit.json").write_text(json.dumps(about, indent=2) + "\n")


def hello_of(session: Any, stream: Any) -> dict[str, Any]:
    """Return what the stream's hello said that does not change from one start to the next."""
    viewport = {"viewport_width": stream.viewport_width, "viewport_height": stream.viewport_height}
    anonymous = session.person.distinct_ids.filter(is_anonymous=True).first()
    return {
        "v": 1,
        "window": stream.window_id,
        "distinct_id": anonymous.distinct_id,
        "recorder": stream.recorder,
        "page": {"url": stream.entry_url, "title": "", "referrer": ""},
        "device": {**viewport, "pixel_ratio": 1, "language": session.language, "timezone": session.timezone},
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "replay.settings")
    import django
    from django.conf import settings

    django.setup()
    export(record(f"http://localhost:{settings.DEMO_PORT}/"))
    print(f"{sum(file.stat().st_size for file in SAMPLE.iterdir()):,} bytes in {SAMPLE}")


if __name__ == "__main__":
    main()
