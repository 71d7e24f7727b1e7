"""rrweb events, made by hand."""

from __future__ import annotations

from typing import Any

from replay.worker.dom import Page

Raw = dict[str, Any]


def text(node_id: int, content: str) -> Raw:
    return {"type": 3, "id": node_id, "textContent": content}


def element(node_id: int, tag: str = "div", *children: Raw, **attributes: Any) -> Raw:
    return {"type": 2, "id": node_id, "tagName": tag, "attributes": attributes, "childNodes": list(children)}


def document(node_id: int, *children: Raw) -> Raw:
    return {"type": 0, "id": node_id, "childNodes": list(children)}


def snapshot(*body: Raw, at: float = 0) -> Raw:
    html = element(3, "html", element(4, "head"), element(5, "body", *body))
    doctype = {"type": 1, "id": 2, "name": "html", "publicId": "", "systemId": ""}
    data = {"node": document(1, doctype, html), "initialOffset": {"left": 0, "top": 0}}
    return {"type": 2, "timestamp": at, "data": data}


def incremental(source: int, at: float = 1, **data: Any) -> Raw:
    return {"type": 3, "timestamp": at, "data": {"source": source, **data}}


def change(**parts: Any) -> Raw:
    return incremental(0, **{"adds": [], "removes": [], "texts": [], "attributes": [], **parts})


def attributes(node_id: int, **changes: Any) -> Raw:
    return change(attributes=[{"id": node_id, "attributes": changes}])


def add(parent_id: int, node: Raw, next_id: int | None = None) -> Raw:
    return {"parentId": parent_id, "nextId": next_id, "node": node}


def typed(node_id: int, content: str, *, is_on: bool = False) -> Raw:
    return incremental(5, id=node_id, text=content, isChecked=is_on)


def page_of(*events: Any) -> Page:
    page = Page()
    for event in events:
        page.apply(event)
    return page


def body_of(page: Page) -> str:
    """Return the body as markup, to read in a test."""
    (full,) = [event for event in page.keyframe(0) if event["type"] == 2]
    body = full["data"]["node"]["childNodes"][1]["childNodes"][1]
    return "".join(markup(child) for child in body["childNodes"])


def markup(raw: Raw) -> str:
    if raw["type"] != 2:
        return str(raw["textContent"])
    said = "".join(f' {name}="{value}"' for name, value in raw["attributes"].items())
    return f"<{raw['tagName']}{said}>{''.join(markup(child) for child in raw['childNodes'])}</{raw['tagName']}>"


def said(page: Page, source: int, at: float = 0) -> list[Raw]:
    """Return the data of a keyframe's events of one source, without the source."""
    found = [event["data"] for event in page.keyframe(at) if event["type"] == 3 and event["data"]["source"] == source]
    return [{key: value for key, value in data.items() if key != "source"} for data in found]
