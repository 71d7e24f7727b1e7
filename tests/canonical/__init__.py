"""The canonical form of a document, for every test that asks whether a replay is right (docs/canonical-form.md)."""

from __future__ import annotations

import difflib
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Frame, JSHandle, Page

ROOT = Path(__file__).resolve().parents[2]
Side = Literal["live", "replay"]
READ = "(given) => { %s; return playheadCanonical.lines(given[0], given[1]); }"


@cache
def source() -> str:
    """Return the form's code as one script that any document can be given."""
    entry = str(ROOT / "tests" / "canonical" / "index.js")
    esbuild = str(ROOT / "node_modules" / ".bin" / "esbuild")
    command = [esbuild, entry, "--bundle", "--format=iife", "--global-name=playheadCanonical"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read(where: Page | Frame, document: JSHandle, side: Side, *, boxes: bool = True) -> list[str]:
    """Return the canonical lines of a document that `where` can reach."""
    options: Any = {"side": side, "boxes": boxes}
    lines: list[str] = where.evaluate(READ % source(), [document, options])
    return lines


def of_page(page: Page | Frame, *, boxes: bool = True) -> list[str]:
    """Return the canonical lines of a live page, masked as the recorder masks."""
    return read(page, page.evaluate_handle("document"), "live", boxes=boxes)


def difference(live: list[str], replay: list[str]) -> str:
    """Return what differs, as people read it; empty when the two are equal."""
    return "\n".join(difflib.unified_diff(live, replay, "live", "replay", lineterm="", n=6))


def assert_equal(live: list[str], replay: list[str]) -> None:
    """Fail with the difference, readable, unless the two forms are equal."""
    found = difference(live, replay)
    if found:
        raise AssertionError(f"the replay is not the page:\n{found}")
