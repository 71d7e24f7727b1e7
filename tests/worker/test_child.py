"""What a worker's child holds while it folds one page after the other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from replay.wire import bodies
from replay.worker.child import answered
from replay.worker.dom.nodes import Node
from replay.worker.folding import Begin, Folding

LINES = 500


@pytest.fixture(autouse=True)
def _seldom() -> Iterator[None]:
    """The collector sleeps, as it does for long in a child: most of what is decoded goes by itself."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def page(first_id: int) -> bytes:
    """Return the dom body of a segment that shows a page of many lines."""
    lines = [{"type": 2, "tagName": "p", "attributes": {}, "childNodes": [], "id": first_id + n} for n in range(1, LINES)]
    html: dict[str, Any] = {"type": 2, "tagName": "html", "attributes": {}, "childNodes": lines, "id": first_id}
    shown = {"node": {"type": 0, "childNodes": [html], "id": first_id + LINES}, "initialOffset": {"left": 0, "top": 0}}
    meta = {"type": 4, "data": {"href": "https://shop.example/", "width": 800, "height": 600}, "timestamp": 1}
    return bodies.encode_dom([meta, {"type": 2, "data": shown, "timestamp": 1}], level=1).data


def nodes() -> int:
    return sum(type(each) is Node for each in gc.get_objects())


def test_a_page_that_is_left_is_freed() -> None:
    folding, before = Folding(), nodes()
    for visit in range(10):
        answered(folding, Begin(7, 18, page(1 + visit * 1_000)))
        assert nodes() - before == LINES
