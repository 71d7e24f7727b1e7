"""Writes down what this version's recorder and server really say to each other: ``python -m tests.wire.hear``

A real browser visits a real page; every frame of both sides on the socket goes to ``spoken/VERSION.json``. Run it
before a release, so that the next version can be tried against this one.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import Page, WebSocket

from tests.journeys.api import Api
from tests.journeys.browser import chromium
from tests.journeys.site import site
from tests.journeys.until import until
from tests.layouts import embedded_layout

SPOKEN = Path(__file__).parent / "spoken"


def hear() -> dict[str, Any]:
    """Return what was said on the socket, in order."""
    talk: list[tuple[str, str]] = []  # who, what

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: talk.append(("page", _hex(frame))))
        socket.on("framereceived", lambda frame: talk.append(("server", _hex(frame))))

    with tempfile.TemporaryDirectory() as folder, embedded_layout(Path(folder)) as layout, chromium() as browser:
        project = layout.make_project()
        api = Api(layout.base_url, project.id, project.token)
        with site(layout.base_url, project.write_key) as origin:
            page = browser.new_page()
            page.on("websocket", listen)
            page.goto(origin)
            page.wait_for_function("window.playhead?.sessionId?.()")
            session = page.evaluate("playhead.sessionId()")
            _visit(page)
            until(lambda: page.evaluate("1") and api.custom(session, "step").total() == 3, "the visit to be kept")
    return {"write_key": project.write_key, "talk": talk}


def _visit(page: Page) -> None:
    """Do a bit of everything."""
    for _ in range(3):
        page.click("#step")
    page.evaluate("console.error('no such thing')")
    page.evaluate("playhead.identify('ada-1815', { plan: 'pro' })")
    page.evaluate("fetch('/none').catch(() => 0)")
    page.evaluate("history.pushState({}, '', '/?step=2')")
    page.evaluate("setTimeout(() => { throw new TypeError('x is null') }) && 0")


def _hex(frame: bytes | str | None) -> str:
    assert isinstance(frame, bytes)
    return frame.hex()


if __name__ == "__main__":
    SPOKEN.mkdir(exist_ok=True)
    said = hear()
    path = SPOKEN / f"{settings.VERSION}.json"
    path.write_text(json.dumps({"version": settings.VERSION, **said}, indent=1) + "\n")
    print(f"{path}: {len(said['talk'])} frames")
