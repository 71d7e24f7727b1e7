"""A node of the page, and how nodes hang together. Children are linked, so that one among ten thousand moves at no cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .media import Playback
    from .selects import Choice
    from .sheets import Sheet

Raw = dict[str, Any]  # what was recorded: shared with the event that it came in, and never written to


class Live:
    """What only some nodes have: what stands behind them, and what their markup does not tell."""

    __slots__ = ("canvas", "check", "choice", "content", "drawn", "input", "media", "scroll", "shadow", "sheet", "style")

    def __init__(self) -> None:
        self.shadow: Root | None = None
        self.content: Root | None = None  # the document in a frame
        self.scroll: tuple[Any, Any] | None = None
        self.style: dict[str, Any] | None = None  # properties set one by one since the style attribute was last written
        self.input: Raw | None = None  # the last Input event of a field
        self.check: bool | None = None  # a radio button whose group decided; None: its attribute says
        self.choice: Choice | None = None  # which options of a select are chosen; None: as its markup says
        self.sheet: Sheet | None = None  # what was done to the rules since the text was last written
        self.media: Playback | None = None
        self.canvas: list[Raw] | None = None  # CanvasMutation events since the last whole picture
        self.drawn = 0  # characters of those


class Node:
    """One node; `raw` is what was recorded when it came, `attributes` and `text` what they are now."""

    __slots__ = ("attributes", "first", "id", "kind", "last", "live", "next", "parent", "prev", "raw", "tag", "text")

    def __init__(self, raw: Raw, kind: int) -> None:
        self.raw = raw
        self.kind = kind
        self.id: Any = raw.get("id")
        self.tag = ""  # an element's name; CSS for text that the replayer adapts as a stylesheet
        self.attributes: Raw = NO_ATTRIBUTES
        self.text: Any = None
        self.parent: Node | None = None
        self.first: Node | None = None
        self.last: Node | None = None
        self.prev: Node | None = None
        self.next: Node | None = None
        self.live: Live | None = None

    @property
    def more(self) -> Live:
        """Its live part, made when first asked for."""
        if self.live is None:
            self.live = Live()
        return self.live

    @property
    def shadow(self) -> Root | None:
        return self.live.shadow if self.live else None

    def is_html(self, *tags: str) -> bool:
        """Whether the replayer's element is one of these of HTML (an SVG <style> is not)."""
        return self.tag in tags and not self.raw.get("isSVG")

    def has(self, name: str) -> bool:
        """Whether the replayer's element carries this attribute."""
        return self.attributes.get(name) is not None

    def children(self) -> Iterator[Node]:
        child = self.first
        while child is not None:
            following = child.next
            yield child
            child = following


class Root(Node):
    """A document or a shadow root; `owner` is the element that holds it (None: the page's own document)."""

    __slots__ = ("adopted", "owner")

    def __init__(self, raw: Raw, kind: int, owner: Node | None = None) -> None:
        super().__init__(raw, kind)
        self.owner = owner
        self.adopted: list[Any] = []  # ids of adopted stylesheets


NO_ATTRIBUTES: Raw = {}
CSS = "css"


def above(node: Node) -> Node | None:
    """Return what holds a node: its parent, or the element that a root belongs to."""
    return node.owner if isinstance(node, Root) else node.parent


def root_of(node: Node) -> Node:
    """Return the document or shadow root that a node stands in, or the top of what hangs loose."""
    while node.parent is not None:
        node = node.parent
    return node


def subtree(node: Node) -> Iterator[Node]:
    """Yield a node and all under it, shadow roots and frames too, in the order of the document; no recursion."""
    stack = [node]
    while stack:
        at = stack.pop()
        yield at
        child = at.last
        while child is not None:
            stack.append(child)
            child = child.prev
        live = at.live
        if live is not None:
            if live.content is not None:
                stack.append(live.content)
            if live.shadow is not None:
                stack.append(live.shadow)


def insert(parent: Node, node: Node, before: Node | None) -> None:
    """Put a node that hangs nowhere under `parent`, at its end or before one of its children."""
    prev = parent.last if before is None else before.prev
    node.parent, node.prev, node.next = parent, prev, before
    if prev is None:
        parent.first = node
    else:
        prev.next = node
    if before is None:
        parent.last = node
    else:
        before.prev = node


def unlink(node: Node) -> None:
    """Take a node out of where it hangs, if it does."""
    parent = node.parent
    if parent is None:
        return
    if node.prev is None:
        parent.first = node.next
    else:
        node.prev.next = node.next
    if node.next is None:
        parent.last = node.prev
    else:
        node.next.prev = node.prev
    node.parent = node.prev = node.next = None
