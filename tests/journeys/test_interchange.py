"""Recordings leave the house and come back: rrweb's own player plays what we export, ours plays what others recorded."""

from __future__ import annotations

import gzip
import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from bench.lib.baseline import REPLAY
from tests import canonical
from tests.index.interchange.recordings import START_MS, click, lines, page, text
from tests.journeys.api import Api
from tests.journeys.conftest import wait_kept
from tests.journeys.shop import MOMENTS, Shopper
from tests.journeys.until import until
from tests.journeys.watch import PAINTED, Player, sign_in, watch
from tests.layouts import Layout, MadeProject

VISIT = [*page(), *(text(START_MS + 500 * n, f"Paying, {n}") for n in range(1, 20)), click(START_MS + 9_800)]
# Without virtual DOM and focus, which scroll and paint otherwise than the page did; else as it comes.
PLAIN = """<!DOCTYPE html><body><script src="/replay.js"></script><script type="module">
const events = await (await fetch("/events.json")).json();
const times = events.map((event) => event.timestamp);  // a request that is told of late began early; rrweb sorts
const replayer = new rrwebReplay.Replayer(events, { useVirtualDom: false, triggerFocus: false, showWarning: false });
replayer.on("fullsnapshot-rebuilded", () => requestAnimationFrame(() => { window.shownAt = performance.now(); }));
replayer.pause(Math.max(...times) + 1 - Math.min(...times));
</script></body>"""
SHOWN = "document.querySelector('.replayer-wrapper iframe').contentDocument"


def export(api: Api, session: str, **query: str) -> bytes:
    """Return what the API gives as a file."""
    address = f"{api.root}/sessions/{session}/export?" + "&".join(f"{name}={value}" for name, value in query.items())
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {api.token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        data: bytes = answer.read()
    return data


def stock(context: BrowserContext, events: list[dict[str, Any]]) -> list[str]:
    """Return the canonical form of the last moment, as rrweb's own replayer builds it in a plain page."""
    files = {"/": ("text/html", PLAIN), "/events.json": ("application/json", json.dumps(events))}
    files["/replay.js"] = ("text/javascript", REPLAY.read_text())

    def answer(route: Route) -> None:
        kind, body = files.get(urlsplit(route.request.url).path, ("text/plain", ""))
        route.fulfill(content_type=kind, body=body)

    page = context.new_page()
    page.route("http://plain.example/**", answer)
    page.goto("http://plain.example/")
    page.wait_for_function("window.shownAt")
    form = canonical.read(page, page.evaluate_handle(SHOWN), "replay", boxes=False)
    page.close()
    return form


def but_states(form: list[str]) -> list[str]:
    """Leave out what fields hold: rrweb's own seek does not always come to a masked select. Ours is compared whole, below."""
    return [line for line in form if not line.strip().startswith("state value")]


def test_rrwebs_own_player_plays_what_we_export(
    layout: Layout, project: MadeProject, api: Api, visitor: BrowserContext, viewer: BrowserContext, browser: Any
) -> None:
    shopper = Shopper(visitor, layout.start_demo(project.write_key))
    for act in MOMENTS.values():
        act(shopper)
    shopper.stand_still()
    link, form = shopper.link(), canonical.of_page(shopper.page, boxes=False)
    wait_kept(api, shopper.visit)
    session = shopper.visit.session
    window = api.manifest(session)["windows"][0]["id"]

    for name in ("rrweb", "lines"):
        data = export(api, session, form=name, window=window)
        events = json.loads(data) if name == "rrweb" else [json.loads(line) for line in data.splitlines()]
        assert b"playhead-asset:" not in data, "a stylesheet is not in the file"
        found = canonical.difference(but_states(form), but_states(stock(browser.new_context(), events)))
        assert not found, f"{name}: rrweb's player does not show the page\n{found}"

    sign_in(viewer, layout.sign_in_link())
    player = watch(viewer, link)
    player.wait_state("paused")
    assert not canonical.difference(form, player.form(boxes=False))

    # In again, by command, and the picture is the same once more.
    path = layout.data_dir / "session.json.gz"
    path.write_bytes(export(api, session, gzip="true"))
    again = layout.manage("import_session", project.id, str(path)).strip().splitlines()[-1]
    brought = watch(viewer, f"{again}?{link.partition('?')[2].partition('&stream')[0]}")
    brought.wait_state("paused")
    found = canonical.difference(form, brought.form(boxes=False))
    assert not found, f"the imported session is not the page\n{found}"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A recording, and a file that is none."""
    good, bad = tmp_path / "visit.jsonl.gz", tmp_path / "notes.json"
    good.write_bytes(gzip.compress(lines(VISIT)))
    bad.write_text('{"type": 4, "timestamp": 1}\n{"name": "no event"}')
    return {"good": good, "bad": bad}


def test_a_file_that_is_dropped_becomes_a_session_one_can_watch(
    layout: Layout, project: MadeProject, api: Api, viewer: BrowserContext, files: dict[str, Path]
) -> None:
    sign_in(viewer, layout.sign_in_link())
    tab = viewer.new_page()
    tab.goto(f"{layout.base_url}/p/{project.id}/import/")
    tab.get_by_label("Put it under").fill("ada")
    tab.get_by_label("Drop a file here").set_input_files([files["bad"], files["good"]])
    expect(tab.get_by_text("Not imported.")).to_be_visible()
    expect(tab.get_by_text("(line 2, byte 28)")).to_be_visible()
    tab.get_by_role("link", name="Open the session").click()
    player = Player(tab)
    tab.wait_for_function(PAINTED)
    (session,) = api.sessions()
    assert (session["distinct_id"], session["clicks"], session["properties"]["imported"]) == ("ada", 1, "rrweb")
    tab.keyboard.press("End")
    until(lambda: "Paying, 19" in "".join(player.form(boxes=False)), "the last text on the stage")
    expect(tab.get_by_text("Pay now").or_(tab.get_by_text("click")).first).to_be_visible()
    _export_from_the_header(tab)


def _export_from_the_header(tab: Page) -> None:
    """By keys alone: open the menu, take the second entry."""
    tab.keyboard.press("x")
    expect(tab.get_by_role("link", name="Playhead file")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("link", name="Playhead file")).to_be_hidden()
    tab.keyboard.press("x")
    expect(tab.get_by_role("link", name="Playhead file")).to_be_focused()
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="rrweb JSON")).to_be_focused()
    with tab.expect_download() as download:
        tab.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".rrweb.json")
    events = json.loads(Path(download.value.path()).read_bytes())
    assert [event for event in events if not str(event["data"].get("tag")).startswith("playhead.")] == VISIT


def test_an_upload_survives_a_server_that_goes_away(
    layout: Layout, project: MadeProject, api: Api, viewer: BrowserContext, tmp_path: Path
) -> None:
    noise = [text(START_MS + 100 * n, f"{n}" + "x" * 400_000) for n in range(25)]  # 10 MB: ten parts
    path = tmp_path / "long.jsonl"
    path.write_bytes(lines([*page(), *noise]))
    sign_in(viewer, layout.sign_in_link())
    tab = viewer.new_page()
    tab.goto(f"{layout.base_url}/p/{project.id}/import/")
    broken: list[str] = []

    def break_once(route: Any) -> None:
        if len(broken) < 2:
            broken.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    tab.route("**/parts/1048576", break_once)
    tab.get_by_label("Drop a file here").set_input_files(path)
    expect(tab.get_by_role("link", name="Open the session")).to_be_visible(timeout=60_000)
    assert len(broken) == 2
    (row,) = api.get("/imports")["items"]
    assert (row["state"], row["size_bytes"], row["events"]) == ("done", path.stat().st_size, 27)
