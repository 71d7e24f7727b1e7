"""Columns: what goes in comes out, whatever it is; what is hostile is refused, at the price of its bytes."""

from __future__ import annotations

import gc
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.wire import columns, columns_table
from replay.wire.columns import BadColumns
from tests.wire import speech

numbers = (
    st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, 1, -1, 2**52, -(2**53)])
)
texts = st.text(st.characters(codec=None), max_size=12) | st.sampled_from(
    ["id", "node", "__proto__", "", "0", "12", "007", "\ud83d", "²"]
)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5), max_leaves=40
)


def same(left: Any, right: Any) -> bool:
    """Say whether two values are the same JSON: types, order of keys and the sign of zero too."""
    return repr(left) == repr(right)


@settings(max_examples=150, deadline=None)
@given(st.lists(values, max_size=12))
def test_any_json_comes_back(events: list[Any]) -> None:
    assert same(columns.decode(columns.encode(events)), events)


@settings(max_examples=100, deadline=None)
@given(st.lists(speech.events, max_size=40))
def test_rrweb_like_events_come_back(events: list[Any]) -> None:
    assert same(columns.decode(columns.encode(events)), events)


@settings(max_examples=100, deadline=None)
@given(st.lists(speech.events, min_size=1, max_size=8), st.data())
def test_an_event_with_something_strange_in_it_comes_back(events: list[Any], data: st.DataObject) -> None:
    place: Any = events
    while isinstance(place, dict | list) and place and data.draw(st.booleans()):
        parent, key = place, data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        place = parent[key]
        if data.draw(st.integers(0, 3)) == 0:
            parent[key] = data.draw(values)
            break
    assert same(columns.decode(columns.encode(events)), events)


def test_numbers_keep_what_they_are() -> None:
    events = [1, 1.0, True, -0.0, 0, 2**53 + 1, 2**2000, 5e-324, 1e308, -1]
    assert same(columns.decode(columns.encode(events)), events)


@pytest.mark.parametrize(
    "column", [[True, 1], [1, 1.0, 1], [0.0, -0.0], [None, False], ["1", 1], ["1", "01"], ["1", "²"], [[], {}]]
)
def test_what_python_takes_for_equal_is_kept_apart(column: list[Any]) -> None:
    events = [{"value": value} for value in column * 3]
    assert same(columns.decode(columns.encode(events)), events)


def test_a_deep_page_comes_back() -> None:
    node: dict[str, Any] = {"type": 3, "textContent": "deep", "id": 1_000}
    for at in range(999, 0, -1):
        node = {"type": 2, "tagName": "div", "attributes": {}, "childNodes": [node], "id": at}
    events = [{"type": 2, "data": {"node": node, "initialOffset": {"left": 0, "top": 0}}, "timestamp": 1}]
    document = columns.encode(events)
    assert columns.decode(document)[0]["data"]["node"]["childNodes"][0]["id"] == 2
    assert len(document) < 2_500, "its ids count up, and its shapes repeat"
    assert columns.encode(columns.decode(document)) == document


def test_deep_values_are_carried_as_they_are() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = {"down": [deep]}
    assert columns.decode(columns.encode([deep, deep])) == [deep, deep]


def test_equal_events_do_not_become_one() -> None:
    decoded = columns.decode(columns.encode([{"a": [], "b": {}}] * 3))
    decoded[0]["a"].append(1)
    decoded[0]["b"]["c"] = 1
    assert decoded[1:] == [{"a": [], "b": {}}] * 2


@pytest.mark.parametrize("value", [math.nan, math.inf, {1: 2}, {"a": {1: 2}}, object(), {1, 2}, (1, 2)])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(BadColumns):
        columns.encode([value, {"value": value}])


def hostile(*elements: Any) -> bytes:
    return json.dumps([1, *elements]).encode()


SHAPE = columns_table.SHAPES.index(("id", "value"))
EMPTY_SHAPE = columns_table.SHAPES.index(())
HOSTILE = {
    "no array": b"{}",
    "nothing": b"[]",
    "another form": b'[2,0,"",[]]',
    "form as truth": b'[true,0,"",[]]',
    "cut short": b"[1,0,",
    "not UTF-8": b'[1,1,"c",[],"\xff"]',
    "a kind without payload": hostile(1, "c", []),
    "a payload without kind": hostile(1, "", [], 5),
    "a column too many": hostile(1, "cc", [], 5, 6),
    "a column too few": hostile(1, "o", [], SHAPE),
    "an unknown kind": hostile(1, "x", [], 5),
    "less than no events": hostile(-1, "", []),
    "true events": hostile(True, "c", [], 5),
    "more values than said": hostile(1, "p", [], [1, 2]),
    "fewer values than said": hostile(2, "p", [], [1]),
    "a constant object": hostile(2, "c", [], {}),
    "a constant array": hostile(2, "c", [], []),
    "differences that are none": hostile(2, "d", [], [1, "2"]),
    "differences of truth": hostile(2, "d", [], [1, True]),
    "broken differences": hostile(2, "d", [], [1, 1.5]),
    "differences beyond all numbers": hostile(3, "d", [], [2**53 - 1, 1, 1]),
    "a number beyond all": hostile(1, "P", [], [2**53]),
    "a step beyond all": hostile(3, "r", [], [0, 2**53 - 1]),
    "a step of three": hostile(3, "r", [], [0, 1, 2]),
    "digits of text": hostile(1, "P", [], ["1"]),
    "a string that is not there": hostile(1, "s", [], [["a"], [2]]),
    "a string below the table": hostile(1, "s", [], [["a"], [-1 - len(columns_table.STRINGS)]]),
    "more strings met than there are": hostile(2, "s", [], [["a"], [0, 0]]),
    "a string that is none": hostile(1, "s", [], [[{}], [0]]),
    "strings alone": hostile(1, "s", [], [["a"]]),
    "a shape that is not there": hostile(1, "o", [], 10_000),
    "a shape below the table": hostile(1, "o", [], -1),
    "a shape that is no number": hostile(1, "o", [], "0"),
    "a shape that is no list": hostile(1, "o", ["ab"], len(columns_table.SHAPES)),
    "a key that is none": hostile(1, "oc", [[1]], len(columns_table.SHAPES), 1),
    "a length below nothing": hostile(1, "a", [], [-1]),
    "a length that is true": hostile(1, "a", [], True),
    "a group that nobody is in": hostile(2, "mc", [], [1, 1], 5),
    "a group below the first": hostile(1, "mc", [], [-1], 5),
    "a tree without nodes": hostile(1, "tcc", [], 1, 1, 1),
    "a tree of fewer than its roots": hostile(2, "tco", [], 1, 1, EMPTY_SHAPE),
    "children that are not there": hostile(
        1, "tcoccc", [], 1, 1, columns_table.SHAPES.index(("type", "childNodes", "id")), 0, 5
    ),
    "children below none": hostile(1, "tcocc", [], 1, 1, columns_table.SHAPES.index(("type", "childNodes", "id")), 0, -1),
    "ids that are none": hostile(1, "tcocc", [], 1, "a", columns_table.SHAPES.index(("type", "childNodes", "id")), 0, 0),
    "deeper than anything": hostile(1, "a" * 100 + "c", [], *[1] * 100, 5),
    "JSON deeper than anything": b"[0," + b"[" * 100_000 + b"]" * 100_000 + b"]",
    "not finite": b'[1,1,"c",[],1e400]',
    "no number at all": b'[1,1,"c",[],NaN]',
}
BOMBS = {
    "arrays of constants": hostile(10_000, "ac", [], 10_000, 7),
    "arrays of arrays": hostile(1, "aaaac", [], *[1_000] * 4, None),
    "events": hostile(2**52, "c", [], 0),
    "a long string often": hostile(100_000, "c", [], "x" * 1_000),
    "a long string by number": hostile(70_000, "s", [], [["x" * 2_000], [0, *[1] * 69_999]]),
    "a long key often": hostile(100_000, "oc", [["k" * 1_000]], len(columns_table.SHAPES), 1),
    "objects without keys": hostile(1, "ao", [], 2**50, EMPTY_SHAPE),
    "steps": hostile(1, "ar", [], 2**50, [0, 0]),
    "trees": hostile(1, "tro", [], 2**50, [1, 1], EMPTY_SHAPE),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused(name: str) -> None:
    with pytest.raises(BadColumns):
        columns.decode(HOSTILE[name])


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_expands(name: str) -> None:
    with pytest.raises(BadColumns, match="expands too far"):
        columns.decode(BOMBS[name], most_bytes=64 * 1_048_576)


def test_what_a_document_expands_to_counts_about_as_json_does() -> None:
    events = speech.visit()
    document, length = columns.encode(events), len(json.dumps(events, separators=(",", ":")))
    assert columns.decode(document, most_bytes=length) == events
    with pytest.raises(BadColumns):
        columns.decode(document, most_bytes=length // 3)


def test_a_document_beyond_its_bound_is_not_opened() -> None:
    with pytest.raises(BadColumns, match="too large"):
        columns.decode(b"[0,[]]" + b" " * 100, most_bytes=100)


def test_the_collector_works_again_afterwards() -> None:
    columns.decode(columns.encode([{"a": 1}]))
    with pytest.raises(BadColumns):
        columns.decode(b"[1")
    assert gc.isenabled()
    gc.disable()
    try:
        columns.encode([])
        assert not gc.isenabled(), "whoever has put it to rest wakes it"
    finally:
        gc.enable()


def test_a_visit_is_small() -> None:
    events = speech.visit()
    assert len(columns.encode(events)) < len(json.dumps(events, separators=(",", ":"))) / 2
