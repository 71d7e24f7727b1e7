"""Attributes as the replayer changes them."""

from __future__ import annotations

from typing import Any

from .nodes import Node, Raw
from .tree import Tree


def change_attributes(tree: Tree, node: Node, changes: Raw) -> None:
    """Apply one node's changes: text sets, null takes away, an object sets single properties of its style."""
    given = node.raw.get("attributes")
    if node.attributes is given or not node.attributes:
        node.attributes = dict(node.attributes)  # what was recorded stays as it was
    for name, value in changes.items():
        if value is None:
            remove_attribute(tree, node, name)
        elif isinstance(value, str):
            set_attribute(tree, node, name, value)
        elif name == "style" and isinstance(value, dict):
            change_style(tree, node, value)


def remove_attribute(tree: Tree, node: Node, name: str) -> None:
    was = node.attributes.pop(name, None)
    tree.weigh(-len(was) if isinstance(was, str) else 0)
    if name == "style":
        forget_style(node)
    if name == "open" and node.is_html("dialog"):
        node.attributes.pop("rr_open_mode", None)


def set_attribute(tree: Tree, node: Node, name: str, value: str) -> None:
    was = node.attributes.get(name)
    node.attributes[name] = value
    tree.weigh(len(value) - (len(was) if isinstance(was, str) else -len(name)))
    if name == "style":
        forget_style(node)


def forget_style(node: Node) -> None:
    """The style attribute is written anew: what was set before it is gone, a blocked element's size too."""
    if node.live is not None:
        node.live.style = {}
    for name in ("rr_width", "rr_height"):
        node.attributes.pop(name, None)


def change_style(tree: Tree, node: Node, changes: dict[str, Any]) -> None:
    """Keep properties in the order in which they were last set: a shorthand and its parts depend on it."""
    style = node.more.style
    for name, value in changes.items():
        if style.pop(name, None) is None:
            tree.weigh(32 + len(name))
        style[name] = value
