"""What the visitor's hand and eye were on: pointer, touch, focus, selection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .nodes import Node, Raw
from .schema import DRAG, MOUSE_INTERACTION, MOUSE_MOVE, SELECTION, TOUCH_MOVE

MOUSE_UP, MOUSE_DOWN, CLICK, _CONTEXT, _DOUBLE, FOCUS, BLUR, TOUCH_START, _, TOUCH_END, TOUCH_CANCEL = range(11)
POINTS = (CLICK, MOUSE_DOWN, MOUSE_UP, TOUCH_START, TOUCH_END)
SOURCES = (MOUSE_MOVE, TOUCH_MOVE, DRAG, MOUSE_INTERACTION, SELECTION)


class Hand:
    """The last that was told of each."""

    def __init__(self) -> None:
        self.x: Any = None
        self.y: Any = None
        self.over: Any = None  # the id of the node under the pointer
        self.focus: Any = None
        self.selection: Raw | None = None
        self.ends: set[Any] = set()  # the ids of the nodes in which it begins and ends
        self.is_touching = False

    def apply(self, source: int, data: Raw) -> None:
        if source == SELECTION:
            self.ends = {each[end] for each in data["ranges"] for end in ("start", "end")}
            self.selection = data
        elif source == MOUSE_INTERACTION:
            self.interact(data)
        elif data["positions"]:
            last = data["positions"][-1]
            self.point(last["x"], last["y"], last["id"])

    def point(self, x: Any, y: Any, node_id: Any) -> None:
        hash(node_id)  # an id is no list
        self.x, self.y, self.over = x, y, node_id

    def interact(self, data: Raw) -> None:
        kind, node_id = data["type"], data["id"]
        if node_id == -1 or not isinstance(node_id, int):
            return
        if kind in POINTS:
            self.point(data.get("x") or 0, data.get("y") or 0, node_id)
        if kind in (TOUCH_START, TOUCH_END, TOUCH_CANCEL):
            self.is_touching = kind == TOUCH_START
        if kind == FOCUS:
            self.focus = node_id
        elif kind == BLUR and self.focus == node_id:
            self.focus = None

    def leave(self) -> None:
        """The page is thrown away, and its nodes with it; the pointer stays where it is."""
        self.over = self.focus = self.selection = None

    def said(self, ids: dict[Any, Node], page_id: Any) -> Iterator[Raw]:
        """Yield the events' data that say it again; a pointer over a node that has gone is over the page alone."""
        if self.focus in ids and self.focus is not None:
            yield {"source": MOUSE_INTERACTION, "type": FOCUS, "id": self.focus}
        if self.selection is not None and self.ends <= ids.keys():
            yield self.selection
        if self.x is None:
            return
        over = self.over if self.over in ids else page_id
        if self.is_touching:
            yield {"source": MOUSE_INTERACTION, "type": TOUCH_START, "id": over, "x": self.x, "y": self.y}
        else:
            yield {"source": MOUSE_MOVE, "positions": [{"x": self.x, "y": self.y, "id": over, "timeOffset": 0}]}
