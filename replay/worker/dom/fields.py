"""What fields hold: Input events, and radio buttons, of which one in a group is on."""

from __future__ import annotations

from typing import Any

from . import selects
from .nodes import Node, Raw, root_of, subtree
from .tree import Tree

# Types whose value is the attribute itself.
VALUE_IS_ATTRIBUTE = ("checkbox", "radio", "hidden", "submit", "button", "reset", "image")


def apply_input(tree: Tree, data: Raw) -> None:
    """Apply an Input event as the replayer does: `checked` is set, then `value`."""
    node = tree.ids.get(data.get("id"))
    if node is None or node.raw.get("isSVG"):
        return
    text = data.get("text")
    if node.tag == "select":
        selects.choose(node, text)
    elif node.tag in ("input", "textarea"):
        node.more.input = {key: data[key] for key in ("text", "isChecked") if key in data}
        tree.weigh(len(text) if isinstance(text, str) else 0)
        if node.tag == "input":
            if type_of(node) in VALUE_IS_ATTRIBUTE and isinstance(text, str):
                node.attributes = {**node.attributes, "value": text}
            if data.get("isChecked") and is_radio(node):
                turn_off_others(tree, node)


def type_of(node: Node) -> str:
    given = node.attributes.get("type")
    return given.lower() if isinstance(given, str) else "text"


def is_radio(node: Node) -> bool:
    return node.is_html("input") and type_of(node) == "radio"


def is_on(node: Node) -> bool:
    live = node.live
    if live is not None and live.input is not None:
        return bool(live.input.get("isChecked"))
    if live is not None and live.check is not None:
        return live.check
    return node.has("checked")


def group_of(node: Node) -> tuple[int, Any]:
    """Return what radio buttons of one group share beside their name: a form, or a root without one."""
    form = node.attributes.get("form")
    if isinstance(form, str):
        return id(root_of(node)), form
    at: Node | None = node
    while at is not None and not at.is_html("form"):
        at = at.parent
    return (id(root_of(node)), None) if at is None else (id(at), None)


def enters(tree: Tree, node: Node) -> None:
    """A radio button comes into the page, or into another group."""
    tree.radios.setdefault(node.attributes.get("name"), {})[node] = None
    if is_on(node):
        turn_off_others(tree, node)


def leaves(tree: Tree, node: Node) -> None:
    for name in (node.attributes.get("name"), node.raw.get("attributes", {}).get("name")):
        tree.radios.get(name, {}).pop(node, None)


def turn_off_others(tree: Tree, node: Node) -> None:
    """Of a group one is on."""
    name = node.attributes.get("name")
    if not isinstance(name, str) or not name:
        return
    others = [each for each in tree.radios.get(name, ()) if each is not node and is_on(each)]
    tree.work(len(tree.radios.get(name, ())))
    if not others:
        return
    group = group_of(node)
    for other in others:
        if group_of(other) == group:
            turn(other, on=False)


def turn(node: Node, *, on: bool) -> None:
    more = node.more
    if more.input is not None:
        more.input = {**more.input, "isChecked": on}
    else:
        more.check = on


def checked_attribute_changed(tree: Tree, node: Node) -> None:
    """The attribute counts for a box that nobody has touched."""
    if node.live is not None and node.live.input is not None:
        return
    if node.live is not None:
        node.live.check = None
    if is_radio(node) and node.has("checked"):
        turn_off_others(tree, node)


def fixes(tree: Tree, live: list[Node], late: dict[Node, Raw]) -> list[Raw]:
    """Return the Inputs that bring newly built fields to what they hold; `late` takes attributes that must come after."""
    said = [fix for node in live if node.live and node.live.choice for fix in selects.fix(node, late)]
    said += [{"id": node.id, **node.live.input} for node in live if node.live and node.live.input]
    for group in touched_groups(tree, live):
        on = next((node for node in group if is_on(node)), None)
        shown = shown_by(group)
        if shown is on:
            continue
        if on is not None:
            late[on] = {"checked": ""}
        elif shown is not None:
            value = shown.attributes.get("value")
            said.append({"id": shown.id, "text": value if isinstance(value, str) else "on", "isChecked": False})
    return sorted(said, key=lambda data: bool(data.get("isChecked")))  # what is on comes last: it turns others off


def touched_groups(tree: Tree, live: list[Node]) -> list[list[Node]]:
    """Return groups of radio buttons in which one was turned off by another, each in the order of the document."""
    names = {node.attributes.get("name") for node in live if node.live and node.live.check is not None}
    groups: dict[Any, list[Node]] = {}
    if names and tree.document is not None:
        for node in subtree(tree.document):
            if is_radio(node) and node.attributes.get("name") in names:
                groups.setdefault((node.attributes.get("name"), group_of(node)), []).append(node)
    return list(groups.values())


def shown_by(group: list[Node]) -> Node | None:
    """Return which of a group is on when all are built anew, and those that were touched have told."""
    told = [node for node in group if node.live and node.live.input]
    if on := [node for node in told if is_on(node)]:
        return on[-1]
    shown = next((node for node in reversed(group) if node.has("checked")), None)
    return None if shown in told else shown
