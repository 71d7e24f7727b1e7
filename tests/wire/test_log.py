"""Log bodies, read quickly and read with patience: the same events, the same refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.wire import limits, log
from replay.wire.errors import ChunkRefused
from replay.wire.text import mend_surrogates

texts = st.text(max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
FIELDS = {name for shape in log.SHAPES.values() for name in shape.__struct_fields__}
events = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from([*log.SHAPES, "of tomorrow"]) | json_values,
        "id": st.just("e1") | texts,
        "t": st.just(1.5) | json_values,
        "element": st.dictionaries(st.sampled_from(log.Element.__struct_fields__) | texts, texts, max_size=3) | json_values,
        **dict.fromkeys(sorted(FIELDS - {"id", "t", "element"}), json_values),
        "news": json_values,
    },
)


def outcome(read: Any, raw: bytes) -> Any:
    try:
        return read(raw)
    except ChunkRefused as refused:
        return refused.code


@given(st.lists(events, max_size=3))
def test_both_ways_of_reading_agree(bags: list[Any]) -> None:
    raw = json.dumps(bags).encode()
    assert outcome(log.parse_log, raw) == outcome(log._parse_patiently, mend_surrogates(raw))


def nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


@pytest.mark.parametrize("news", [{}, {"news": 1}])  # read quickly, read with patience
@pytest.mark.parametrize("field", ["properties", "detail"])
def test_depth_is_bounded_to_the_level(field: str, news: dict[str, Any]) -> None:
    event = {"type": "custom" if field == "properties" else "state", "id": "e", "t": 0, "name": "n", **news}
    most = limits.MAX_LOG_DEPTH - 2  # in the array and the event
    assert len(log.parse_log(json.dumps([event | {field: nested(most)}]).encode())) == 1
    with pytest.raises(ChunkRefused, match="too deep"):
        log.parse_log(json.dumps([event | {field: nested(most + 1)}]).encode())


def test_what_a_newer_recorder_adds_is_passed_over() -> None:
    click = {"type": "click", "id": "e", "t": 0, "element": {"tag": "a", "news": [1]}, "x": 1, "y": 2, "news": {"a": 1}}
    (event,) = log.parse_log(json.dumps([click]).encode())
    assert event == log.Click(id="e", t=0.0, element=log.Element(tag="a"), x=1.0, y=2.0)
