"""Nodes that are added, in any order: what cannot be placed yet waits for its neighbours, as in the replayer."""

from __future__ import annotations

from typing import Any

from .nodes import Node, Raw, Root, insert, is_within, unlink
from .schema import DOCTYPE, DOCUMENT, ELEMENT, MAX_TRIES
from .tree import Abandoned, Tree, take_scroll


def apply(tree: Tree, added: list[Any]) -> None:
    """Add nodes; those whose parent or next sibling never comes are dropped."""
    queue: list[Raw] = []
    for add in added:
        place(tree, add, queue)
    tries = 0
    while queue:
        waiting, queue = queue, []
        for tree_of_adds in resolve_trees(waiting):
            if tree_of_adds.add.get("parentId") in tree.ids:
                for add in tree_of_adds.in_order():
                    place(tree, add, queue)
        tries += len(waiting)
        if len(queue) >= len(waiting) or tries > MAX_TRIES:
            return


def place(tree: Tree, add: Raw, queue: list[Raw]) -> None:
    """Put one added node in its place, or onto the queue."""
    raw = add.get("node")
    if not isinstance(raw, dict):
        raise Abandoned("an add without a node")
    parent = tree.ids.get(add.get("parentId"))
    if parent is None:
        (tree.waiting if raw.get("type") == DOCUMENT else queue).append(add)
        return
    into: Node = tree.shadow_of(parent) if raw.get("isShadow") else parent
    next_id, previous_id = add.get("nextId"), add.get("previousId")
    following = tree.ids.get(next_id) if next_id else None
    previous = tree.ids.get(previous_id) if previous_id else None
    if following is None and next_id is not None and next_id != -1:
        queue.append(add)
        return
    if raw.get("rootId") and raw["rootId"] not in tree.ids:
        return
    if into.is_html("iframe"):
        tree.attach(into, raw)
        return
    node = tree.built(raw)
    if node is None:
        raise Abandoned("a node that cannot be made")
    put(tree, into, node, previous, following)
    if node.kind == ELEMENT:
        take_scroll(node, keeps=False)
        if node.is_html("iframe"):
            tree.attach_waiting(node)


def put(tree: Tree, into: Node, node: Node, previous: Node | None, following: Node | None) -> None:
    """Insert where the replayer inserts."""
    if is_within(into, node):
        raise Abandoned("a node cannot hold itself")
    make_room(tree, into, node)
    before: Node | None = None
    if previous is not None and previous.next is not None:
        before = previous.next
    elif following is not None and following.parent is not None and is_within(following, into):
        before = following
    if before is node:
        before = node.next
    if before is not None and before.parent is not into:
        raise Abandoned("the next sibling is not a sibling")
    unlink(node)
    insert(into, node, before)


def make_room(tree: Tree, into: Node, node: Node) -> None:
    """A document has one element and one doctype: a new one takes the place of the old."""
    if not isinstance(into, Root) or into.kind != DOCUMENT:
        return
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


def resolve_trees(queue: list[Raw]) -> list[AddTree]:
    """Gather waiting adds into trees, as the replayer does (queueToResolveTrees)."""
    known: dict[Any, AddTree] = {}
    trees: list[AddTree] = []
    for add in queue:
        following = known.get(add.get("nextId")) if add.get("nextId") else None
        parent = following.parent if following else known.get(add.get("parentId"))
        grown = known[add["node"].get("id")] = AddTree(add, parent)
        siblings = parent.children if parent else trees
        if following is None:
            siblings.append(grown)
        else:
            siblings.insert(siblings.index(following), grown)
    return trees
