"""What axe finds on the pages that people work with: nothing, in light and in dark."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.api import Api
from tests.journeys.conftest import take_steps, visit, wait_steps
from tests.journeys.watch import sign_in, watch
from tests.layouts import Layout, MadeProject
from tests.processes import ROOT

AXE = (Path(ROOT) / "node_modules/axe-core/axe.min.js").read_text()
VIOLATIONS = """async (rules) => {
  const only = rules ? { runOnly: rules } : {};
  const { violations } = await axe.run(document, { iframes: false, resultTypes: ["violations"], ...only });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}"""
TROUBLE = """() => {
  for (let i = 0; i < 3; i++) console.warn("slow", { took: [120, { unit: "ms" }] });
  console.error("no");
  fetch("/none-such").catch(() => 0);
}"""


def violations(page: Page) -> list[str]:
    """Return what axe objects to on this page, in both colour schemes. (The recorded page itself is somebody else's.)"""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = page.evaluate(VIOLATIONS)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += page.evaluate(VIOLATIONS, ["color-contrast", "link-in-text-block"])  # the rest is the same page
    return [f"{page.url} {each}" for each in found]


def test_no_page_leaves_anybody_out(
    layout: Layout, project: MadeProject, api: Api, origin: str, visitor: BrowserContext, viewer: BrowserContext
) -> None:
    one = visit(visitor, origin)
    one.page.evaluate(TROUBLE)
    take_steps(one.page, 2)
    one.page.close(run_before_unload=True)
    wait_steps(api, one.session, 2)
    sign_in(viewer, layout.sign_in_link())
    viewer.add_init_script(AXE)

    found: list[str] = []
    page = viewer.new_page()
    for path in ("sessions", "events", "persons", "settings"):
        page.goto(f"{layout.base_url}/p/{project.id}/{path}/")
        found += violations(page)
    page.close()

    page = watch(viewer, f"{layout.base_url}/s/{project.id}/{one.session}").page
    page.keyboard.press("End")
    for tab in range(1, 9):
        page.keyboard.press(str(tab))
        if tab in (3, 4, 5):
            page.locator(".ph-row.ph-tone-bad").first.click()
            expect(page.get_by_role("region", name="Details")).to_be_visible()
        if tab == 1:  # with a row open and something searched for
            page.locator(".ph-row").first.click()
            page.get_by_role("searchbox").fill("s")
            page.get_by_role("searchbox").blur()
        found += violations(page)
    page.keyboard.press("?")
    found += violations(page)
    assert found == []
