"""What a visitor does on the pages that are recorded against `recorder_host`."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.journeys.recorder_host import Host

FULL_SNAPSHOT = 2


def open_page(page: Page, host: Host, name: str = "plain.html") -> list[str]:
    """Open a page with the snippet; return the list into which the page's own errors go."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{host.site}/{name}")
    page.wait_for_function("window.playhead?.isLoaded")
    return errors


def use(page: Page) -> None:
    """Do what a person does on the plain page."""
    page.fill("#name", "canary-name")
    page.fill("#password", "canary-password")
    page.fill("#note", "canary-note")
    page.fill("#ignored", "canary-ignored")
    page.click("#edit")
    page.keyboard.type("canary-editable")
    page.select_option("#choice", "two")
    for _ in range(3):
        page.click("#go")
    page.click("#fail")


def leave(page: Page) -> None:
    page.goto("about:blank")


def whole(host: Host) -> bool:
    """Whether the one stream arrived from its first chunk to its last."""
    return len(host.streams) == 1 and host.only.is_final and host.only.next_seq == len(host.only.chunks)
