"""Swagger UI (React) over an API of a pottery with forty operations: fold out, try out, send, read."""

from __future__ import annotations

import json
from typing import Any, Final

from bench.apps.app import App
from bench.apps.hand import Hand
from bench.apps.site import Asked, Site

THINGS: Final = {
    "pot": ["name", "glaze", "height_mm", "price_cents", "fired_at"],
    "glaze": ["name", "recipe", "cone", "is_food_safe"],
    "order": ["customer", "pots", "total_cents", "status", "placed_at"],
    "customer": ["name", "street", "country", "joined_at"],
    "kiln": ["name", "cone", "volume_l", "status"],
    "firing": ["kiln", "cone", "started_at", "ended_at", "pots"],
    "workshop": ["title", "seats", "starts_at", "teacher"],
    "review": ["pot", "stars", "text", "written_at"],
}


def _field(name: str) -> dict[str, Any]:
    if name.endswith("_at"):
        return {"type": "string", "format": "date-time", "description": f"When it was {name[:-3]}."}
    if name.startswith("is_"):
        return {"type": "boolean"}
    if name == "pots":
        return {"type": "array", "items": {"$ref": "#/components/schemas/Pot"}}
    if name in THINGS:
        return {"$ref": f"#/components/schemas/{name.title()}"}
    if name.endswith(("_mm", "_cents", "_l")) or name in ("cone", "seats", "stars"):
        return {"type": "integer", "format": "int32", "minimum": 0, "example": 42}
    return {"type": "string", "maxLength": 200, "example": f"a {name}"}


def _operation(verb: str, thing: str, *, has_id: bool) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{thing.title()}"}
    path_id = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "example": 7}}
    paging = [
        {"name": name, "in": "query", "schema": {"type": kind}, "description": f"How the list is cut: {name}."}
        for name, kind in (("limit", "integer"), ("sort", "string"), ("search", "string"))
    ]
    said = schema if has_id or verb == "post" else {"type": "array", "items": schema}
    operation: dict[str, Any] = {
        "tags": [thing],
        "summary": f"{verb.title()} {'one' if has_id else 'some'} of the {thing}s",
        "description": f"**{verb.upper()}** for {thing}s of this pottery, as its own site uses it.\n\n- at once\n- counts",
        "operationId": f"{verb}_{thing}{'_one' if has_id else ''}",
        "parameters": [path_id] if has_id else paging if verb == "get" else [],
        "responses": {
            "200": {"description": "Done", "content": {"application/json": {"schema": said}}},
            "404": {"description": "There is no such thing"},
            "422": {"description": "That will not do"},
        },
    }
    if verb in ("post", "put"):
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def openapi() -> dict[str, Any]:
    """Return the API's description: 8 things with 5 operations each."""
    paths = {}
    for thing in THINGS:
        paths[f"/api/{thing}s"] = {verb: _operation(verb, thing, has_id=False) for verb in ("get", "post")}
        paths[f"/api/{thing}s/{{id}}"] = {verb: _operation(verb, thing, has_id=True) for verb in ("get", "put", "delete")}
    schemas = {
        thing.title(): {
            "type": "object",
            "required": names[:2],
            "properties": {"id": {"type": "integer"}} | {n: _field(n) for n in names},
        }
        for thing, names in THINGS.items()
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Pottery", "version": "2.1.0", "description": "Pots, glazes and the kilns that make them."},
        "servers": [{"url": "/"}],
        "tags": [{"name": thing, "description": f"All about {thing}s"} for thing in THINGS],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _row(thing: str, number: int) -> dict[str, Any]:
    return {"id": number} | {name: number * 7 if "_" in name else f"{name} {number}" for name in THINGS[thing]}


def backend(asked: Asked) -> Any:
    """Answer as an API would."""
    if asked.path == "/openapi.json":
        return openapi()
    words = asked.path.strip("/").split("/")
    if words[0] != "api" or (thing := words[-1 if len(words) == 2 else 1].removesuffix("s")) not in THINGS:
        return None
    if asked.body:
        return json.loads(asked.body)
    return _row(thing, 7) if len(words) > 2 else [_row(thing, number) for number in range(1, 13)]


async def fold(hand: Hand) -> None:
    await hand.click(".opblock-summary-control")
    await hand.rest()
    await hand.scroll(hand.random.choice((200, 400)))


async def fold_in(hand: Hand) -> None:
    if await hand.page.locator(".opblock.is-open").count() > 1:
        await hand.click(".opblock.is-open .opblock-summary-control")


async def try_out(hand: Hand) -> None:
    if not await hand.page.locator(".opblock.is-open").count():
        await hand.click(".opblock-get .opblock-summary-control")
        await hand.rest()
    await hand.click(".opblock.is-open .try-out__btn", 0)
    await hand.rest()
    for box in range(min(2, await hand.page.locator(".opblock.is-open .parameters input[type=text]").count())):
        await hand.click(".opblock.is-open .parameters input[type=text]", box, times=3)
        await hand.type(str(hand.random.randrange(1, 900)) if hand.random.random() < 0.6 else hand.words(1))
    if await hand.page.locator(".opblock.is-open .execute").count():
        await hand.click(".opblock.is-open .execute", 0)
        await hand.rest(2)
        await hand.scroll(500)


async def edit_body(hand: Hand) -> None:
    await hand.click(".opblock.is-open textarea", 0)
    await hand.key("Home")
    await hand.type(hand.words(2))


async def models(hand: Hand) -> None:
    await hand.click(".model-container button, .models button")
    await hand.rest()


async def sections(hand: Hand) -> None:
    await hand.click(".opblock-tag")
    await hand.rest()


async def read(hand: Hand) -> None:
    await hand.scroll(hand.random.choice((-900, -400, 500, 900)))
    await hand.rest(2)
    await hand.hover(".opblock-summary")


SWAGGER: Final = App(
    "swagger-ui",
    "swagger-ui-dist",
    Site(page="swagger.html", roots={"/dist": "swagger-ui-dist"}, backend=backend),
    ".opblock-tag",
    ((6, fold), (3, fold_in), (5, try_out), (2, edit_body), (3, models), (2, sections), (6, read)),
)
