"""A log for recordings that bring none: what rrweb's events say beside the picture. Pure; the same events, the same log.

| rrweb | log |
|---|---|
| Meta, where the address is another | navigation |
| MouseInteraction, click | click, by the name of what was pressed |
| Plugin ``rrweb/console@1``, ``rrweb/network@1`` | console, network |
| Custom | custom; ``$pageview`` and ``$url_changed`` are navigations, other tags with a ``$`` are a peer's own |
| moves, scrolls, inputs | activity, counted |
"""

from __future__ import annotations

from typing import Any, Final, TypeGuard

import msgspec

from replay.index.interchange.names import Names
from replay.wire.text import clean, clean_tree

MOST_URL: Final = 2048
MOST_WORD: Final = 2_000
MOST_LINES: Final = 50  # of one event of a plugin
_DONE: Final = frozenset({1, 2, 3, 5, 6, 12})  # sources that a person makes: moves, interactions, scroll, input, touch, drag


class Deriver:
    """Reads one stream's events in order. ``page_url`` and the viewport are those of the last Meta."""

    def __init__(self) -> None:
        self.page_url = ""
        self.viewport = (0, 0)
        self._names = Names()
        self._made = 0
        self._done = 0

    def see(self, event: dict[str, Any]) -> list[bytes]:
        """Return the log events that follow from an rrweb event, as JSON."""
        self._names.see(event)
        data = event.get("data")
        if not isinstance(data, dict):
            return []
        kind = event["type"]
        if kind == 3:
            return self._incremental(event, data)
        if kind == 4:
            return self._meta(event, data)
        if kind == 5:
            return self._custom(event, data)
        if kind == 6:
            return self._plugin(event, data)
        return []

    def take_activity(self, ms: float) -> list[bytes]:
        """Return how much was done since the last take."""
        done, self._done = self._done, 0
        return [self._log("activity", ms, count=done)] if done else []

    def _meta(self, event: dict[str, Any], data: dict[str, Any]) -> list[bytes]:
        width, height = data.get("width"), data.get("height")
        if isinstance(width, int | float) and isinstance(height, int | float):
            self.viewport = (int(min(max(width, 0), 100_000)), int(min(max(height, 0), 100_000)))
        return self._went(event, data.get("href"), "load")

    def _went(self, event: dict[str, Any], href: Any, how: str) -> list[bytes]:
        url = clean(href, MOST_URL) if isinstance(href, str) else ""
        if not url or url == self.page_url:  # a checkout says again where the page is
            return []
        self.page_url = url
        return [self._log("navigation", event["timestamp"], url=url, title="", how=how)]

    def _incremental(self, event: dict[str, Any], data: dict[str, Any]) -> list[bytes]:
        source = data.get("source")
        self._done += source in _DONE if isinstance(source, int) else 0
        if source != 2 or data.get("type") != 2:
            return []
        element = msgspec.to_builtins(self._names.element(data.get("id")))
        told = {name: clean(text, 200) for name, text in element.items() if text}
        x, y, node = data.get("x"), data.get("y"), data.get("id")
        place: dict[str, Any] = {"x": x, "y": y} if _is_number(x) and _is_number(y) else {}
        if _is_number(node):
            place["node"] = int(node)
        return [self._log("click", event["timestamp"], element=told, **place)]

    def _custom(self, event: dict[str, Any], data: dict[str, Any]) -> list[bytes]:
        tag, payload = data.get("tag"), data.get("payload")
        if not isinstance(tag, str) or not tag:
            return []
        if tag in ("$pageview", "$url_changed") and isinstance(payload, dict):
            return self._went(event, payload.get("href"), "push")
        if tag.startswith("$"):
            return []
        properties = payload if isinstance(payload, dict) else {} if payload is None else {"value": payload}
        return [self._log("custom", event["timestamp"], name=clean(tag, 200), properties=_small(properties))]

    def _plugin(self, event: dict[str, Any], data: dict[str, Any]) -> list[bytes]:
        plugin, payload = data.get("plugin"), data.get("payload")
        if not isinstance(plugin, str) or not isinstance(payload, dict):
            return []
        if plugin.startswith("rrweb/console@") and isinstance(payload.get("payload"), list):
            said = [clean(str(each), MOST_WORD) for each in payload["payload"][:MOST_LINES]]
            return [self._log("console", event["timestamp"], level=clean(str(payload.get("level")), 20), args=said)]
        if plugin.startswith("rrweb/network@") and isinstance(payload.get("requests"), list):
            return [
                self._request(event, each)
                for each in payload["requests"][:MOST_LINES]
                if isinstance(each, dict) and isinstance(each.get("name") or each.get("url"), str)
            ]
        return []

    def _request(self, event: dict[str, Any], request: dict[str, Any]) -> bytes:
        url = request.get("name") or request.get("url")
        status = request.get("responseStatus", request.get("status"))
        code = int(status) if _is_number(status) and 0 <= status <= 999 else 0
        duration = request.get("duration")
        return self._log(
            "network",
            event["timestamp"],
            url=clean(str(url), MOST_URL),
            initiator=clean(str(request.get("initiatorType") or ""), 20),
            method=clean(str(request.get("method") or "GET"), 20),
            status=code,
            duration_ms=float(duration) if _is_number(duration) and 0 <= duration < 1e9 else 0.0,
            failed=code >= 400,
        )

    def _log(self, kind: str, ms: float, **fields: Any) -> bytes:
        self._made += 1
        return msgspec.json.encode({"type": kind, "id": f"i{self._made}", "t": float(ms), **fields})


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _small(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the properties cleaned where they are small and flat enough to be told beside the picture, else none."""
    try:
        told = clean_tree(properties)
        return told if isinstance(told, dict) and len(msgspec.json.encode(told)) <= 8_192 and not _nests(told, 20) else {}
    except (RecursionError, UnicodeEncodeError):
        return {}


def _nests(value: object, most: int) -> bool:
    level: list[object] = [value]
    for _ in range(most):
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
        ]
        if not level:
            return False
    return True
