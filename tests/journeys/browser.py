"""A real browser for the journeys: Debian's Chromium, quiet, with nothing of its own to say on the network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, sync_playwright

QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium(**options: Any) -> Iterator[Browser]:
    """Open a browser for as long as the block lasts; more of Playwright's options may be given by name."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**{"executable_path": path, "args": QUIET, **options})
        try:
            yield browser
        finally:
            browser.close()
