from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from replay.index.interchange.derive import Deriver
from replay.wire.log import parse_log
from tests.index.interchange.recordings import START_MS, click, custom, page

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def derived(*events: dict[str, Any]) -> list[dict[str, Any]]:
    deriver = Deriver()
    return [json.loads(raw) for event in events for raw in deriver.see(event)]


def test_a_page_is_a_navigation_once_however_often_it_is_said() -> None:
    (said,) = derived(*page(), *page(START_MS + 5_000))
    assert (said["type"], said["url"], said["t"]) == ("navigation", "https://shop.example/cart", START_MS)
    assert len(derived(*page(), *page(START_MS + 1, "https://shop.example/pay"))) == 2


def test_a_click_is_called_by_the_button_it_hit() -> None:
    *_, said = derived(*page(), click(START_MS + 10, node=6))
    assert said["element"] == {"tag": "button", "text": "Pay now", "id": "pay"}
    assert (said["x"], said["y"], said["node"]) == (10, 20, 6)


def test_a_button_that_came_later_has_a_name_too() -> None:
    node = {"type": 2, "tagName": "a", "attributes": {"aria-label": "Help"}, "childNodes": [], "id": 9}
    added = {"type": 3, "data": {"source": 0, "adds": [{"parentId": 3, "nextId": None, "node": node}]}, "timestamp": START_MS}
    *_, said = derived(*page(), added, click(START_MS, node=9))
    assert said["element"] == {"tag": "a", "label": "Help"}


def test_console_requests_and_custom_events_are_told() -> None:
    console = {"plugin": "rrweb/console@1", "payload": {"level": "error", "payload": ["oh", 1], "trace": []}}
    request = {"name": "https://shop.example/api", "responseStatus": 500, "method": "POST", "duration": 12.5}
    network = {"plugin": "rrweb/network@1", "payload": {"requests": [request, {"odd": 1}]}}
    said = derived(
        {"type": 6, "data": console, "timestamp": START_MS},
        {"type": 6, "data": network, "timestamp": START_MS},
        custom(START_MS, "order", {"total": 12}),
        custom(START_MS, "$session_options", {}),
        custom(START_MS, "$pageview", {"href": "https://shop.example/thanks"}),
    )
    assert [each["type"] for each in said] == ["console", "network", "custom", "navigation"]
    assert said[0]["args"] == ["oh", "1"]
    assert (said[1]["status"], said[1]["failed"], said[1]["method"]) == (500, True, "POST")
    assert (said[2]["name"], said[2]["properties"]) == ("order", {"total": 12})


def test_what_is_done_is_counted_between_takes() -> None:
    deriver = Deriver()
    for _ in range(3):
        deriver.see(click(START_MS))
    assert json.loads(deriver.take_activity(START_MS)[0])["count"] == 3
    assert deriver.take_activity(START_MS) == []


@given(st.lists(st.tuples(st.sampled_from([2, 3, 4, 5, 6]), JSON), max_size=10))
def test_nothing_that_is_recorded_makes_a_log_that_is_refused(events: list[tuple[int, Any]]) -> None:
    deriver = Deriver()
    said = [raw for kind, data in events for raw in deriver.see({"type": kind, "data": data, "timestamp": START_MS})]
    parse_log(b"[" + b",".join(said) + b"]")


NODE = st.fixed_dictionaries({"type": JSON, "id": st.integers(0, 9) | JSON}, optional={"childNodes": JSON, "attributes": JSON})


@given(st.lists(NODE, max_size=5), JSON, st.sampled_from(["href", "tag", "plugin", "source"]))
def test_odd_nodes_are_passed_over(nodes: list[Any], odd: Any, name: str) -> None:
    adds = [{"parentId": 1, "node": node} for node in nodes]
    shapes = [{"source": 0, "adds": adds}, {"source": 2, "type": 2, "id": odd, "x": odd}, {name: odd, "payload": odd}]
    deriver = Deriver()
    said = [
        raw for kind in (2, 3, 4, 5, 6) for data in shapes for raw in deriver.see({"type": kind, "data": data, "timestamp": 1})
    ]
    parse_log(b"[" + b",".join(said) + b"]")
