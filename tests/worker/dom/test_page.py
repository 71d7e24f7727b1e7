"""A page follows its events, and a keyframe builds it again."""

from __future__ import annotations

from typing import Any

from replay.worker.dom import Page

Raw = dict[str, Any]


def text(node_id: int, content: str) -> Raw:
    return {"type": 3, "id": node_id, "textContent": content}


def element(node_id: int, tag: str = "div", *children: Raw, **attributes: Any) -> Raw:
    return {"type": 2, "id": node_id, "tagName": tag, "attributes": attributes, "childNodes": list(children)}


def snapshot(*body: Raw, at: float = 0) -> Raw:
    html = element(3, "html", element(4, "head"), element(5, "body", *body))
    doctype = {"type": 1, "id": 2, "name": "html", "publicId": "", "systemId": ""}
    document = {"type": 0, "id": 1, "childNodes": [doctype, html]}
    return {"type": 2, "timestamp": at, "data": {"node": document, "initialOffset": {"left": 0, "top": 0}}}


def change(**parts: Any) -> Raw:
    empty: Raw = {"source": 0, "adds": [], "removes": [], "texts": [], "attributes": []}
    return {"type": 3, "timestamp": 1, "data": {**empty, **parts}}


def add(parent_id: int, node: Raw, next_id: int | None = None) -> Raw:
    return {"parentId": parent_id, "nextId": next_id, "node": node}


def page_of(*events: Raw) -> Page:
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
    attributes = "".join(f' {name}="{value}"' for name, value in raw["attributes"].items())
    return f"<{raw['tagName']}{attributes}>{''.join(markup(child) for child in raw['childNodes'])}</{raw['tagName']}>"


def test_a_page_without_a_snapshot_has_no_keyframe() -> None:
    page = page_of(change(adds=[add(1, element(2))]))
    assert (page.is_whole, page.keyframe(0)) == (False, [])


def test_nodes_are_added_moved_and_removed() -> None:
    page = page_of(
        snapshot(element(6, "p", text(7, "one")), element(8, "p", text(9, "two"))),
        change(adds=[add(5, element(10, "b"), 8), add(10, text(11, "new"))]),
    )
    assert body_of(page) == "<p>one</p><b>new</b><p>two</p>"
    page.apply(change(removes=[{"parentId": 5, "id": 6}]))
    assert body_of(page) == "<b>new</b><p>two</p>"


def test_adds_may_come_in_any_order() -> None:
    page = page_of(snapshot(), change(adds=[add(6, text(7, "a"), 8), add(5, element(6, "p")), add(6, text(8, "b"))]))
    assert body_of(page) == "<p>ab</p>"


def test_texts_and_attributes_change() -> None:
    page = page_of(
        snapshot(element(6, "p", text(7, "one"), title="old", lang="en")),
        change(texts=[{"id": 7, "value": "uno"}], attributes=[{"id": 6, "attributes": {"title": "new", "lang": None}}]),
    )
    assert body_of(page) == '<p title="new">uno</p>'


def test_missing_bytes_blind_it_until_the_next_snapshot() -> None:
    page = page_of(snapshot(text(6, "one")))
    page.lose()
    page.apply(change(texts=[{"id": 6, "value": "two"}]))
    assert (page.is_whole, page.keyframe(0)) == (False, [])
    page.apply(snapshot(text(6, "three")))
    assert body_of(page) == "three"


def test_what_was_recorded_is_never_written_to() -> None:
    first = snapshot(element(6, "p", text(7, "one"), title="old"))
    page_of(first, change(texts=[{"id": 7, "value": "two"}], attributes=[{"id": 6, "attributes": {"title": "new"}}]))
    assert first == snapshot(element(6, "p", text(7, "one"), title="old"))


def test_a_keyframe_builds_the_same_page() -> None:
    page = page_of(snapshot(element(6, "p", text(7, "one"))), change(adds=[add(6, element(8, "i"), 7)]))
    assert page_of(*page.keyframe(0)).keyframe(0) == page.keyframe(0)
