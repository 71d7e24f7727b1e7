"""A page has bounds, and what is hostile costs no more than they allow."""

from __future__ import annotations

import json
import time

import pytest

from replay.worker.dom import schema
from tests.worker.dom.events import add, attributes, change, element, incremental, page_of, said, snapshot, text

DEPTH = 5_000


def chain(first_id: int, parent_id: int, length: int) -> list[dict[str, object]]:
    """Return adds of elements, each inside the one before."""
    parents = [parent_id, *range(first_id, first_id + length - 1)]
    return [add(parent, element(first_id + number)) for number, parent in enumerate(parents)]


def test_a_tree_of_any_depth_is_written_and_read_again() -> None:
    page = page_of(snapshot(), change(adds=chain(10, 5, DEPTH)), change(texts=[{"id": 1, "value": ""}]))
    keyframe = page.keyframe(0)
    assert json.dumps(keyframe)  # nests no deeper than any reader can bear
    assert page_of(*keyframe).keyframe(0) == keyframe
    page.apply(change(removes=[{"parentId": 5, "id": 10}]))
    assert len(page.keyframe(0)) == 1


def test_a_snapshot_of_any_depth_is_read() -> None:
    node = text(9, "deep")
    for number in range(DEPTH):
        node = element(10 + number, "div", node)
    assert page_of(snapshot(node)).is_whole


@pytest.mark.parametrize(
    ("bound", "most", "reason"), [("MAX_NODES", 50, "too_large_nodes"), ("MAX_WEIGHT", 9_000, "too_large_bytes")]
)
def test_over_a_bound_it_waits_for_the_next_snapshot(
    monkeypatch: pytest.MonkeyPatch, bound: str, most: int, reason: str
) -> None:
    monkeypatch.setattr(f"replay.worker.dom.tree.{bound}", most)
    page = page_of(snapshot(), change(adds=[add(5, text(10 + number, "x" * 100)) for number in range(60)]))
    assert (page.is_whole, page.reason, page.keyframe(0)) == (False, reason, [])
    page.apply(snapshot())
    assert page.is_whole


def test_what_goes_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay.worker.dom.tree.MAX_WEIGHT", 9_000)
    page = page_of(snapshot(element(6, "p", title="")))
    for number in range(200):
        page.apply(change(adds=[add(5, element(10 + number, "i", title="x" * 500))]))
        page.apply(attributes(6, title="y" * (number % 50) * 50))
        page.apply(change(removes=[{"parentId": 5, "id": 10 + number}]))
    assert page.is_whole


def test_rules_that_run_for_hours_do_not_pile_up() -> None:
    page = page_of(snapshot(element(6, "style", _cssText="a{}")))
    for number in range(5_000):
        page.apply(incremental(8, id=6, removes=[{"index": 0}]))
        page.apply(incremental(8, id=6, adds=[{"rule": f".a {{ top: {number}px }}", "index": 0}]))
    assert sum(len(data.get("adds", [])) + len(data.get("removes", [])) for data in said(page, 8)) <= 2


def test_walking_far_again_and_again_is_given_up() -> None:
    deep = change(adds=chain(10, 5, DEPTH))
    probes = [incremental(8, id=9, adds=[{"rule": "a{}", "index": 0}])] * 2_000
    began = time.process_time()
    page = page_of(snapshot(), deep, change(adds=[add(10 + DEPTH - 1, element(9, "style"))]), *probes)
    assert (page.reason, time.process_time() - began < 10) == ("too_large_work", True)


def test_adds_that_wait_for_each_other_are_dropped_in_time() -> None:
    waiting = [add(5, element(10 + number), 11 + number) for number in range(5_000)]
    began = time.process_time()
    page = page_of(snapshot(), change(adds=waiting))
    assert page.is_whole
    assert time.process_time() - began < 10


def test_documents_that_wait_for_their_frame_are_bounded() -> None:
    inner = {"type": 0, "id": 99, "childNodes": []}
    page = page_of(snapshot(), change(adds=[add(1_000 + number, inner) for number in range(2_000)]))
    assert len(said(page, 0)[0]["adds"]) == schema.MAX_WAITING


def test_names_of_javascript_are_names_like_any_other() -> None:
    names = {"__proto__": "a", "constructor": "b", "toString": "c"}
    odd = change(removes=[{"id": "__proto__", "parentId": "constructor"}])
    page = page_of(snapshot(element(6, "p")), change(attributes=[{"id": 6, "attributes": names}]), odd)
    (p,) = page.keyframe(0)[0]["data"]["node"]["childNodes"][1]["childNodes"][1]["childNodes"]
    assert p["attributes"] == names
