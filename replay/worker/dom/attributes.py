"""Attributes as the replayer changes them."""

from __future__ import annotations

from typing import Any

from . import dialogs, fields, selects
from .nodes import Node, Raw, unlink
from .schema import ELEMENT
from .tree import Tree


def change_attributes(tree: Tree, node: Node, changes: Raw) -> None:
    """Apply one node's changes: text sets, null takes away, an object sets single properties of its style."""
    if node.kind != ELEMENT:
        return
    if isinstance(changes.get("_cssText"), str) and node.is_html("link", "style") and node.parent is not None:
        recorded = node.raw.get("attributes")
        merged = {**(recorded if isinstance(recorded, dict) else {}), **changes}
        tree.replace(node, {**node.raw, "attributes": merged, "childNodes": []})  # the replayer makes a new element of it
        return
    special = SPECIAL.get(node.tag)
    node.attributes = dict(node.attributes)  # what was recorded stays as it was
    for name, value in changes.items():
        if name == "style" and isinstance(value, dict):
            change_style(tree, node, value)
        elif value is None or isinstance(value, str):
            if special is not None:
                special(tree, node, name, value, changes)
            else:
                change(tree, node, name, value)


def change(tree: Tree, node: Node, name: str, value: str | None) -> None:
    """Write or take away one attribute."""
    was = node.attributes.get(name)
    if value is None:
        if name in node.attributes:
            tree.weigh(-len(name) - (len(was) if isinstance(was, str) else 16))
            del node.attributes[name]
    else:
        tree.weigh(len(value) - (len(was) if isinstance(was, str) else -len(name)))
        node.attributes[name] = value
    if name == "style":
        forget_style(node)


def forget_style(node: Node) -> None:
    """The style attribute is written anew: what was set before it is gone, a blocked element's size too."""
    if node.live is not None:
        node.live.style = None
    for name in ("rr_width", "rr_height"):
        node.attributes.pop(name, None)


def change_style(tree: Tree, node: Node, changes: dict[str, Any]) -> None:
    """Keep properties in the order in which they were last set: a shorthand and its parts depend on it."""
    more = node.more
    style = more.style = more.style or {}
    for name, value in changes.items():
        was = style.pop(name, None)
        tree.weigh(len(str(value)) - (len(str(was)) if was is not None else -len(name)))
        style[name] = value


def of_dialog(tree: Tree, node: Node, name: str, value: str | None, changes: Raw) -> None:
    change(tree, node, name, value)
    if name == "open" and value is None:
        dialogs.close(tree, node)
    if name == "rr_open_mode" and value is not None:
        dialogs.apply_mode(tree, node, changes)


def of_option(tree: Tree, node: Node, name: str, value: str | None, changes: Raw) -> None:
    select = selects.select_of(node.parent) if name == "selected" else None
    choice = selects.choice_of(select) if select else None
    was_marked = selects.is_marked(node)
    change(tree, node, name, value)
    if select is None or choice is None or node in choice.dirty or was_marked == selects.is_marked(node):
        return
    if value is None:
        selects.unmark(select, node)
    else:
        selects.mark(select, node)


def of_input(tree: Tree, node: Node, name: str, value: str | None, changes: Raw) -> None:
    regroups = name in ("name", "type", "form")
    if regroups:
        fields.leaves(tree, node)
    change(tree, node, name, value)
    if regroups and fields.is_radio(node):
        fields.enters(tree, node)
    if name == "checked":
        fields.checked_attribute_changed(tree, node)


def of_textarea(tree: Tree, node: Node, name: str, value: str | None, changes: Raw) -> None:
    """Its value is the text inside."""
    if name == "value" and value is not None:
        for child in list(node.children()):
            tree.forget(child)
            unlink(child)
    if name != "value" or value is not None:
        change(tree, node, name, value)


SPECIAL = {"dialog": of_dialog, "input": of_input, "option": of_option, "textarea": of_textarea}
