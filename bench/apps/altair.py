"""Altair (Angular, CodeMirror): write queries, send them, read answers, open windows and dialogs."""

from __future__ import annotations

import json
from typing import Any, Final

from bench.apps.app import App
from bench.apps.hand import Hand
from bench.apps.site import Asked, Site

DIST: Final = "altair-static/build/dist"
INIT: Final = """<script type="module">
AltairGraphQL.init({ endpointURL: location.origin + "/graphql", initialQuery: "{ pots { id name glaze } }" });
</script>"""


def backend(asked: Asked) -> Any:
    """Answer any query with a list; there is no schema to introspect."""
    if asked.path == "/graphql":
        query = json.loads(asked.body or b"{}").get("query", "")
        if "__schema" in query:
            return {"errors": [{"message": "introspection is off"}]}
        rows = [
            {"id": n, "name": f"pot {n}", "glaze": "slate", "price": {"cents": n * 100, "currency": "EUR"}}
            for n in range(1, 26)
        ]
        return {"data": {"pots": rows, "asked": len(query)}}
    return None


EDITOR: Final = "app-query-editor .cm-content"
FIELDS: Final = ("id", "name", "glaze", "price { cents currency }", "height", "kiln { name cone }")


async def write(hand: Hand) -> None:
    await hand.click(EDITOR, 0)
    await hand.key("Control+End")
    await hand.key("Enter")
    await hand.type(
        f"query {hand.random.choice('ABCDE')} {{ pots(limit: {hand.random.randrange(90)}) {{ {hand.random.choice(FIELDS)} }} }}"
    )
    await hand.key("Escape")
    await hand.rest()


async def rewrite(hand: Hand) -> None:
    await hand.click(EDITOR, 0)
    await hand.key("Control+a")
    await hand.type("{ pots { " + hand.random.choice(FIELDS))
    await hand.key("Escape")


async def send(hand: Hand) -> None:
    await hand.click(".send-request__button")
    await hand.rest(2)
    await hand.hover("app-query-result .cm-content")
    await hand.scroll(hand.random.choice((400, 900, -900)))


async def tabs(hand: Hand) -> None:
    await hand.click(".ant-tabs-tab")
    await hand.rest()


async def window(hand: Hand) -> None:
    await hand.click(".window-switcher__item")
    await hand.rest()


async def dialog(hand: Hand) -> None:
    await hand.click('[track-id="show_set_headers"], [track-id="show_history"], [track-id="show_collections"]')
    await hand.rest(2)
    await hand.key("Escape")


async def variables(hand: Hand) -> None:
    await hand.click('[track-id="toggle_variables"]')
    await hand.rest()


async def look(hand: Hand) -> None:
    await hand.hover(".header__menu-item, .url-box__button, .cm-line")
    await hand.rest()


ALTAIR: Final = App(
    "altair",
    "altair-static",
    Site(page_file=f"{DIST}/index.html", page_end=INIT, roots={"/": DIST}, backend=backend),
    ".send-request__button",
    ((4, write), (2, rewrite), (4, send), (2, tabs), (2, window), (2, dialog), (1, variables), (4, look)),
)
