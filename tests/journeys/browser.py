"""A real browser for the journeys: Debian's Chromium, quiet, with nothing of its own to say on the network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

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


def is_open(page: Page) -> bool:
    """Say whether the page still answers."""
    try:
        page.evaluate("1")
    except PlaywrightError:
        return False
    return True


def browser_of(profile: Path) -> int:
    """Return the pid of the browser that has this profile open."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        is_child = any(word.startswith(b"--type=") for word in words)
        if f"--user-data-dir={profile}".encode() in words and not is_child and b"chromium" in words[0]:
            return int(entry.parent.name)
    raise AssertionError(f"no browser has {profile} open")
