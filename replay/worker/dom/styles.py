"""The text of <style> elements: rrweb keeps it in `_cssText`, and the replayer spreads it over the texts inside."""

from __future__ import annotations

from .nodes import CSS, Node, insert
from .schema import TEXT
from .tree import Tree

SPLIT = "/* rr_split */"  # rrweb's mark between the texts of one style element


def read_anew(tree: Tree, style: Node) -> None:
    """The browser reads the sheet anew: what scripts did to its rules is gone."""
    if style.live is not None and style.live.sheet is not None:
        tree.weigh(-style.live.sheet.size())
        style.live.sheet = None


def texts_change(tree: Tree, style: Node) -> None:
    """The texts of a style are no longer what was recorded at once: each counts as it stands now."""
    read_anew(tree, style)
    css = style.attributes.get("_cssText")
    if not isinstance(css, str):
        return
    style.attributes = {name: value for name, value in style.attributes.items() if name != "_cssText"}
    if style.first is None:
        text = Node({"type": TEXT, "textContent": css}, TEXT)
        tree.disown(text)
        tree.nodes += 1
        insert(style, text, None)
    texts = [child for child in style.children() if child.kind == TEXT]
    for child, part in zip(texts, splits(css, len(texts)), strict=False):
        child.text, child.tag = part, CSS


def splits(css: str, count: int) -> list[str]:
    """Return the parts for so many texts; what is too much goes to the last.

    >>> splits("a{}/* rr_split */b{}/* rr_split */c{}", 2)
    ['a{}', 'b{}c{}']
    """
    parts = css.split(SPLIT)
    return [*parts[: count - 1], "".join(parts[count - 1 :])] if count and len(parts) > count else parts


def adds_text(tree: Tree, style: Node) -> None:
    """A text comes into a style: the first one takes the whole sheet over (so the replayer does), any other is a change."""
    if style.first is None and style.has("_cssText"):
        read_anew(tree, style)
    else:
        texts_change(tree, style)
