"""The replay equals the page: the demo shop at three moments, in the canonical form."""

from __future__ import annotations

from playwright.sync_api import BrowserContext

from tests import canonical
from tests.journeys.api import Api
from tests.journeys.conftest import wait_kept
from tests.journeys.shop import MOMENTS, Shopper
from tests.journeys.watch import ON_SHOW, sign_in, watch
from tests.layouts import Layout, MadeProject

# On the stage itself, one for each moment: what a faulty road would lose.
PLANTED = {
    "choosing": "page.querySelector('star-rating').shadowRoot.querySelector('[part=words]').firstChild.data = '38 reviews'",
    "basket": "[...page.styleSheets].find((sheet) => sheet.cssRules[0]?.selectorText === '.s1').deleteRule(0)",
    "checkout": "page.querySelector('[name=news]').checked = false",
}


def test_the_replay_equals_the_shop_at_three_moments(
    layout: Layout, project: MadeProject, api: Api, visitor: BrowserContext, viewer: BrowserContext
) -> None:
    shopper = Shopper(visitor, layout.start_demo(project.write_key))
    seen: dict[str, tuple[str, list[str]]] = {}
    for name, act in MOMENTS.items():
        act(shopper)
        shopper.stand_still()
        seen[name] = shopper.link(), canonical.of_page(shopper.page)
    wait_kept(api, shopper.visit)

    sign_in(viewer, layout.sign_in_link())
    for name, (link, form) in seen.items():
        player = watch(viewer, link)
        player.wait_state("paused")
        found = canonical.difference(form, player.form())
        assert not found, f"{name}: the replay is not the page\n{found}"
        player.stage.evaluate(f"() => {{ const page = {ON_SHOW}; {PLANTED[name]}; }}")
        assert canonical.difference(form, player.form()), f"{name}: a planted difference was not seen"
