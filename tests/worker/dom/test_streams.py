"""Any stream of events: a keyframe is the page, wherever the stream is cut; and nothing that comes makes a page raise."""

from __future__ import annotations

import copy
import json
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from replay.worker.dom import Page
from tests.worker.dom.events import Raw, add, element, incremental, page_of, snapshot, text

IDS = st.integers(1, 24)
WORDS = st.sampled_from(["", "a", "b", "on", "x/* rr_split */y", "p{top:1px}"])
NAMES = st.sampled_from(["title", "style", "name", "type", "checked", "selected", "value", "open", "rr_open_mode", "_cssText"])
TAGS = st.sampled_from(
    ["div", "p", "input", "select", "option", "optgroup", "textarea", "style", "dialog", "iframe", "form", "x-a"]
)
FIELDS = st.dictionaries(NAMES, st.one_of(WORDS, st.none(), st.sampled_from(["radio", "modal", True])), max_size=3)
STYLE = st.dictionaries(
    st.sampled_from(["top", "left"]), st.one_of(WORDS, st.just(False), st.just(["1px", "important"])), max_size=2
)


def elements() -> st.SearchStrategy[Raw]:
    return st.builds(lambda node_id, tag, fields: element(node_id, tag, **fields), IDS, TAGS, FIELDS)


def nodes() -> st.SearchStrategy[Raw]:
    plain = st.one_of(elements(), st.builds(text, IDS, WORDS))
    shadowed = st.builds(lambda node: {**node, "isShadow": True}, plain)
    inner = st.builds(lambda node_id, child: {"type": 0, "id": node_id, "childNodes": [child]}, IDS, elements())
    return st.one_of(plain, plain, shadowed, inner)


def removed(parent_id: int, node_id: int, is_shadow: bool) -> Raw:
    return {"parentId": parent_id, "id": node_id, "isShadow": is_shadow}


def mutations() -> st.SearchStrategy[Raw]:
    changes = st.one_of(FIELDS, st.builds(lambda style: {"style": style}, STYLE))
    return st.builds(
        lambda adds, removes, texts, attributes: incremental(0, adds=adds, removes=removes, texts=texts, attributes=attributes),
        st.lists(st.builds(add, IDS, nodes(), st.one_of(st.none(), IDS)), max_size=4),
        st.lists(st.builds(removed, IDS, IDS, st.booleans()), max_size=2),
        st.lists(st.builds(lambda node, value: {"id": node, "value": value}, IDS, WORDS), max_size=2),
        st.lists(st.builds(lambda node, changes: {"id": node, "attributes": changes}, IDS, changes), max_size=2),
    )


def others() -> st.SearchStrategy[Raw]:
    rule = st.builds(lambda rule, index: {"rule": rule, "index": index}, WORDS, st.one_of(st.integers(0, 3), st.just([0, 1])))
    return st.one_of(
        st.builds(lambda node, value, on: incremental(5, id=node, text=value, isChecked=on), IDS, WORDS, st.booleans()),
        st.builds(lambda node, x, y: incremental(3, id=node, x=x, y=y), IDS, st.integers(0, 9), st.integers(0, 9)),
        st.builds(lambda node, one: incremental(8, id=node, adds=[one]), IDS, rule),
        st.builds(lambda node, index: incremental(8, id=node, removes=[{"index": index}]), IDS, st.integers(0, 3)),
        st.builds(lambda style, one: incremental(8, styleId=style, adds=[one]), st.integers(1, 3), rule),
        st.builds(lambda node, value: incremental(13, id=node, index=[0], set={"property": "top", "value": value}), IDS, WORDS),
        st.builds(
            lambda node, style, one: incremental(15, id=node, styleIds=[style], styles=[{"styleId": style, "rules": [one]}]),
            IDS,
            st.integers(1, 3),
            rule,
        ),
        st.builds(lambda node: incremental(1, positions=[{"x": 1, "y": 1, "id": node, "timeOffset": 0}]), IDS),
    )


START = snapshot(
    element(6, "form", element(7, "input", type="radio", name="a", checked=True), element(8, "select", element(9, "option"))),
    element(10, "style", text(11, ""), _cssText="p{top:1px}"),
    element(12, "p", text(13, "words")),
)


def numbered(stream: list[Raw]) -> list[Raw]:
    """Give each added node an id of its own, from 14 up, so that later events speak of some of them."""
    ids = count(14)
    for event in stream:
        for each in event["data"].get("adds", []):
            for node in [each["node"], *each["node"].get("childNodes", [])] if "node" in each else []:
                node["id"] = next(ids)
    return stream


STREAMS = st.lists(st.one_of(mutations(), mutations(), others()), max_size=12).map(copy.deepcopy).map(numbered)


@settings(max_examples=80, deadline=None)
@given(STREAMS)
def test_a_keyframe_of_a_keyframe_is_the_same(stream: list[Raw]) -> None:
    page = page_of(START, *stream)
    keyframe = page.keyframe(0)
    assert json.loads(json.dumps(keyframe))
    again = page_of(*keyframe)
    assert again.faults == 0
    assert again.keyframe(0) == keyframe


@settings(max_examples=80, deadline=None)
@given(st.lists(others(), max_size=12), st.integers(0, 12))
def test_folding_through_a_keyframe_is_folding_at_once(stream: list[Raw], cut: int) -> None:
    at_once = page_of(START, *stream)
    through = page_of(*page_of(START, *stream[:cut]).keyframe(0), *stream[cut:])
    assert through.keyframe(0) == at_once.keyframe(0)


KEYS = ["type", "data", "source", "node", "id", "childNodes", "attributes", "adds", "removes", "texts", "parentId", "nextId"]
KEYS += ["previousId", "tagName", "style", "timestamp", "isShadow", "positions", "styleIds", "styles", "styleId", "rules"]
KEYS += ["index", "rule", "set", "property", "value", "ranges", "commands"]
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 30), st.floats(), WORDS, st.just("__proto__"), st.just("constructor")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)),
    max_leaves=8,
)


def odd_change(source: int, data: Raw) -> Raw:
    return {"type": 3, "timestamp": 1, "data": {**data, "source": source}}


def odd_events() -> st.SearchStrategy[Any]:
    data = st.dictionaries(st.sampled_from(KEYS), ANYTHING)
    event = st.builds(lambda kind, data: {"type": kind, "timestamp": 1, "data": data}, st.integers(0, 8), data)
    sourced = st.builds(odd_change, st.integers(-1, 17), data)
    return st.one_of(ANYTHING, event, sourced, mutations(), st.just(START))


@settings(max_examples=50, deadline=None)
@given(st.lists(odd_events(), max_size=8))
def test_no_garbage_makes_a_page_raise(stream: list[Any]) -> None:
    page = Page()
    for event in [START, *stream]:
        page.apply(event)
        if page.is_whole:
            assert page.keyframe(0)
