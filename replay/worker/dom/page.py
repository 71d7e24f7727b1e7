"""A page, event by event."""

from __future__ import annotations

from typing import Any

from . import keyframe
from .mutation import apply_mutation
from .nodes import Raw
from .schema import FULL_SNAPSHOT, INCREMENTAL, INPUT, META, MUTATION, SCROLL, VIEWPORT_RESIZE
from .tree import Abandoned, TooLarge, Tree

ODD = (Abandoned, AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError)


class Page:
    """One stream's page. Feed it every event in order; ask it for a keyframe between any two."""

    def __init__(self) -> None:
        self.faults = 0  # events, or parts of them, that could not be applied
        self.reason: str | None = "no_snapshot"  # why it is not whole; None: it is
        self.tree = Tree()
        self.meta: Raw = {}
        self.snapshot: Raw = {}

    @property
    def is_whole(self) -> bool:
        """Whether all of the page is known: a full snapshot came, and nothing is missing since."""
        return self.reason is None

    def lose(self) -> None:
        """Bytes are missing here: what follows says nothing until the next full snapshot."""
        self._give_up("lost")

    def apply(self, event: Any) -> None:
        """Apply the next event. Odd ones are counted and passed over; none raises."""
        try:
            self._apply(event)
        except TooLarge as bound:
            self._give_up(f"too_large_{bound}")
        except ODD:
            self.faults += 1

    def keyframe(self, at_ms: float) -> list[Raw]:
        """Return the rrweb events, all at `at_ms`, that build this very page from nothing; [] when it is not whole."""
        if not self.is_whole:
            return []
        meta = [{"type": META, "timestamp": at_ms, "data": dict(self.meta)}] if self.meta else []
        return meta + keyframe.write(self.tree, self.snapshot, at_ms)

    def _give_up(self, reason: str) -> None:
        self.reason = reason
        self.tree = Tree()
        self.snapshot = {}

    def _apply(self, event: Any) -> None:
        kind, data = event["type"], event.get("data")
        if kind == INCREMENTAL:
            self._change(data["source"], data)
        elif kind == META:
            self.meta = data
        elif kind == FULL_SNAPSHOT:
            self._begin(data)

    def _begin(self, data: Raw) -> None:
        self.reason = "odd_snapshot"
        self.tree.begin(data["node"])
        self.snapshot = {key: value for key, value in data.items() if key != "node"}
        offset = data.get("initialOffset")
        if isinstance(offset, dict) and self.tree.document:
            self.tree.document.more.scroll = (offset.get("left", 0), offset.get("top", 0))
        self.reason = None

    def _change(self, source: Any, data: Raw) -> None:
        if source == VIEWPORT_RESIZE:
            self.meta = {**self.meta, "width": data.get("width"), "height": data.get("height")}
        if not self.is_whole:
            return
        if source == MUTATION:
            apply_mutation(self.tree, data)
        elif source == SCROLL and (node := self.tree.ids.get(data["id"])):
            node.more.scroll = (data.get("x"), data.get("y"))
        elif source == INPUT and (node := self.tree.ids.get(data["id"])):
            node.more.input = {key: data[key] for key in ("text", "isChecked") if key in data}
