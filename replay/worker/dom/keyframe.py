"""A keyframe: the events that build a page from nothing, as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .nodes import Node, Raw, Root, subtree
from .schema import ELEMENT, FULL_SNAPSHOT, INCREMENTAL, INPUT, MAX_DEPTH, MUTATION, SCROLL, SHADOW
from .tree import Tree


def write(tree: Tree, snapshot: Raw, at_ms: float) -> list[Raw]:
    """Return a full snapshot and what it cannot say: frames, deep nodes, style properties, values, scroll."""
    assert tree.document is not None
    root = tree.document
    frames: list[Root] = []
    deep: list[Raw] = []
    left, top = root.live.scroll if root.live and root.live.scroll else (0, 0)
    node = written(root, frames, deep)
    said = [
        {
            "type": FULL_SNAPSHOT,
            "timestamp": at_ms,
            "data": {**snapshot, "node": node, "initialOffset": {"left": left, "top": top}},
        }
    ]
    for frame in frames:
        assert frame.owner is not None
        add = {"parentId": frame.owner.id, "nextId": None, "node": written(frame, frames, deep)}
        said.append(mutation(at_ms, adds=[add], isAttachIframe=True))
    if deep:
        said.append(mutation(at_ms, adds=deep))
    live = [node for node in subtree(root) if node.live is not None]
    styles = [{"id": node.id, "attributes": {"style": dict(node.live.style)}} for node in live if node.live and node.live.style]
    if styles:
        said.append(mutation(at_ms, attributes=styles))
    said += [incremental(at_ms, data) for data in live_data(live)]
    return said


def live_data(live: list[Node]) -> Iterator[Raw]:
    for node in live:
        if node.live and node.live.input:
            yield {"source": INPUT, **node.live.input, "id": node.id}
    for node in live:
        if node.live and node.live.scroll:
            x, y = node.live.scroll
            yield {"source": SCROLL, "id": node.id, "x": x, "y": y}


def incremental(at_ms: float, data: Raw) -> Raw:
    return {"type": INCREMENTAL, "timestamp": at_ms, "data": data}


def mutation(at_ms: float, **parts: Any) -> Raw:
    empty: Raw = {"source": MUTATION, "texts": [], "attributes": [], "removes": [], "adds": []}
    return incremental(at_ms, {**empty, **parts})


def written(top: Root, frames: list[Root], deep: list[Raw]) -> Raw:
    """Return a document as rrweb writes it; its frames' documents and what lies too deep are added to the lists."""
    said: Raw = {**top.raw, "id": top.id, "childNodes": []}
    stack: list[tuple[Node, list[Raw], int]] = [(top, said["childNodes"], 0)]
    while stack:
        parent, into, depth = stack.pop()
        child = parent.first
        while child is not None:
            raw = one(child, isinstance(parent, Root) and parent.kind == SHADOW)
            if depth < MAX_DEPTH:
                into.append(raw)
            else:
                holder = parent.owner if isinstance(parent, Root) else parent
                assert holder is not None
                deep.append({"parentId": holder.id, "nextId": None, "node": raw})
            if child.kind == ELEMENT:
                live = child.live
                if live is not None:
                    if live.content is not None:
                        frames.append(live.content)
                    if live.shadow is not None:
                        raw["isShadowHost"] = True
                        stack.append((live.shadow, raw["childNodes"], depth + 1))
                if child.first is not None:
                    stack.append((child, raw["childNodes"], depth + 1))
            child = child.next
    return said


def one(node: Node, is_shadow: bool) -> Raw:
    """Return a node without its children; what has not changed is what was recorded."""
    raw = node.raw
    if node.kind == ELEMENT:
        said = {**raw, "attributes": node.attributes, "childNodes": []}
    elif node.text is raw.get("textContent"):
        said = raw
    else:
        said = {**raw, "textContent": node.text}
    if is_shadow != bool(raw.get("isShadow")):
        said = {**said, "isShadow": is_shadow}
    return said
