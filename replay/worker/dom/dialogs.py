"""Dialogs: open, and which lies over which. The order in which modal ones were opened is in no snapshot."""

from __future__ import annotations

from .nodes import Node, Raw
from .tree import Tree


def apply_mode(tree: Tree, node: Node, changes: Raw | None = None) -> None:
    """Open, close or turn a dialog modal as its attributes say (applyDialogToTopLevel)."""
    was_open, was_modal = node.has("open"), node in tree.modals
    mode = node.attributes.get("rr_open_mode")
    opens = was_open or (changes is not None and isinstance(changes.get("open"), str))
    turns = mode == "non-modal" if was_modal else mode == "modal"
    if (was_open and not turns) or not tree.is_connected(node):
        return
    if was_open:
        tree.modals.pop(node, None)
    if opens:
        node.attributes = {**node.attributes, "open": ""}
        if mode == "modal":
            tree.modals[node] = None


def close(tree: Tree, node: Node) -> None:
    node.attributes.pop("rr_open_mode", None)
    tree.modals.pop(node, None)


def in_order(tree: Tree, late: dict[Node, Raw]) -> None:
    """Let several modal dialogs be opened after the snapshot, one over the other, as they were."""
    if len(tree.modals) > 1:
        for node in tree.modals:
            late[node] = {"open": node.attributes.get("open", ""), "rr_open_mode": "modal"}
