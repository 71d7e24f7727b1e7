"""``python -m bench.apps.record --minutes 5 --out FOLDER``: records all apps side by side, in real minutes.

Recordings are made again only when the scripts, the apps' versions, the recorder or the minutes have changed.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from playwright.async_api import Browser, Page, WebSocket, async_playwright
from playwright.async_api import Error as PlaywrightError

from bench.apps.app import App
from bench.apps.catalog import APPS
from bench.apps.hand import Hand, Missed
from bench.apps.install import HERE, ROOT, bundle_recorder, install
from bench.apps.recording import FULL_SNAPSHOT, Recording
from bench.apps.site import serve
from replay.wire.frames import Kind, kind_of, parse_chunk, split_frames
from tests.journeys.browser import QUIET
from tests.layouts import Layout, embedded_layout

SEED: Final = 4
VIEWPORT: Final = {"width": 1280, "height": 720}
TAKE: Final = "() => (window.playheadTap ?? []).splice(0)"
HEAR_POSTS: Final = """window.playheadPosts = [];
const note = async (url, body) => {  // the browser tells nobody else what a Blob holds
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  let text = ""; for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  window.playheadPosts.push([String(url).split("/").pop(), btoa(text)]);
};
const real = { fetch: window.fetch, beacon: navigator.sendBeacon };
window.fetch = function (url, options) {
  if (String(url).includes("/ingest/v1/")) void note(url, options.body);
  return real.fetch.call(window, url, options);
};
navigator.sendBeacon = function (url, body) {
  if (String(url).includes("/ingest/v1/")) void note(url, body);
  return real.beacon.call(navigator, url, body);
};"""
TAKE_POSTS: Final = "() => window.playheadPosts.splice(0)"
NICE: Final = 5
MOST_MISSED: Final = 0.34  # of all deeds; more, and the script no longer fits the app
DEFAULT_OUT: Final = ROOT / "build" / "bench" / "recordings"
WAIT_MS: Final = 60_000
LAST_LOOK_S: Final = 2  # before the page is left


@dataclass
class Ear:
    """Hears from outside what a page sends: chunk frames by seq, how far they were acked, assets."""

    page: Page
    chunks: dict[int, bytes] = field(default_factory=dict)
    streams: set[str] = field(default_factory=set)
    posts: list[bytes] = field(default_factory=list)
    upto: int = 0

    def __post_init__(self) -> None:
        self.page.on("websocket", self._on_socket)

    def _on_socket(self, socket: WebSocket) -> None:
        if "/ingest/v1" in socket.url:
            socket.on("framesent", self._on_sent)
            socket.on("framereceived", self._on_received)

    def _on_sent(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes) and kind_of(frame) == Kind.CHUNK:
            header = parse_chunk(frame).header
            self.streams.add(header.stream)
            self.chunks[header.seq] = frame

    def _on_received(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes) and kind_of(frame) == Kind.ACK:
            self.upto = max(self.upto, json.loads(frame[1:])["upto"])

    async def hear_posts(self) -> None:
        """Hear what went without the socket: chunks by the beacon's road, and assets."""
        for name, text in await self.page.evaluate(TAKE_POSTS):
            body = base64.b64decode(text)
            if name == "assets":
                self.posts.append(body)
            elif name == "beacon":
                for frame in split_frames(body):
                    self._on_sent(frame)

    @property
    def is_all_kept(self) -> bool:
        return bool(self.chunks) and self.upto >= len(self.chunks) == max(self.chunks) + 1


@dataclass
class Visited:
    """What a visit left: what was heard, rrweb's events, what was done."""

    ear: Ear
    lines: list[str]
    done: dict[str, Any]


async def visit(app: App, browser: Browser, origin: str, seconds: float, pace: float) -> Visited:
    """Use an app for so long."""
    context = await browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]  # a TypedDict of ints
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    await page.add_init_script(HEAR_POSTS)
    ear, lines = Ear(page), list[str]()
    hand = Hand(page, Random(f"{SEED} {app.name}"), pace)
    done: dict[str, Any] = {"deeds": 0, "missed": 0, "errors": []}
    page.on("pageerror", lambda error: done["errors"].append(str(error)[:200]))
    await page.goto(origin + app.start)
    await page.wait_for_selector(app.ready)
    await page.wait_for_function("window.playhead?.sessionId?.()")
    end = time.monotonic() + seconds
    weights = [weight for weight, _ in app.deeds]
    while time.monotonic() < end:
        _, deed = hand.random.choices(app.deeds, weights)[0]
        done["deeds"] += 1
        try:
            await deed(hand)
        except (Missed, PlaywrightError) as problem:
            done["missed"] += 1
            done.setdefault("why", []).append(f"{deed.__name__}: {str(problem).splitlines()[0][:120]}")
        await hand.rest()
        lines += await page.evaluate(TAKE)
        await ear.hear_posts()
    await asyncio.sleep(LAST_LOOK_S)
    await page.evaluate("playhead.stop()")
    lines += await page.evaluate(TAKE)
    last_wait = time.monotonic() + WAIT_MS / 1_000
    while not ear.is_all_kept:
        assert time.monotonic() < last_wait, f"{app.name}: {len(ear.chunks)} chunks sent, kept below {ear.upto}"
        await asyncio.sleep(0.05)
        await ear.hear_posts()
    await context.close()
    return Visited(ear, lines, done)


def check(name: str, visited: Visited) -> None:
    """Refuse a recording that is not what the benches take it for."""
    ear, lines, done = visited.ear, visited.lines, visited.done
    snapshots = sum(json.loads(line)["type"] == FULL_SNAPSHOT for line in lines)
    assert snapshots == 1, f"{name}: {snapshots} full snapshots; there must be one"
    assert len(ear.streams) == 1, f"{name}: {len(ear.streams)} streams; there must be one"
    assert done["missed"] <= max(2, MOST_MISSED * done["deeds"]), f"{name}: {done}"


async def record_all(apps: list[App], layout: Layout, out: Path, meta: dict[str, Any]) -> None:
    """Record every app at once, each in a context of one browser, into one project."""
    packages, recorder, project = install(), bundle_recorder(), layout.make_project("Apps")

    async def one(app: App, browser: Browser) -> None:
        with serve(app.site, packages, recorder, layout.base_url, project.write_key) as origin:
            visited = await visit(app, browser, origin, meta["minutes"] * 60, meta["pace"])
        check(app.name, visited)
        lines, posts, chunks = visited.lines, visited.ear.posts, visited.ear.chunks
        Recording(out, app.name).write(lines, [chunks[seq] for seq in sorted(chunks)], posts, meta | visited.done)
        raw, sent = sum(map(len, lines)), sum(map(len, posts))
        told = f"{len(lines)} events, {raw:,} bytes, {len(chunks)} chunks, {sent:,} bytes of assets"
        print(f"  {app.name}: {told}; {visited.done}", flush=True)

    async with async_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = await playwright.chromium.launch(executable_path=path, args=QUIET)
        try:
            found = await asyncio.gather(*(one(app, browser) for app in apps), return_exceptions=True)
        finally:
            await browser.close()
    if failures := [each for each in found if isinstance(each, BaseException)]:
        raise BaseExceptionGroup("some apps were not recorded", failures)


def digest() -> str:
    """Return a hash of all that a recording follows from: scripts, versions, the recorder."""
    sha = hashlib.sha256()
    for folder in (HERE, ROOT / "recorder_js" / "src"):
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".py", ".ts", ".mjs", ".json", ".html") and file.name != "recording.py":
                sha.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return sha.hexdigest()[:16]


def recordings(
    minutes: float, out: Path = DEFAULT_OUT, names: list[str] | None = None, *, pace: float = 1, is_any: bool = False
) -> list[Recording]:
    """Return recordings of the apps, made now where there are none of this length from these very sources.

    `is_any` takes those that are there, whatever they were made from.
    """
    folder = out / f"{minutes:g}-minutes"
    meta: dict[str, Any] = {"minutes": minutes, "digest": digest(), "seed": SEED, "pace": pace}
    wanted = [Recording(folder, name) for name in names or APPS]
    stale = [one for one in wanted if not _is_fresh(one, meta["digest"], is_any=is_any)]
    if stale:
        os.nice(NICE)
        print(f"recording {', '.join(one.name for one in stale)}: {minutes:g} minutes", flush=True)
        with tempfile.TemporaryDirectory(prefix="playhead-bench-") as data, embedded_layout(Path(data)) as layout:
            asyncio.run(record_all([APPS[one.name] for one in stale], layout, folder, meta))
    return wanted


def _is_fresh(recording: Recording, digest: str, *, is_any: bool) -> bool:
    try:
        return is_any or recording.meta["digest"] == digest
    except FileNotFoundError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    parser.add_argument("--pace", type=float, default=1, help="how long the hand rests; 0.3 is hurried")
    parser.add_argument("--only", nargs="*", choices=list(APPS), help="some of the apps")
    given = parser.parse_args()
    recordings(given.minutes, given.out.resolve(), given.only, pace=given.pace)


if __name__ == "__main__":
    main()
