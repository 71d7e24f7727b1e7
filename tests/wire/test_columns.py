"""Columns: what goes in comes out, whatever it is; what is hostile is refused, at the price of its bytes."""

from __future__ import annotations

import gc
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import replay.wire
from replay.wire import columns, columns_table
from replay.wire.columns import BadColumns
from scripts.columns_vectors import BOMBS, visit
from tests.wire import speech
from tests.wire.test_vectors import vectors

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


@vectors("columns")
def test_a_document_is_what_its_vector_says(vector: dict[str, Any]) -> None:
    events = json.loads(vector["events"])
    assert same(columns.decode(vector["document"].encode()), events)
    assert same(json.loads(columns.encode(events)), json.loads(vector["document"]))


@vectors("columns_refused")
def test_a_hostile_document_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(BadColumns):
        columns.decode(bytes.fromhex(vector["hex"]))


@pytest.mark.parametrize("document", [b"[0," + b"[" * 100_000 + b"]" * 100_000 + b"]", b'[1,1,"c",[],1e400]'])
def test_what_only_a_browser_reads_is_refused(document: bytes) -> None:
    with pytest.raises(BadColumns):
        columns.decode(document)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_expands(name: str) -> None:
    with pytest.raises(BadColumns, match="expands too far"):
        columns.decode(BOMBS[name], most_bytes=64 * 1_048_576)


def test_what_a_document_expands_to_counts_about_as_json_does() -> None:
    events = visit()
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
    events = visit()
    assert len(columns.encode(events)) < len(json.dumps(events, separators=(",", ":"))) / 2


def test_the_specification_has_the_tables() -> None:
    spec = (Path(replay.wire.__file__).parent / "SPEC.md").read_text()
    rows = [line.split(maxsplit=1) for line in spec.split("Shapes of form 1")[1].splitlines() if line.startswith("    ")]
    shapes = {int(number): () if keys == "(no key)" else tuple(keys.split()) for number, keys in rows}
    assert shapes == dict(enumerate(columns_table.SHAPES))
    strings = [each.split("`")[1] if "`" in each else "" for each in spec.split("Strings of form 1: ")[1].split(" · ")]
    assert strings == list(columns_table.STRINGS)
