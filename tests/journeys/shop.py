"""Hands for the demo shop, and the three moments at which its replay is compared."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page

from replay.wire.bodies import decode_dom
from tests.journeys.conftest import Visit, visit
from tests.journeys.until import until

STILL = "() => document.getAnimations().every((one) => one.playState === 'finished')"
ASIDE_X = 3  # where the pointer hovers over nothing


class Shopper:
    """Somebody in the shop."""

    def __init__(self, context: BrowserContext, shop: str, *, has_fonts: bool = False) -> None:
        if not has_fonts:  # not recorded yet, so a comparison of boxes takes them from the live page too
            context.route("**/fonts/**", lambda route: route.abort())
        self.shop = shop
        self.rests = 0
        self.visit: Visit = visit(context, shop)

    @property
    def page(self) -> Page:
        return self.visit.page

    def find(self, name: str) -> Locator:
        return self.page.locator(f"[data-test={name}]").first

    def click(self, name: str) -> None:
        self.find(name).click()

    def stand_still(self) -> None:
        """Put the pointer aside and wait until nothing moves and the recorder has told where the pointer is."""
        self.rests += 1
        aside = (ASIDE_X, 300 + self.rests)  # each time elsewhere, so that an older telling is not taken for this one
        until(lambda: self._is_pointer_told(aside), "the recorder to tell of the pointer")
        self.page.wait_for_function(STILL)

    def link(self) -> str:
        """Return the link to this very moment."""
        return str(self.page.evaluate("playhead.sessionUrl({ at: 'now' })"))

    def _is_pointer_told(self, aside: tuple[int, int]) -> bool:
        self.page.mouse.move(*aside)  # again and again: rrweb passes over a move right after another one
        return self._pointer_told() == aside

    def _pointer_told(self) -> tuple[int, int] | None:
        last = None
        for chunk in self.visit.wire.sent.values():
            header = chunk.header
            if header.part_count > 1 or not chunk.dom:
                continue
            for event in decode_dom(header.dom_codec, [chunk.dom]):
                if event["type"] == 3 and event["data"]["source"] == 1:
                    last = event["data"]["positions"][-1]
        return (last["x"], last["y"]) if last else None


def choose(shopper: Shopper) -> None:
    """A product in another glaze, rated, with the size guide open over it and turned to inches."""
    shopper.click("hero-shop")
    shopper.find("search").fill("tea")
    shopper.click("product-ebb-teapot")
    shopper.click("glaze-slate")
    shopper.page.locator("star-rating [data-test=star-5]").click()
    shopper.click("open-sizes")
    shopper.page.frame_locator("[data-test=sizes-frame]").locator("[data-test=units]").click()


def fill_basket(shopper: Shopper) -> None:
    """A basket with two lines, and a gift card that did not work."""
    shopper.click("close-sizes")
    shopper.click("add-to-cart")
    shopper.click("nav-table")
    shopper.click("product-low-bowl")
    shopper.click("add-to-cart")
    shopper.click("nav-cart")
    shopper.click("more-low-bowl")
    shopper.find("gift-card").fill("SM-1234")
    shopper.click("apply-gift-card")
    shopper.page.wait_for_function("document.querySelector('#gift-card-answer').textContent !== ''")


def check_out(shopper: Shopper) -> None:
    """The checkout form, filled in but for the card, complained about, and scrolled."""
    shopper.click("to-checkout")
    shopper.find("email").fill("ada@example.org")
    shopper.find("name").fill("Ada Lovelace")
    shopper.find("street").fill("12 St James's Square")
    shopper.find("country").select_option("Denmark")
    shopper.find("note").fill("two\nlines")
    shopper.find("news").check()
    shopper.click("pay")
    shopper.page.evaluate("scrollTo(0, 120)")


MOMENTS: dict[str, Callable[[Shopper], None]] = {"choosing": choose, "basket": fill_basket, "checkout": check_out}
