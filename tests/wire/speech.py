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
