"""A page, event by event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import canvas, fields, keyframe, sheets
from .frames import mind
from .hand import SOURCES, Hand
from .media import Playback
from .mutation import apply_mutation
from .nodes import Raw
from .schema import (
    ADOPTED_STYLE_SHEET,
    CANVAS_MUTATION,
    FONT,
    FULL_SNAPSHOT,
    INCREMENTAL,
    INPUT,
    MAX_FONTS,
    MEDIA_INTERACTION,
    META,
    MUTATION,
    SCROLL,
    STYLE_DECLARATION,
    STYLE_SHEET_RULE,
    VIEWPORT_RESIZE,
)
from .tree import Abandoned, TooLarge, Tree, size_of

ODD = (Abandoned, AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError)

CHANGES: dict[int, Callable[[Tree, Raw], None]] = {
    MUTATION: apply_mutation,
    INPUT: fields.apply_input,
    STYLE_SHEET_RULE: sheets.change_sheet,
    STYLE_DECLARATION: sheets.change_sheet,
    ADOPTED_STYLE_SHEET: sheets.adopt,
    CANVAS_MUTATION: canvas.draw,
}


class Page:
    """One stream's page. Feed it every event in order; ask it for a keyframe between any two."""

    def __init__(self) -> None:
        self.faults = 0  # events that were odd, and not or not wholly applied
        self.reason: str | None = "no_snapshot"  # why it is not whole; None: it is
        self._tree = Tree()
        self._hand = Hand()
        self._meta: Raw = {}
        self._snapshot: Raw = {}  # what the full snapshot says beside the page
        self._fonts: dict[str, Raw] = {}
        self._fonts_size = 0

    @property
    def is_whole(self) -> bool:
        """Whether all of the page is known: a full snapshot came, and nothing is missing since."""
        return self.reason is None

    def lose(self) -> None:
        """Bytes are missing here: what follows says nothing until the next full snapshot."""
        self._forget("lost")

    def apply(self, event: Any) -> None:
        """Apply the next event. Odd ones are counted and passed over; none raises."""
        try:
            self._apply(event)
        except TooLarge as bound:
            self._forget(f"too_large_{bound}")
        except ODD:
            self.faults += 1

    def keyframe(self, at_ms: float) -> list[Raw]:
        """Return the rrweb events, all at `at_ms`, that build this very page from nothing; [] when it is not whole.

        They share what they hold with the page and with the events that it was fed: do not write to them.
        """
        try:
            return self._keyframe(at_ms) if self.is_whole else []
        except ODD:
            self.faults += 1
            self._forget("odd_page")
            return []

    def _keyframe(self, at_ms: float) -> list[Raw]:
        assert self._tree.document is not None
        said = [{"type": META, "timestamp": at_ms, "data": self._meta}] if self._meta else []
        said += keyframe.write(self._tree, self._snapshot, at_ms)
        rest = [*self._fonts.values(), *self._hand.said(self._tree.ids, self._tree.document.id)]
        return said + [{"type": INCREMENTAL, "timestamp": at_ms, "data": data} for data in rest]

    def _forget(self, reason: str) -> None:
        self.reason = reason
        self._tree = Tree()
        self._snapshot = {}
        self._hand.leave()

    def _apply(self, event: Any) -> None:
        kind, data = event["type"], event.get("data")
        if kind == INCREMENTAL:
            self._change(data["source"], data, event["timestamp"])
        elif kind == META:
            self._meta = dict(data)
        elif kind == FULL_SNAPSHOT:
            self._begin(data, event["timestamp"])

    def _begin(self, data: Raw, at_ms: float) -> None:
        waiting = self._tree.waiting
        self._forget("odd_snapshot")
        tree = self._tree
        tree.waiting = waiting
        self._snapshot = {key: value for key, value in data.items() if key != "node"}
        tree.begin(data["node"])
        assert tree.document is not None
        mind(tree, tree.document, at_ms=at_ms)
        offset = data.get("initialOffset")
        if isinstance(offset, dict):
            tree.document.more.scroll = (offset.get("left", 0), offset.get("top", 0))
        self.reason = None

    def _change(self, source: int, data: Raw, at_ms: float) -> None:
        tree = self._tree
        tree.rest()
        change = CHANGES.get(source)
        if source == VIEWPORT_RESIZE:
            self._meta = {**self._meta, "width": data["width"], "height": data["height"]}
        elif source == FONT:
            self._load_font(data)
        elif not self.is_whole:
            return
        elif change is not None:
            change(tree, data)
        elif source in SOURCES:
            self._hand.apply(source, data)
        elif source == SCROLL and (node := tree.ids.get(data["id"])):
            node.more.scroll = (data["x"], data["y"])
        elif source == MEDIA_INTERACTION and (node := tree.ids.get(data["id"])) and node.is_html("audio", "video"):
            more = node.more
            more.media = more.media or Playback(node, at_ms)
            more.media.change(data, at_ms)

    def _load_font(self, data: Raw) -> None:
        """Fonts stay loaded as long as the stream lasts; more than a page can need are not carried on."""
        key = f"{data['family']} {data['fontSource']} {data.get('descriptors')}"
        if key not in self._fonts and self._fonts_size + size_of(data["fontSource"]) <= MAX_FONTS:
            self._fonts[key] = data
            self._fonts_size += size_of(data["fontSource"])
