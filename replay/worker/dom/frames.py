"""Documents in frames, and what has to be minded about elements that are new in the page."""

from __future__ import annotations

from . import dialogs, fields
from .media import Playback
from .nodes import Node, Raw, Root, subtree
from .schema import DOCUMENT
from .tree import Abandoned, Tree, is_same


def attach(tree: Tree, frame: Node, raw: Raw) -> None:
    """Open a document in a frame, in place of what it held."""
    if raw.get("type") != DOCUMENT:
        return
    if not tree.is_connected(frame):
        raise Abandoned("a frame outside the page has no document")
    there = tree.ids.get(raw.get("id"))
    if there is not None and is_same(there.raw, raw):
        return  # told twice, first while it was empty: the replayer keeps to the first
    more = frame.more
    if more.content is not None:
        tree.forget(more.content)
    more.content = Root(raw, DOCUMENT, frame)
    tree.register(more.content)
    tree.build_children(more.content)
    mind(tree, more.content)


def mind(tree: Tree, top: Node, *, at_ms: float | None = None) -> None:
    """Mind what came with `top`: frames whose document waits, radio buttons, dialogs; films where `at_ms` is given."""
    came, tree.came = tree.came, []
    if len(came) > 1:  # the last of a group of radio buttons wins, in the order of the document
        fresh = set(came)
        came = [node for node in subtree(top) if node in fresh]
    for node in came:
        if node.tag == "input":
            if fields.is_radio(node):
                fields.enters(tree, node)
        elif node.tag == "iframe":
            attach_waiting(tree, node)
        elif node.tag == "dialog":
            dialogs.apply_mode(tree, node)
        elif at_ms is not None:
            node.more.media = Playback(node, at_ms)


def attach_waiting(tree: Tree, frame: Node) -> None:
    """Open the document that came before its frame, if one did."""
    for add in tree.waiting:
        if add.get("parentId") == frame.id and frame.is_html("iframe"):
            tree.waiting.remove(add)
            attach(tree, frame, add["node"])
            return
