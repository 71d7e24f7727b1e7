"""The page as a tree with its ids: building from what was recorded, finding, taking away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .nodes import NO_ATTRIBUTES, Node, Raw, Root, above, insert, subtree, unlink
from .schema import COMMENT, DOCTYPE, DOCUMENT, EFFORT_PER_EVENT, ELEMENT, MAX_EFFORT, MAX_NODES, MAX_WEIGHT, SHADOW, TEXT

if TYPE_CHECKING:
    from .sheets import Constructed

MINDED = frozenset({"audio", "dialog", "iframe", "input", "video"})  # elements whose coming and going matters
WINDOWS = ("html", "body")  # their scroll is the window's, and that is told apart
PARENTS = (DOCUMENT, ELEMENT, SHADOW)
OWN_IDS = -(2**40)  # nodes that no event can speak of get ids from here down
KNOWN = frozenset(
    [
        "type",
        "id",
        "rootId",
        "tagName",
        "attributes",
        "childNodes",
        "isSVG",
        "isShadow",
        "isShadowHost",
        "isCustom",
        "needBlock",
        "isStyle",
        "textContent",
        "name",
        "publicId",
        "systemId",
        "compatMode",
    ]
)


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
        self.came: list[Node] = []  # minded elements that are new, until somebody minds them
        self.radios: dict[Any, dict[Node, None]] = {}  # radio buttons by name
        self.modals: dict[Node, None] = {}  # open modal dialogs, the topmost last
        self.sheets: dict[Any, Constructed] = {}
        self.nodes = 0
        self.weight = 0
        self.effort = 0
        self.own_id = OWN_IDS

    def begin(self, raw: Raw) -> None:
        """Build the page from a full snapshot; what came before is expected to be gone."""
        self.document = Root(raw, DOCUMENT)
        self.register(self.document)
        self.build_children(self.document, takes_scroll=True)

    def node(self, raw: Raw) -> Node | None:
        """Return a new node for what was recorded, hanging nowhere; None for what the replayer cannot make."""
        kind = raw.get("type")
        if kind == ELEMENT:
            node = Node(raw, ELEMENT)
            tag, given = raw.get("tagName"), raw.get("attributes")
            node.tag = tag if isinstance(tag, str) else ""
            node.attributes = given if isinstance(given, dict) else NO_ATTRIBUTES
            if raw.get("isShadowHost"):
                self.shadow_of(node)
            if node.tag in MINDED:
                self.came.append(node)
        elif kind in (TEXT, COMMENT):
            node = Node(raw, TEXT if kind == TEXT else COMMENT)
            node.text = raw.get("textContent")
        elif kind == DOCTYPE:
            node = Node(raw, DOCTYPE)
        else:
            return None
        self.register(node)
        return node

    def register(self, node: Node) -> None:
        was = self.ids.get(node.id)
        if was is not None:
            self.disown(was)
        self.ids[node.id] = node
        self.nodes += 1
        self.weigh(weight_of(node))
        if self.nodes > MAX_NODES:
            raise TooLarge("nodes")

    def disown(self, node: Node) -> None:
        """A node stays where it is, and no event can speak of it any more."""
        if self.ids.get(node.id) is node:
            del self.ids[node.id]
        while self.own_id in self.ids:
            self.own_id -= 1
        node.id = self.own_id
        self.ids[node.id] = node

    def weigh(self, characters: int) -> None:
        self.weight += characters
        if self.weight > MAX_WEIGHT:
            raise TooLarge("bytes")

    def work(self, steps: int) -> None:
        """Count steps that grow with the page rather than with the event."""
        self.effort += steps
        if self.effort > MAX_EFFORT:
            raise TooLarge("work")

    def rest(self) -> None:
        """Another event: it may take its share of steps."""
        self.effort = max(0, self.effort - EFFORT_PER_EVENT)

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
            if not isinstance(recorded, list) or says_its_text(parent):
                continue
            under: list[Node] = []
            for raw in recorded:
                if not isinstance(raw, dict):
                    continue
                child = self.built(raw)
                if child is None:
                    continue
                into: Node = self.shadow_of(parent) if raw.get("isShadow") and parent.shadow else parent
                if child.parent is not None or child.first is not None:
                    if self.is_within(parent, child):
                        continue
                    unlink(child)
                elif child.kind == ELEMENT and raw.get("childNodes"):
                    under.append(child)
                insert(into, child, None)
                if child.kind == ELEMENT:
                    take_scroll(child, keeps=takes_scroll)
            stack.extend(reversed(under))

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
        """Nothing of this subtree is there any more."""
        for each in subtree(node):
            if each.kind == SHADOW:
                continue
            if self.ids.get(each.id) is each:
                del self.ids[each.id]
            self.nodes -= 1
            self.weight -= weight_of(each)
            if each.tag in MINDED:
                self.modals.pop(each, None)
                self.radios.get(each.attributes.get("name"), {}).pop(each, None)

    def replace(self, node: Node, raw: Raw) -> Node:
        """Put a new node in the place of one that stands in the page."""
        parent, following = node.parent, node.next
        assert parent is not None
        self.remove(node)
        new = self.node(raw)
        assert new is not None
        insert(parent, new, following)
        return new

    def is_within(self, node: Node, ancestor: Node) -> bool:
        """Whether `ancestor` contains `node`; walking far is counted."""
        steps = 0
        at: Node | None = node
        while at is not None and at is not ancestor:
            at = at.parent
            steps += 1
        self.work(steps)
        return at is not None

    def is_connected(self, node: Node) -> bool:
        steps = 0
        at: Node | None = node
        while at is not None and at is not self.document:
            at = above(at)
            steps += 1
        self.work(steps)
        return at is not None


def says_its_text(node: Node) -> bool:
    """Whether the replayer passes over an element's recorded children: a textarea's value says them."""
    return node.tag == "textarea" and isinstance(node.attributes.get("value"), str)


def take_scroll(node: Node, *, keeps: bool) -> None:
    """Read how far an element was scrolled; the replayer minds it in full snapshots only."""
    given = node.attributes
    if "rr_scrollLeft" not in given and "rr_scrollTop" not in given:
        return
    node.attributes = {name: value for name, value in given.items() if name not in ("rr_scrollLeft", "rr_scrollTop")}
    if keeps and node.tag not in WINDOWS:
        node.more.scroll = (given.get("rr_scrollLeft", 0), given.get("rr_scrollTop", 0))


def weight_of(node: Node) -> int:
    """Return about how many characters a node holds."""
    weight = 64 if node.raw.keys() <= KNOWN else 64 + sum(size_of(value) for key, value in node.raw.items() if key not in KNOWN)
    if node.kind == ELEMENT:
        for name, value in node.attributes.items():
            weight += len(name) + (len(value) if isinstance(value, str) else size_of(value))
        return weight
    return weight + (len(node.text) if isinstance(node.text, str) else size_of(node.text))


def size_of(value: Any) -> int:
    """Return about how many characters something takes."""
    return 16 if value is None or isinstance(value, bool | int | float) else len(str(value))


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
