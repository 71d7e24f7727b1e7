"""What the nodes of a recorded page are called: just enough to say what was clicked. Pure, bounded."""

from __future__ import annotations

from typing import Any, Final

from replay.wire.log import Element

MOST_NODES: Final = 200_000  # of those that come after, nothing is known
TEXT_CHARS: Final = 80
TEXT_REACHES: Final = 3  # a text names its element and what is around it: <button><span>Pay</span></button>
CLIMBS: Final = 5
_PRESSED: Final = frozenset({"a", "button", "label", "summary", "option", "input", "select", "textarea"})
_MUTE: Final = frozenset({"style", "script", "noscript", "template"})


class _Node:
    __slots__ = ("attributes", "parent", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, Any], parent: int | None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.text = ""


class Names:
    """Follows full snapshots and additions; whatever is odd is passed over."""

    def __init__(self) -> None:
        self._nodes: dict[int, _Node] = {}

    def see(self, event: dict[str, Any]) -> None:
        """Learn from an rrweb event."""
        data = event.get("data")
        if not isinstance(data, dict):
            return
        if event["type"] == 2:
            self._nodes.clear()
            self._learn(data.get("node"), None)
        elif event["type"] == 3 and data.get("source") == 0 and isinstance(data.get("adds"), list):
            for add in data["adds"]:
                if isinstance(add, dict) and isinstance(add.get("parentId"), int):
                    self._learn(add.get("node"), add["parentId"])

    def element(self, node_id: object) -> Element:
        """Return how a person would call a node: the button or link that it belongs to."""
        node = self._nodes.get(node_id) if isinstance(node_id, int) else None
        if node is None:
            return Element()
        pressed: _Node | None = node
        for _ in range(CLIMBS):
            if pressed is None or pressed.tag in _PRESSED or pressed.attributes.get("role") in ("button", "link"):
                break
            pressed = self._nodes.get(pressed.parent) if pressed.parent is not None else None
        node = pressed or node
        said = {name: str(node.attributes[name])[:200] for name in ("role", "id") if isinstance(node.attributes.get(name), str)}
        labels = (node.attributes.get(name) for name in ("aria-label", "title", "placeholder", "value", "alt"))
        label = next((each[:TEXT_CHARS] for each in labels if isinstance(each, str) and each.strip()), "")
        return Element(tag=node.tag, text=" ".join(node.text.split()), label=label, **said)

    def _learn(self, top: Any, parent: int | None) -> None:
        todo: list[tuple[Any, int | None]] = [(top, parent)]
        while todo and len(self._nodes) < MOST_NODES:
            node, above = todo.pop()
            if not isinstance(node, dict):
                continue
            own, kind = node.get("id"), node.get("type")
            if kind == 3:
                self._read(node.get("textContent"), above)
            if not isinstance(own, int):
                continue
            attributes = node.get("attributes")
            tag = node.get("tagName")
            self._nodes[own] = _Node(
                tag[:40] if isinstance(tag, str) else "", attributes if isinstance(attributes, dict) else {}, above
            )
            children = node.get("childNodes")
            if isinstance(children, list):
                todo.extend((child, own) for child in reversed(children))

    def _read(self, text: Any, parent: int | None) -> None:
        if not isinstance(text, str) or not text.strip():
            return
        for _ in range(TEXT_REACHES):
            node = self._nodes.get(parent) if parent is not None else None
            if node is None or node.tag in _MUTE or len(node.text) >= TEXT_CHARS:
                return
            node.text = f"{node.text} {text[:TEXT_CHARS]}"[:TEXT_CHARS]
            parent = node.parent
