"""What the recorder may keep of a page's looks, seen on a page that has some of everything."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext

from tests.journeys.api import Api, NotNow
from tests.journeys.conftest import visit
from tests.journeys.site import SNIPPET
from tests.journeys.until import until
from tests.layouts import Layout, MadeProject

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
PAGE = """<!doctype html><title>Looks</title>{snippet}
<style>.back {{ background: url(/public-back.png); height: 9px }} .unused {{ background: url(/public-unused.png) }}
{padding}</style>
<p class=back>x</p> <img src=/public-image.png> <img src=/private-image.png> <img src=/plain-image.png>
<div class=ph-block><img src=/public-blocked.png></div> <div class=ph-mask><img src=/public-masked.png></div>
"""


@pytest.fixture
def looks(layout: Layout, project: MadeProject) -> Iterator[tuple[str, Counter[str]]]:
    """A site with pictures of every kind; and how often each was asked for."""
    asked: Counter[str] = Counter()
    snippet = SNIPPET.format(host=layout.base_url, write_key=project.write_key, more="")
    page = PAGE.format(snippet=snippet, padding="b{color:red}" * 200).encode()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked[self.path] += 1
            is_page = self.path == "/"
            cache = {"public": "public, max-age=600", "private": "private, max-age=600"}.get(self.path[1:].partition("-")[0])
            self.send_response(200 if is_page or self.path.endswith(".png") else 404)
            self.send_header("Content-Type", "text/html" if is_page else "image/png")
            if cache:
                self.send_header("Cache-Control", cache)
            self.end_headers()
            self.wfile.write(page if is_page else PNG)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_images_are_kept_where_anybody_may_have_them(
    looks: tuple[str, Counter[str]], api: Api, visitor: BrowserContext
) -> None:
    site, asked = looks
    said: list[str] = []
    visitor.on("console", lambda message: said.append(message.text))
    visitor.on("weberror", lambda error: said.append(str(error.error)))
    seen = visit(visitor, site)
    wanted = {f"{site}/public-back.png", f"{site}/public-image.png"}
    missing = {f"{site}/private-image.png", f"{site}/plain-image.png"}

    def kept() -> bool:
        try:
            told = api.assets(seen.session)
        except NotNow:
            return False
        images = {url for _, kind, url, _ in told["kept"] if kind == "image"}
        return images == wanted and {each["url"] for each in told["missing"]} == missing

    until(kept, "the images to be kept, or named as missing")
    assert {each["reason"] for each in api.assets(seen.session)["missing"]} == {"not_public"}
    assert "/public-unused.png" not in asked
    assert asked["/public-image.png"] == asked["/public-back.png"] == asked["/public-blocked.png"] == 1  # out of the cache
    network = [event for event in api.events(seen.session) if event["type"] == "network" and event["url"].endswith(".png")]
    assert not [event for event in network if event["initiator"] == "fetch"], "our own reading is told as the page's"
    assert not [text for text in said if "favicon" not in text and "404" not in text], said
