"""A mutation as the replayer applies it: removes, adds, texts, attributes, in that order."""

from __future__ import annotations

from typing import Any

from . import adds
from .attributes import change_attributes
from .nodes import Node, Raw
from .schema import COMMENT, TEXT
from .tree import Tree


def apply_mutation(tree: Tree, data: Raw) -> None:
    """Apply one mutation. May raise Abandoned where the replayer would give the rest of it up."""
    for removed in [each for each in items(data, "removes") if each.get("id") in tree.ids]:
        remove(tree, removed)
    adds.apply(tree, items(data, "adds"))
    for changed in last_of_each(items(data, "texts")):
        change_text(tree, changed)
    for changed in items(data, "attributes"):
        node = tree.ids.get(changed.get("id"))
        if node is not None and isinstance(changed.get("attributes"), dict):
            change_attributes(tree, node, changed["attributes"])


def items(data: Raw, key: str) -> list[Any]:
    """Return the objects of a list, where it is one."""
    given = data.get(key)
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def remove(tree: Tree, removed: Raw) -> None:
    node, parent = tree.ids.get(removed.get("id")), tree.ids.get(removed.get("parentId"))
    if node is None or parent is None:
        return
    hangs_in = parent.shadow if removed.get("isShadow") and parent.shadow else parent
    if node.parent is hangs_in:
        tree.remove(node)
    else:
        tree.forget(node)  # it stays where it is, and nothing can be said of it any more


def last_of_each(texts: list[Any]) -> list[Any]:
    """Return the last change of each text."""
    return list({each.get("id"): each for each in texts}.values()) if len(texts) > 1 else texts


def change_text(tree: Tree, changed: Raw) -> None:
    node = tree.ids.get(changed.get("id"))
    if node is None:
        return
    value = changed.get("value")
    if node.kind in (TEXT, COMMENT):
        set_text(tree, node, value if value is not None else "")


def set_text(tree: Tree, node: Node, text: Any) -> None:
    was = len(node.text) if isinstance(node.text, str) else 0
    node.text = text
    tree.weigh((len(text) if isinstance(text, str) else 0) - was)
