"""The site is gone, and so is every cache: the replay still looks like the page."""

from __future__ import annotations

import json

from playwright.sync_api import BrowserContext

from tests import canonical
from tests.journeys.api import Api, Json
from tests.journeys.conftest import wait_kept
from tests.journeys.shop import Shopper
from tests.journeys.until import until
from tests.journeys.watch import ON_SHOW, sign_in, watch
from tests.layouts import Layout, MadeProject

LOADED = "(page) => [...page.fonts].filter((face) => face.status === 'loaded').map((face) => face.family).sort()"
# The mean colour of each picture, and its size: what a box in its place would not have.
PICTURES = """(page) => [...page.images].map((image) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [32, 32];
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0, 32, 32);
  const { data } = pen.getImageData(0, 0, 32, 32);
  const sum = (part) => data.filter((_, at) => at % 4 === part).reduce((a, b) => a + b, 0);
  const mean = [0, 1, 2, 3].map((part) => Math.round(sum(part) / 1024));
  return [image.naturalWidth, image.naturalHeight, ...mean];
})"""


def test_a_replay_looks_right_after_its_site_is_gone(
    layout: Layout, project: MadeProject, api: Api, visitor: BrowserContext, viewer: BrowserContext
) -> None:
    shop = layout.start_demo(project.write_key)
    shopper = Shopper(visitor, shop, has_fonts=True)
    shopper.click("hero-shop")
    shopper.click("product-low-bowl")
    shopper.click("add-to-cart")
    shopper.click("nav-cart")
    shopper.page.wait_for_function("document.images.length > 0 && [...document.images].every((image) => image.complete)")
    shopper.stand_still()
    link, form = shopper.link(), canonical.of_page(shopper.page)
    fonts = shopper.page.evaluate(f"() => ({LOADED})(document)")
    pictures = shopper.page.evaluate(f"() => ({PICTURES})(document)")
    assert fonts == ["Figtree", "Fraunces"]
    wait_kept(api, shopper.visit)
    session = shopper.visit.session
    until(lambda: kinds(api, session) == {"font", "image", "stylesheet"} and not missing(api, session), "the looks to be kept")
    shopper.page.reload()
    until(lambda: refers(api, session), "the next page to name its sheets by hash")
    assert layout.demo is not None
    layout.demo.stop()

    asked: list[str] = []
    viewer.on("request", lambda request: asked.append(request.url))
    sign_in(viewer, layout.sign_in_link())
    player = watch(viewer, link)
    player.wait_state("paused")
    stage = player.stage
    until(lambda: stage.evaluate(f"() => ({LOADED})({ON_SHOW})") == fonts, "the fonts to be there")
    until(lambda: stage.evaluate(f"() => [...{ON_SHOW}.images].every((image) => image.complete)"), "the pictures to be there")
    assert stage.evaluate(f"() => ({PICTURES})({ON_SHOW})") == pictures
    found = canonical.difference(form, player.form())
    assert not found, f"the replay is not the page\n{found}"
    assert not [url for url in asked if url.startswith(shop)], "the dead site was asked"


def kinds(api: Api, session: str) -> set[str]:
    return {place[1] for place in api.assets(session)["kept"]}


def missing(api: Api, session: str) -> list[Json]:
    return list(api.assets(session)["missing"])


def refers(api: Api, session: str) -> bool:
    """Say whether the last page holds no large stylesheet itself: the server keeps them by now."""
    last = max(api.manifest(session)["streams"], key=lambda stream: stream["start_ms"])
    told = json.dumps(api.stream_events(session, last, "dom"))
    return "playhead-asset:" in told and ".hero-picture" not in told
