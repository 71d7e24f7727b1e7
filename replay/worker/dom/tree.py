"""The page as a tree with its ids: building from what was recorded, finding, taking away."""

from __future__ import annotations

import json
from typing import Any

from .nodes import NO_ATTRIBUTES, Live, Node, Raw, Root, above, insert, is_within, subtree, unlink
from .schema import COMMENT, DOCTYPE, DOCUMENT, ELEMENT, MAX_NODES, MAX_WEIGHT, SHADOW, TEXT


class Abandoned(Exception):
    """The replayer throws here, and leaves the rest of the event undone."""


class TooLarge(Exception):
    """The page has passed a bound."""


class Tree:
    """All nodes of a stream's page. `ids` is the replayer's mirror: the nodes that events can still speak of."""

    def __init__(self) -> None:
        self.ids: dict[Any, Node] = {}
        self.document: Root | None = None
        self.waiting: list[Raw] = []  # documents whose frame has not come yet
        self.nodes = 0
        self.weight = 0

    def begin(self, raw: Raw) -> None:
        """Throw the page away and build it from a full snapshot."""
        self.ids.clear()
        self.document = None
        self.nodes = self.weight = 0
        root = Root(raw, DOCUMENT)
        self.register(root)
        self.document = root
        self.build_children(root, takes_scroll=True)
        for frame in [node for node in self.ids.values() if node.is_html("iframe")]:
            self.attach_waiting(frame)

    def node(self, raw: Raw) -> Node | None:
        """Return a new node for what was recorded, hanging nowhere; None for what the replayer cannot make."""
        kind = raw.get("type")
        node = Node(raw, kind if isinstance(kind, int) else -2)
        if kind == ELEMENT:
            tag = raw.get("tagName")
            node.tag = tag if isinstance(tag, str) else ""
            given = raw.get("attributes")
            node.attributes = given if isinstance(given, dict) else NO_ATTRIBUTES
            if raw.get("isShadowHost"):
                self.shadow_of(node)
        elif kind in (TEXT, COMMENT):
            node.text = raw.get("textContent")
        elif kind != DOCTYPE:
            return None
        self.register(node)
        return node

    def register(self, node: Node) -> None:
        self.ids[node.id] = node
        self.nodes += 1
        self.weigh(weight_of(node))
        if self.nodes > MAX_NODES:
            raise TooLarge("nodes")

    def weigh(self, characters: int) -> None:
        self.weight += characters
        if self.weight > MAX_WEIGHT:
            raise TooLarge("bytes")

    def built(self, raw: Raw) -> Node | None:
        """Return the node for an add: the one that is there already where nothing about it has changed, else a new one."""
        there = self.ids.get(raw.get("id"))
        if there is not None and is_same(there.raw, raw):
            return there
        return self.node(raw)

    def build_children(self, top: Node, *, takes_scroll: bool = False) -> None:
        """Build all that was recorded under a node that is new."""
        stack = [top]
        while stack:
            parent = stack.pop()
            recorded = parent.raw.get("childNodes")
            if not isinstance(recorded, list) or parent.kind not in (ELEMENT, DOCUMENT):
                continue
            if parent.tag == "textarea" and isinstance(parent.attributes.get("value"), str):
                continue  # what it holds is said by its value
            for raw in recorded:
                child = self.built(raw) if isinstance(raw, dict) else None
                if child is None or is_within(parent, child):
                    continue
                into = parent.live.shadow if raw.get("isShadow") and parent.live else parent
                if child.first is None:
                    stack.append(child)
                unlink(child)
                insert(into or parent, child, None)
                if child.kind == ELEMENT:
                    take_scroll(child, keeps=takes_scroll)

    def shadow_of(self, host: Node) -> Root:
        """Return an element's shadow root, made when it has none."""
        more = host.more
        if more.shadow is None:
            more.shadow = Root({}, SHADOW, host)
        return more.shadow

    def remove(self, node: Node) -> None:
        """Take a node and all under it out of the page and out of the ids."""
        self.forget(node)
        unlink(node)

    def forget(self, node: Node) -> None:
        """No event speaks of these nodes any more."""
        for each in subtree(node):
            if self.ids.get(each.id) is each:
                del self.ids[each.id]
            if each.kind != SHADOW:
                self.nodes -= 1
                self.weight -= weight_of(each)

    def attach(self, frame: Node, raw: Raw) -> None:
        """Open a document in a frame, in place of what it held."""
        if raw.get("type") != DOCUMENT:
            return
        if not self.is_connected(frame):
            raise Abandoned("a frame outside the page has no document")
        more: Live = frame.more
        if more.content is not None:
            self.forget(more.content)
        more.content = Root(raw, DOCUMENT, frame)
        self.register(more.content)
        self.build_children(more.content)
        for inner in [node for node in subtree(more.content) if node.is_html("iframe")]:
            self.attach_waiting(inner)

    def attach_waiting(self, frame: Node) -> None:
        """Open the document that came before its frame, if one did."""
        for add in self.waiting:
            if add.get("parentId") == frame.id:
                self.waiting.remove(add)
                self.attach(frame, add["node"])
                return

    def is_connected(self, node: Node) -> bool:
        at: Node | None = node
        while at is not None:
            if at is self.document:
                return True
            at = above(at)
        return False


def take_scroll(node: Node, *, keeps: bool) -> None:
    """Read how far an element was scrolled; the replayer minds it in full snapshots only."""
    given = node.attributes
    if "rr_scrollLeft" not in given and "rr_scrollTop" not in given:
        return
    node.attributes = {name: value for name, value in given.items() if name not in ("rr_scrollLeft", "rr_scrollTop")}
    if keeps:
        node.more.scroll = (given.get("rr_scrollLeft", 0), given.get("rr_scrollTop", 0))


def weight_of(node: Node) -> int:
    """Return about how many characters a node holds."""
    if node.kind == ELEMENT:
        return 64 + sum(len(name) + len(value) if isinstance(value, str) else 16 for name, value in node.attributes.items())
    return 64 + (len(node.text) if isinstance(node.text, str) else 0)


def is_same(there: Raw, raw: Raw) -> bool:
    """Whether the replayer takes the node that it has for the one that is added (isNodeMetaEqual)."""
    kind = there.get("type")
    if kind != raw.get("type"):
        return False
    if kind == ELEMENT:
        return all(there.get(key) == raw.get(key) for key in ("tagName", "isSVG", "needBlock")) and (
            json.dumps(there.get("attributes")) == json.dumps(raw.get("attributes"))
        )
    if kind == DOCTYPE:
        return all(there.get(key) == raw.get(key) for key in ("name", "publicId", "systemId"))
    if kind == DOCUMENT:
        return there.get("compatMode") == raw.get("compatMode")
    return there.get("textContent") == raw.get("textContent")
