"""Events as rrweb makes them, of our own writing: for whoever needs some, and as strategies."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

small = st.integers(0, 40)
names = st.sampled_from(["class", "style", "id", "value", "data-x", "aria-label"])
words = st.sampled_from(["", "row", "row odd", "41", "42", "7", "left: 10px;", "Zoë", "\ud83d", "a" * 40])
attributes = st.dictionaries(names, words | st.none(), max_size=4)
texts = st.builds(lambda text, at: {"type": 3, "textContent": text, "id": at}, words, small)


def _element(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda tag, has, kids, at: {"type": 2, "tagName": tag, "attributes": has, "childNodes": kids, "id": at},
        st.sampled_from(["div", "span", "x-own"]),
        attributes,
        st.lists(children, max_size=4),
        small,
    )


nodes = st.recursive(texts, _element, max_leaves=12)
added = st.builds(
    lambda parent, follower, node: {"parentId": parent, "nextId": follower, "node": node}, small, small | st.none(), nodes
)
mutations = st.builds(
    lambda texts, changed, removes, adds: {
        "source": 0,
        "texts": texts,
        "attributes": changed,
        "removes": removes,
        "adds": adds,
    },
    st.lists(st.builds(lambda at, value: {"id": at, "value": value}, small, words | st.none()), max_size=4),
    st.lists(st.builds(lambda at, has: {"id": at, "attributes": has}, small, attributes), max_size=4),
    st.lists(st.builds(lambda parent, at: {"parentId": parent, "id": at}, small, small), max_size=4),
    st.lists(added, max_size=4),
)
moves = st.builds(
    lambda spots: {"source": 1, "positions": [{"x": x, "y": y, "id": at, "timeOffset": -10 * at} for x, y, at in spots]},
    st.lists(st.tuples(small, small, small), max_size=4),
)
scrolls = st.builds(lambda at, x, y: {"source": 3, "id": at, "x": x, "y": y}, small, small, small | st.floats(0, 9))
events = st.builds(
    lambda data, at: {"type": 3, "data": data, "timestamp": 1_790_000_000_000 + at}, mutations | moves | scrolls, small
) | st.builds(
    lambda node, at: {"type": 2, "data": {"node": node, "initialOffset": {"left": 0, "top": at}}, "timestamp": at}, nodes, small
)


def visit() -> list[dict[str, Any]]:
    """Return a short visit to a table that is scrolled: a page, new rows, a hand on the mouse, something typed."""
    start = 1_790_000_000_000
    rows = [_row(10 + 4 * at, at) for at in range(30)]
    table = {"type": 2, "tagName": "table", "attributes": {"class": "prices"}, "childNodes": rows, "id": 3}
    body = {"type": 2, "tagName": "body", "attributes": {}, "childNodes": [table], "id": 2}
    page = {"type": 0, "childNodes": [body], "id": 1}
    said: list[dict[str, Any]] = [
        {"type": 4, "data": {"href": "https://shop.example/prices", "width": 1280, "height": 720}, "timestamp": start},
        {"type": 2, "data": {"node": page, "initialOffset": {"left": 0, "top": 0}}, "timestamp": start + 3},
    ]
    for step in range(20):
        at = start + 50 * step
        said.append({"type": 3, "data": {"source": 3, "id": 3, "x": 0, "y": 40 * step}, "timestamp": at})
        added = {"parentId": 3, "nextId": None, "node": _row(200 + 4 * step, 30 + step)}
        gone = {"parentId": 3, "id": 10 + 4 * step}
        changed = [{"id": 11 + 4 * step, "attributes": {"class": "cell hover", "style": None if step % 2 else {"top": "1px"}}}]
        data = {"source": 0, "texts": [], "attributes": changed, "removes": [gone], "adds": [added]}
        said.append({"type": 3, "data": data, "timestamp": at + 7})
    spots = [{"x": 100 + at, "y": 200 - at * at, "id": 3, "timeOffset": -10 * (9 - at)} for at in range(10)]
    said.append({"type": 3, "data": {"source": 1, "positions": spots}, "timestamp": start + 1_100})
    said += [
        {"type": 3, "data": {"source": 5, "text": "*" * at, "isChecked": False, "id": 9}, "timestamp": start + 1_200 + 90 * at}
        for at in range(5)
    ]
    return said


def _row(first_id: int, at: int) -> dict[str, Any]:
    label = {"type": 3, "textContent": f"Product {at}", "id": first_id + 2}
    cell = {"type": 2, "tagName": "td", "attributes": {"class": "cell"}, "childNodes": [label], "id": first_id + 1}
    has = {"class": "row odd" if at % 2 else "row", "data-row": str(at), "style": f"top: {42 * at}px;"}
    return {"type": 2, "tagName": "tr", "attributes": has, "childNodes": [cell], "id": first_id}
