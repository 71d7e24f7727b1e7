"""Nodes that are added, in any order: what cannot be placed yet waits for its neighbours, as in the replayer."""

from __future__ import annotations

from typing import Any

from . import selects, styles
from .frames import attach, mind
from .nodes import Node, Raw, Root, insert, subtree, unlink
from .schema import DOCTYPE, DOCUMENT, ELEMENT, MAX_TRIES, MAX_WAITING, TEXT
from .tree import PARENTS, Abandoned, Tree, take_scroll

NOWHERE = -1  # a neighbour's id in recordings of old: it is not known yet


class Adds:
    """The adds of one event."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.queue: list[Raw] = []
        self.unplaced: dict[Any, tuple[Node, Raw]] = {}  # nodes with a neighbour that is not known yet

    def apply(self, added: list[Any]) -> None:
        """Add nodes; those whose parent or next sibling never comes are dropped."""
        for add in added:
            self.place(add)
        tries = 0
        while self.queue:
            waiting, self.queue = self.queue, []
            trees, steps = resolve_trees(waiting)
            for each in trees:
                if each.add.get("parentId") in self.tree.ids:
                    for add in each.in_order():
                        self.place(add)
            tries += steps
            if len(self.queue) >= len(waiting) or tries > MAX_TRIES:
                break
        for node, _ in self.unplaced.values():
            self.tree.forget(node)

    def place(self, add: Raw) -> None:
        """Put one added node in its place, or onto the queue."""
        tree, raw = self.tree, add.get("node")
        if not isinstance(raw, dict):
            raise Abandoned("an add without a node")
        parent = tree.ids.get(add.get("parentId"))
        if parent is None:
            self.wait(add, raw)
            return
        into: Node = tree.shadow_of(parent) if raw.get("isShadow") else parent
        next_id, previous_id = add.get("nextId"), add.get("previousId")
        following = tree.ids.get(next_id) if next_id else None
        previous = tree.ids.get(previous_id) if previous_id else None
        if following is None and next_id is not None and next_id != NOWHERE:
            self.queue.append(add)
            return
        if raw.get("rootId") and raw["rootId"] not in tree.ids:
            return
        if into.tag == "iframe" and into.is_html("iframe"):
            attach(tree, into, raw)
            return
        node = tree.built(raw) if into.kind in PARENTS else None
        if node is None:
            raise Abandoned("a node that cannot be made, or not there")
        if NOWHERE in (next_id, previous_id):
            self.unplaced[node.id] = (node, add)
            return
        put(tree, into, node, previous, following)
        if previous_id or (next_id and self.unplaced):
            self.place_neighbours(into, node, add)

    def wait(self, add: Raw, raw: Raw) -> None:
        if raw.get("type") != DOCUMENT:
            self.queue.append(add)
        elif len(self.tree.waiting) < MAX_WAITING:
            self.tree.waiting.append(add)

    def place_neighbours(self, into: Node, node: Node, add: Raw) -> None:
        """Place those that waited for this node to be their neighbour (recordings of rrweb 0.x)."""
        stack = [(node, add)]
        while stack:
            at, said = stack.pop()
            for key in ("previousId", "nextId"):
                found = self.unplaced.pop(said.get(key), None)
                if found is not None:
                    put(self.tree, into, found[0], None, at if key == "previousId" else at.next)
                    stack.append(found)


def put(tree: Tree, into: Node, node: Node, previous: Node | None, following: Node | None) -> None:
    """Insert where the replayer inserts."""
    if node.first is not None and tree.is_within(into, node):
        raise Abandoned("a node cannot hold itself")
    make_room(tree, into, node)
    before: Node | None = None
    if previous is not None and previous.next is not None:
        before = previous.next
    elif following is not None and following.parent is not None:
        before = following if following.parent is into or tree.is_within(following, into) else None
    if before is node:
        before = node.next
    if before is not None and before.parent is not into:
        raise Abandoned("the next sibling is not a sibling")
    if node.parent is not None:
        uproot(tree, node)
    options = [node] if node.tag == "option" else list(selects.options(node)) if node.tag == "optgroup" else []
    select = selects.select_of(into) if options else None
    if select is not None:
        selects.choice_of(select)
    insert(into, node, before)
    if select is not None:
        selects.came(select, options)
    if node.kind == ELEMENT:
        take_scroll(node, keeps=False)
        if tree.came:
            mind(tree, node, at_ms=None)


def uproot(tree: Tree, node: Node) -> None:
    """A node that is there already moves: what the browser forgets of it is forgotten."""
    unlink(node)
    for each in subtree(node):
        live = each.live
        if live is not None:
            live.scroll = live.sheet = None
            if live.content is not None:
                tree.forget(live.content)
                live.content = None


def make_room(tree: Tree, into: Node, node: Node) -> None:
    """Some parents hold one of a kind: what is new takes the place of the old."""
    if node.kind == TEXT and into.tag == "textarea":
        for child in [child for child in into.children() if child.kind == TEXT and child is not node]:
            tree.remove(child)
        into.attributes = {name: value for name, value in into.attributes.items() if name != "value"}
    elif into.tag == "style":
        if node.kind == TEXT:
            styles.adds_text(tree, into)
        else:
            styles.texts_change(tree, into)
    elif into.kind == DOCUMENT and isinstance(into, Root):
        make_room_in_document(tree, into, node)


def make_room_in_document(tree: Tree, into: Root, node: Node) -> None:
    """A document has one element and one doctype."""
    first = into.first
    if node.kind == DOCTYPE and first is not None and first.kind == DOCTYPE and first is not node:
        tree.remove(first)
    if node.kind != ELEMENT:
        return
    for child in list(into.children()):
        if child.kind == ELEMENT and child is not node:
            if not node.is_html("html"):
                raise Abandoned("a document has one element")
            tree.remove(child)


class AddTree:
    """An add and those that hang on it."""

    __slots__ = ("add", "children", "parent")

    def __init__(self, add: Raw, parent: AddTree | None) -> None:
        self.add = add
        self.parent = parent
        self.children: list[AddTree] = []

    def in_order(self) -> list[Raw]:
        """Return the adds, each before its children, later siblings first."""
        found, stack = [], [self]
        while stack:
            at = stack.pop()
            found.append(at.add)
            stack.extend(at.children)
        return found


def resolve_trees(queue: list[Raw]) -> tuple[list[AddTree], int]:
    """Gather waiting adds into trees, as the replayer does (queueToResolveTrees); also return how many steps it took."""
    known: dict[Any, AddTree] = {}
    trees: list[AddTree] = []
    steps = len(queue)
    for add in queue:
        following = known.get(add.get("nextId")) if add.get("nextId") else None
        parent = following.parent if following else known.get(add.get("parentId"))
        grown = known[add["node"].get("id")] = AddTree(add, parent)
        siblings = parent.children if parent else trees
        if following is None:
            siblings.append(grown)
        elif steps < MAX_TRIES:
            siblings.insert(siblings.index(following), grown)
            steps += len(siblings)
    return trees, steps
