"""Verdaccio's interface (React, MUI, emotion) over a registry of sixty packages that are nowhere but here."""

from __future__ import annotations

from typing import Any, Final

from bench.apps.app import App
from bench.apps.hand import Hand
from bench.apps.site import Asked, Site

STATIC: Final = "@verdaccio/ui-theme/static"
FIRST: Final = ("clay", "glaze", "kiln", "wheel", "slip", "bisque")
SECOND: Final = ("tools", "core", "cli", "react", "types", "server", "theme", "test", "queue", "client")
NAMES: Final = [f"{first}-{second}" for first in FIRST for second in SECOND]


def _manifest(name: str) -> dict[str, Any]:
    number = NAMES.index(name)
    return {
        "name": name,
        "version": f"{number % 5}.{number % 7}.{number}",
        "description": f"The {name.replace('-', ' ')} that every pottery wants, small and without surprises.",
        "license": "MIT",
        "keywords": [*name.split("-"), "pottery"],
        "author": {"name": "Ada", "email": "", "avatar": ""},
        "maintainers": [{"name": "Bela", "email": "", "avatar": ""}],
        "dist": {"unpackedSize": 1_000 * (number + 3), "fileCount": number + 4, "tarball": f"/{name}.tgz"},
        "dependencies": {other: f"^{place}.0.0" for place, other in enumerate(NAMES[:: number % 9 + 4])},
        "devDependencies": dict.fromkeys(NAMES[1::11], "*"),
        "engines": {"node": ">=20", "npm": ">=10"},
        "repository": {"type": "git", "url": f"https://example.org/{name}.git"},
        "time": "2026-04-03T08:00:00.000Z",
    }


def _readme(name: str) -> str:
    uses = "".join(
        f"<li><code>{name}.{verb}()</code> {verb}s what is there, and says so.</li>"
        for verb in ("open", "turn", "fire", "close")
    )
    rows = "".join(f"<tr><td>{n * 100} °C</td><td>{n} h</td><td>cone {n}</td></tr>" for n in range(1, 14))
    return f"""<h1>{name}</h1><p>A small package with one job.</p><h2>Install</h2><pre><code>npm install {name}</code></pre>
<h2>Use</h2><ul>{uses}</ul><h2>Firing table</h2><table><tbody>{rows}</tbody></table><h2>License</h2><p>MIT</p>"""


def _sidebar(name: str) -> dict[str, Any]:
    latest = _manifest(name)
    versions = {f"{major}.{minor}.0": latest | {"version": f"{major}.{minor}.0"} for major in range(4) for minor in range(6)}
    return {
        "_id": name,
        "name": name,
        "latest": latest,
        "versions": versions,
        "dist-tags": {"latest": latest["version"], "next": "9.0.0-next.1"},
        "time": dict.fromkeys(versions, "2026-03-01T08:00:00.000Z") | {"modified": "2026-04-03T08:00:00.000Z"},
        "_uplinks": {"npmjs": {"fetched": 1_760_000_000_000}},
        "readme": "",
    }


def backend(asked: Asked) -> Any:
    """Answer as the registry's web API does."""
    words = asked.path.strip("/").split("/")
    if words[:2] == ["-", "verdaccio"]:
        what = words[3:] if words[2:3] == ["data"] else words[2:]
        if what == ["packages"]:
            return [_manifest(name) for name in NAMES]
        if what[:1] == ["sidebar"] and what[1] in NAMES:
            return _sidebar(what[1])
        if what[:2] == ["package", "readme"]:
            return _readme(what[2])
        if what[:1] == ["search"]:
            return [_manifest(name) for name in NAMES if what[1] in name][:8]
    return None


async def browse(hand: Hand) -> None:
    await hand.scroll(hand.random.choice((-900, 500, 1200, 2000)))
    await hand.rest()
    await hand.hover("a[href]")


async def open_package(hand: Hand) -> None:
    if not await hand.page.locator('a[href*="/-/web/detail/"] >> visible=true').count():
        await go_home(hand)
        return
    await hand.click('a[href*="/-/web/detail/"]')
    await hand.rest(2)
    await hand.scroll(hand.random.choice((300, 700)))


async def tab(hand: Hand) -> None:
    if not await hand.page.locator('[role="tab"] >> visible=true').count():
        await open_package(hand)
        return
    await hand.click('[role="tab"]')
    await hand.rest()
    await hand.scroll(400)


async def go_home(hand: Hand) -> None:
    await hand.click('header a[href="/"], header a')
    await hand.rest()


async def search(hand: Hand) -> None:
    await hand.click('header input[type="text"]')
    await hand.type(hand.random.choice(FIRST))
    await hand.rest(2)
    if hand.random.random() < 0.6 and await hand.page.locator('[role="option"]').count():
        await hand.click('[role="option"]')
        return
    for _ in range(7):
        await hand.key("Backspace")
    await hand.key("Escape")


async def dialog(hand: Hand) -> None:
    await hand.click("header button:not([title])")
    await hand.rest(2)
    await hand.key("Escape")


VERDACCIO: Final = App(
    "verdaccio",
    "@verdaccio/ui-theme",
    Site(page="verdaccio.html", roots={"/-/static": STATIC}, backend=backend, is_single_page=True),
    'a[href*="/-/web/detail/"]',
    ((5, browse), (6, open_package), (5, tab), (2, go_home), (3, search), (2, dialog)),
)
