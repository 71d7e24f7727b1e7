"""A mutation as the replayer applies it: removes, adds, texts, attributes, in that order."""

from __future__ import annotations

from typing import Any

from . import selects, styles
from .adds import Adds
from .attributes import change_attributes
from .nodes import CSS, Node, Raw, subtree, unlink
from .schema import COMMENT, TEXT
from .tree import Tree, size_of


def apply_mutation(tree: Tree, data: Raw) -> None:
    """Apply one mutation. May raise Abandoned where the replayer would give the rest of it up."""
    for removed in [each for each in items(data, "removes") if each.get("id") in tree.ids]:
        remove(tree, removed)
    if added := items(data, "adds"):
        Adds(tree).apply(added)
    for changed in last_of_each(items(data, "texts")):
        node = tree.ids.get(changed.get("id"))
        if node is not None and node.kind in (TEXT, COMMENT):
            change_text(tree, node, changed.get("value"))
    for changed in items(data, "attributes"):
        node = tree.ids.get(changed.get("id"))
        if node is not None and isinstance(changed.get("attributes"), dict):
            change_attributes(tree, node, changed["attributes"])


def items(data: Raw, key: str) -> list[Any]:
    """Return the objects of a list, where it is one."""
    given = data.get(key)
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def last_of_each(texts: list[Any]) -> list[Any]:
    """Return the last change of each text."""
    return list({each.get("id"): each for each in texts}.values()) if len(texts) > 1 else texts


def remove(tree: Tree, removed: Raw) -> None:
    node, parent = tree.ids.get(removed.get("id")), tree.ids.get(removed.get("parentId"))
    if node is None or parent is None:
        return
    hangs_in = parent.shadow if removed.get("isShadow") and parent.shadow else parent
    if node.parent is not hangs_in:
        for each in subtree(node):
            tree.disown(each)
        return
    if hangs_in.tag == "style":
        styles.texts_change(tree, hangs_in)
    if node.tag in ("option", "optgroup") and (select := selects.select_of(hangs_in)):
        gone = [node] if node.tag == "option" else list(selects.options(node))
        selects.choice_of(select)
        unlink(node)
        selects.went(select, gone)
    tree.remove(node)


def change_text(tree: Tree, node: Node, value: Any) -> None:
    """Write a text anew; inside a style it is a stylesheet from now on."""
    text = "" if value is None else value
    parent = node.parent
    if parent is not None and parent.tag == "style":
        styles.texts_change(tree, parent)
        if text and not parent.raw.get("isSVG"):
            node.tag = CSS
    tree.weigh(size_of(text) - size_of(node.text))
    node.text = text
