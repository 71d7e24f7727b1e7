"""Long sessions out of short recordings: page loads one after the other, and page loads that last.

A page load is one stream with one full snapshot. A short one is a recording. A long one is several recordings glued: where the
next begins, the page's head and body are swapped for its own in one mutation, as apps do that follow links without loading a
page; its nodes get ids that no other has. So it is what rrweb would have said of such a page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

Event = dict[str, Any]
FULL_SNAPSHOT: Final = 2
INCREMENTAL: Final = 3
OF_A_PAGE_LOAD: Final = frozenset({0, 1, 4})  # DomContentLoaded, Load, Meta
MUTATION: Final = 0
SCROLL: Final = 3
ADOPTED: Final = 15
DOCUMENT_ID: Final = 1
IDS: Final = frozenset({"id", "parentId", "nextId", "previousId", "rootId", "styleId"})
LISTS_OF_IDS: Final = frozenset({"styleIds"})
SELECTED: Final = frozenset({"start", "end"})  # ids where a range says them
BETWEEN_MS: Final = 500.0


def glue(recordings: Sequence[Sequence[str]], start_ms: float) -> tuple[list[str], float]:
    """Return one page load's events, one JSON a line, and when it ends."""
    page, at_ms = _PageLoad(), start_ms
    for recording in recordings:
        events = [json.loads(line) for line in recording]
        delta = at_ms - min(event["timestamp"] for event in events)
        for event in events:
            event["timestamp"] = round(event["timestamp"] + delta, 3)
        page.add(events)
        at_ms = page.last_ms + BETWEEN_MS
    return [json.dumps(event, separators=(",", ":"), ensure_ascii=False) for event in page.events], at_ms


class _PageLoad:
    """What one page says, and which of its elements stand at its root."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.last_ms = 0.0
        self._html: Event = {}
        self._parts: list[int] = []  # ids of head and body as they are now
        self._most_id = 0

    def add(self, events: list[Event]) -> None:
        """Go on with a recording; the first one is as it was."""
        if self.events:
            events = list(self._swapped(events))
        else:
            snapshot = next(event for event in events if event["type"] == FULL_SNAPSHOT)
            self._html = _html_of(snapshot)
            self._parts = [node["id"] for node in _parts_of(self._html)]
        self._most_id = max([self._most_id, *(highest_id(event["data"]) for event in events)])
        self.events += events
        self.last_ms = max(event["timestamp"] for event in events)

    def _swapped(self, events: list[Event]) -> Iterator[Event]:
        """Yield a recording's events with ids of their own; its snapshot becomes a mutation."""
        snapshot = next(event for event in events if event["type"] == FULL_SNAPSHOT)
        same = {DOCUMENT_ID: DOCUMENT_ID, _html_of(snapshot)["id"]: self._html["id"]}
        for event in events:
            if event["type"] in OF_A_PAGE_LOAD:
                continue
            _renumber(event["data"], self._most_id, same)
            if event["type"] == FULL_SNAPSHOT:
                yield from self._swap(event)
            else:
                yield event

    def _swap(self, snapshot: Event) -> Iterator[Event]:
        html, at_ms = _html_of(snapshot), snapshot["timestamp"]
        old, new = self._html["attributes"], html["attributes"]
        attributes = {name: new.get(name) for name in {**old, **new} if old.get(name) != new.get(name)}
        yield _incremental(at_ms, SCROLL, id=DOCUMENT_ID, x=0, y=0)
        yield _incremental(at_ms, ADOPTED, id=DOCUMENT_ID, styleIds=[])
        yield _incremental(
            at_ms,
            MUTATION,
            texts=[],
            attributes=[{"id": html["id"], "attributes": attributes}] if attributes else [],
            removes=[{"parentId": html["id"], "id": part} for part in self._parts],
            adds=[add for part in _parts_of(html) for add in _adds(part, html["id"])],
        )
        self._html = html
        self._parts = [node["id"] for node in _parts_of(html)]


def _incremental(at_ms: float, source: int, **data: Any) -> Event:
    return {"type": INCREMENTAL, "data": {"source": source, **data}, "timestamp": at_ms}


def _html_of(snapshot: Event) -> Event:
    html: Event = next(node for node in snapshot["data"]["node"]["childNodes"] if node.get("tagName") == "html")
    return html


def _parts_of(html: Event) -> list[Event]:
    return [node for node in html["childNodes"] if node.get("tagName") in ("head", "body")]


def _adds(node: Event, parent_id: int) -> Iterator[Event]:
    """Yield a node and all below it, each as one that is appended."""
    shown = {**node, "childNodes": []} if "childNodes" in node else node
    yield {"parentId": parent_id, "nextId": None, "node": shown}
    for child in node.get("childNodes", ()):
        yield from _adds(child, node["id"])


def _renumber(value: Any, shift: int, same: dict[int, int]) -> None:
    """Add to every id, wherever it stands, save those that stay what they are.

    >>> told = {"id": 5, "attributes": {"id": "x"}, "removes": [{"parentId": 2, "id": -1}], "start": 5, "startOffset": 3}
    >>> _renumber(told, 100, {2: 4})
    >>> told
    {'id': 105, 'attributes': {'id': 'x'}, 'removes': [{'parentId': 4, 'id': -1}], 'start': 105, 'startOffset': 3}
    """
    if isinstance(value, list):
        for each in value:
            _renumber(each, shift, same)
    elif isinstance(value, dict):
        ids = IDS | SELECTED if "startOffset" in value else IDS
        for name, inner in value.items():
            if name in ids and type(inner) is int and inner > 0:
                value[name] = same.get(inner, inner + shift)
            elif name in LISTS_OF_IDS:
                value[name] = [each + shift for each in inner]
            elif isinstance(inner, dict | list):
                _renumber(inner, shift, same)


def highest_id(value: Any) -> int:
    """Return the highest number that is said as an id."""
    if isinstance(value, list):
        return max(map(highest_id, value), default=0)
    if not isinstance(value, dict):
        return 0
    found = [inner for name, inner in value.items() if name in IDS and type(inner) is int]
    return max([0, *found, *(highest_id(inner) for inner in value.values() if isinstance(inner, dict | list))])
