"""A long page load is what rrweb would have said of one: one full snapshot, ids of its own, times that go on."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from bench.apps.recording import FIXTURES, read_lines
from bench.lib.long import glue, highest_id
from replay.worker.dom import Page

RECORDINGS = [read_lines(path) for path in FIXTURES[:2]]


def told(count: int) -> list[dict[str, Any]]:
    lines, _ = glue((RECORDINGS * count)[:count], 1_000.0)
    return [json.loads(line) for line in lines]


def test_it_holds_one_full_snapshot() -> None:
    assert [event["type"] for event in told(3)].count(2) == 1


def test_its_times_go_on() -> None:
    times = [event["timestamp"] for event in told(3)]
    assert times[0] == 1_000.0
    assert all(earlier <= later for earlier, later in pairwise(times))


def test_a_swapped_page_brings_ids_of_its_own() -> None:
    events = told(2)
    swap = next(place for place, event in enumerate(events) if event["data"].get("source") == 15)
    mutation = events[swap + 1]["data"]
    brought = {add["node"]["id"] for add in mutation["adds"]}
    assert len(brought) == len(mutation["adds"])
    assert min(brought) > highest_id([event["data"] for event in events[:swap]])


def test_a_fold_builds_the_last_recording_at_its_end() -> None:
    alone, glued = Page(), Page()
    for line in RECORDINGS[1]:
        alone.apply(json.loads(line))
    for event in told(2):
        glued.apply(event)
    assert _texts(glued.keyframe(0)) == _texts(alone.keyframe(0))


def _texts(node: Any) -> list[str]:
    """Return all text of a keyframe, in order."""
    if isinstance(node, list):
        return [text for each in node for text in _texts(each)]
    if not isinstance(node, dict):
        return []
    own = [node["textContent"]] if isinstance(node.get("textContent"), str) and node["textContent"].strip() else []
    return own + [text for name in ("data", "node", "childNodes") if name in node for text in _texts(node[name])]
