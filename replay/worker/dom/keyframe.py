"""A keyframe: the events that build a page from nothing, as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import dialogs, fields
from .nodes import CSS, Node, Raw, Root, subtree
from .schema import ADOPTED_STYLE_SHEET, ELEMENT, FULL_SNAPSHOT, INCREMENTAL, INPUT, MAX_DEPTH, MUTATION, SCROLL, SHADOW, TEXT
from .tree import Tree


def write(tree: Tree, snapshot: Raw, at_ms: float) -> Iterator[Raw]:
    """Yield a full snapshot, then what it cannot say: frames, nodes too deep to nest, rules, values, scroll."""
    assert tree.document is not None
    writer = Writer(tree, at_ms)
    left, top = tree.document.live.scroll if tree.document.live and tree.document.live.scroll else (0, 0)
    node = writer.document(tree.document)
    data = {**snapshot, "node": node, "initialOffset": {"left": left, "top": top}}
    yield {"type": FULL_SNAPSHOT, "timestamp": at_ms, "data": data}
    for said in writer.rest():
        yield {"type": INCREMENTAL, "timestamp": at_ms, "data": said}


class Writer:
    """Writes one keyframe."""

    def __init__(self, tree: Tree, at_ms: float) -> None:
        self.tree = tree
        self.at_ms = at_ms
        self.frames: list[Root] = []
        self.roots: list[Root] = []  # documents and shadow roots, each before those inside it
        self.deep: list[Raw] = []
        self.live = [node for node in subtree(tree.document) if node.live is not None] if tree.document else []
        self.late: dict[Node, Raw] = {}  # attributes that have to be written after the snapshot
        dialogs.in_order(tree, self.late)
        self.inputs = fields.fixes(tree, self.live, self.late)

    def document(self, top: Root) -> Raw:
        """Return a document as rrweb writes it; what it cannot hold is gathered on the way."""
        said: Raw = {**top.raw, "id": top.id, "childNodes": []}
        self.roots.append(top)
        stack: list[tuple[Node, list[Raw], int]] = [(top, said["childNodes"], 0)]
        while stack:
            parent, into, depth = stack.pop()
            is_shadow = parent.kind == SHADOW
            child = parent.first
            while child is not None:
                raw = self.element(child) if child.kind == ELEMENT else leaf(child)
                if is_shadow != bool(raw.get("isShadow")):
                    raw = {**raw, "isShadow": is_shadow}
                if depth < MAX_DEPTH:
                    into.append(raw)
                else:
                    holder = parent.owner if isinstance(parent, Root) else parent
                    self.deep.append({"parentId": holder.id if holder else None, "nextId": None, "node": raw})
                if child.kind == ELEMENT:
                    if child.live is not None:
                        self.gather(child, raw, stack, depth)
                    if child.first is not None:
                        stack.append((child, raw["childNodes"], depth + 1))
                child = child.next
        return said

    def gather(self, node: Node, raw: Raw, stack: list[tuple[Node, list[Raw], int]], depth: int) -> None:
        """Note what stands behind an element."""
        live = node.live
        assert live is not None
        if live.content is not None:
            self.frames.append(live.content)
        if live.shadow is not None:
            raw["isShadowHost"] = True
            self.roots.append(live.shadow)
            stack.append((live.shadow, raw["childNodes"], depth + 1))

    def element(self, node: Node) -> Raw:
        """Return an element without its children."""
        attributes = node.attributes
        if node.live is not None and node.live.media is not None:
            attributes = {**attributes, **node.live.media.attributes(self.at_ms)}
        if node in self.late:
            attributes = {name: value for name, value in attributes.items() if name not in self.late[node]}
        said = {**node.raw, "attributes": attributes, "childNodes": []}
        if said.get("id") != node.id:
            said["id"] = node.id
        return said

    def rest(self) -> Iterator[Raw]:
        """Yield the data of all that follows the snapshot."""
        for frame in self.frames:  # grows while it is walked: frames in frames
            owner = frame.owner
            add = {"parentId": owner.id if owner else None, "nextId": None, "node": self.document(frame)}
            yield mutation(adds=[add], isAttachIframe=True)
        if self.deep:
            yield mutation(adds=self.deep)
        if waiting := [add for add in self.tree.waiting if add.get("parentId") not in self.tree.ids]:
            yield mutation(adds=waiting)
        styled = [
            {"id": node.id, "attributes": {"style": dict(live.style)}}
            for node in self.live
            if (live := node.live) and live.style
        ]
        if styled:
            yield mutation(attributes=styled)
        yield from self.sheets()
        for data in self.inputs:
            yield {"source": INPUT, **data}
        if self.late:
            yield mutation(attributes=[{"id": node.id, "attributes": said} for node, said in self.late.items()])
        for node in self.live:
            if node.live is not None and node.live.canvas:
                yield from node.live.canvas
        for node in self.live:
            if node.live is not None and node.live.scroll is not None and node.live.scroll != (0, 0):
                yield {"source": SCROLL, "id": node.id, "x": node.live.scroll[0], "y": node.live.scroll[1]}

    def sheets(self) -> Iterator[Raw]:
        """Yield the sheets that scripts made, who adopts them, and what was done to any sheet."""
        for root in self.roots:
            own = {key: sheet for key, sheet in self.tree.sheets.items() if sheet.home is root}
            if own or root.adopted:
                styles = [{"styleId": key, "rules": sheet.rules} for key, sheet in own.items()]
                host = root.owner if root.kind == SHADOW else root
                data = {"source": ADOPTED_STYLE_SHEET, "id": host.id if host else None, "styleIds": list(root.adopted)}
                yield {**data, "styles": styles} if styles else data
        for key, sheet in self.tree.sheets.items():
            yield from sheet.events({"styleId": key})
        for node in self.live:
            if node.live is not None and node.live.sheet is not None:
                yield from node.live.sheet.events({"id": node.id})


def mutation(**parts: Any) -> Raw:
    empty: Raw = {"source": MUTATION, "texts": [], "attributes": [], "removes": [], "adds": []}
    return {**empty, **parts}


def leaf(node: Node) -> Raw:
    """Return a node that is no element; one that has not changed is what was recorded."""
    raw = node.raw
    if node.text is raw.get("textContent") and node.id is raw.get("id") and node.tag != CSS:
        return raw
    said = {**raw, "id": node.id}
    if node.kind == TEXT or node.text is not None:
        said["textContent"] = node.text
    if node.tag == CSS:
        said["isStyle"] = True
    return said
