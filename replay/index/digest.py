"""From a chunk's log events to what the index keeps of them. Pure: no database, no clock.

What comes in: events that the wire has checked. What goes out: moments, counts and calls, every text cleaned and cut to
its column, so that nothing in here can fail an insert.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from replay.wire import log
from replay.wire.text import clean, clean_tree

MAX_URL: Final = 2048
MAX_TEXT: Final = 300
MAX_NAME: Final = 200  # of a distinct_id
MAX_BAG_BYTES: Final = 8_192  # of one event's properties, kept with its moment
MAX_STACK: Final = 4_000
PAGE_VIEWS: Final = frozenset({"load", "push", "pop"})  # replace and hash change the address, not the page


class Draft(Struct, frozen=True):
    """A moment, before it has a row."""

    event_id: str
    kind: str
    at_ms: float  # stream clock
    text: str
    url: str
    data: dict[str, Any]


class Digest(Struct):
    """What one chunk's log adds to its session."""

    page_url: str = ""  # where the page is after this chunk
    title: str = ""  # empty: not told
    moments: list[Draft] = []
    pages: int = 0
    clicks: int = 0
    rage_clicks: int = 0
    errors: int = 0
    console_errors: int = 0
    failed_requests: int = 0
    custom_events: int = 0
    activity: list[tuple[float, int]] = []  # (stream clock ms, count)
    calls: list[log.Identify | log.Alias] = []
    properties: dict[str, Any] = {}
    gaps: list[log.Gap] = []


def digest(events: Iterable[log.LogEvent], page_url: str = "") -> Digest:
    """Return what these events mean; ``page_url`` is where the page was before them."""
    result = Digest(page_url=clean(page_url, MAX_URL))
    for event in events:
        if reader := _READERS.get(type(event)):
            reader(result, event)
    return result


def _add(result: Digest, event: log.LogEvent, kind: str, text: str, data: dict[str, Any], url: str | None = None) -> None:
    at = result.page_url if url is None else clean(url, MAX_URL)
    told = {key: value for key, value in data.items() if value is not None}
    result.moments.append(Draft(clean(event.id, 40), kind, event.t, clean(text.strip(), MAX_TEXT), at, told))


def _navigation(result: Digest, event: log.Navigation) -> None:
    result.page_url = clean(event.url, MAX_URL)
    result.title = clean(event.title, MAX_TEXT)
    result.pages += event.how in PAGE_VIEWS
    _add(result, event, "navigation", event.url, {"title": result.title, "how": clean(event.how, 20)})


def _click(result: Digest, event: log.Click) -> None:
    result.clicks += 1
    _add(
        result,
        event,
        "click",
        _described(event.element),
        {**_element(event.element), "x": event.x, "y": event.y, "node": event.node},
    )


def _rage_click(result: Digest, event: log.RageClick) -> None:
    result.rage_clicks += 1
    data = {**_element(event.element), "x": event.x, "y": event.y, "node": event.node, "count": event.count}
    _add(result, event, "rage_click", _described(event.element), data)


def _submit(result: Digest, event: log.Submit) -> None:
    _add(result, event, "submit", _described(event.element), {**_element(event.element), "node": event.node})


def _console(result: Digest, event: log.Console) -> None:
    if event.level != "error":
        return
    result.console_errors += 1
    _add(result, event, "console_error", " ".join(event.args), {"stack": _cut(event.stack, MAX_STACK)})


def _error(result: Digest, event: log.Error) -> None:
    result.errors += 1
    text = f"{event.name}: {event.message}" if event.name and event.message else event.name or event.message
    data = {"stack": _cut(event.stack, MAX_STACK), "how": clean(event.how, 20), "source": _cut(event.source, MAX_URL)}
    _add(result, event, "error", text, {**data, "line": event.line, "column": event.column})


def _network(result: Digest, event: log.Network) -> None:
    if not event.failed:
        return
    result.failed_requests += 1
    method = clean(event.method, 20)
    data = {"method": method, "status": event.status, "duration_ms": event.duration_ms, "initiator": clean(event.initiator, 20)}
    _add(result, event, "request_failed", f"{method} {_path(event.url)}", data, event.url)


def _custom(result: Digest, event: log.Custom) -> None:
    result.custom_events += 1
    _add(result, event, "custom", event.name, {"properties": bounded(event.properties)})


def _identify(result: Digest, event: log.Identify) -> None:
    properties = bounded(event.properties)
    anonymous_id = _cut(event.anonymous_id, MAX_NAME)
    call = replace(event, distinct_id=clean(event.distinct_id, MAX_NAME), anonymous_id=anonymous_id, properties=properties)
    result.calls.append(call)
    _add(result, event, "identify", call.distinct_id, {"properties": properties})


def _alias(result: Digest, event: log.Alias) -> None:
    names = {"distinct_id": clean(event.distinct_id, MAX_NAME), "alias": clean(event.alias, MAX_NAME)}
    result.calls.append(replace(event, **names))


def _properties(result: Digest, event: log.Properties) -> None:
    result.properties |= bounded(event.properties)


def _activity(result: Digest, event: log.Activity) -> None:
    if event.count:
        result.activity.append((event.t, event.count))


def _gap(result: Digest, event: log.Gap) -> None:
    result.gaps.append(event)


_READERS: Final[dict[type[log.LogEvent], Callable[[Digest, Any], None]]] = {
    log.Navigation: _navigation,
    log.Click: _click,
    log.RageClick: _rage_click,
    log.Submit: _submit,
    log.Console: _console,
    log.Error: _error,
    log.Network: _network,
    log.Custom: _custom,
    log.Identify: _identify,
    log.Alias: _alias,
    log.Properties: _properties,
    log.Activity: _activity,
    log.Gap: _gap,
}


def bounded(bag: dict[str, Any], most: int = MAX_BAG_BYTES) -> dict[str, Any]:
    """Return the properties cleaned, key by key while they fit into ``most`` bytes of JSON; never half a value.

    >>> bounded({"plan": "pro", "story": "x" * 9000, "seats": 3})
    {'plan': 'pro', 'seats': 3}
    """
    kept: dict[str, Any] = {}
    for key, value in bag.items():
        pair = clean_tree({key: value})
        assert isinstance(pair, dict)
        size = len(json.dumps(pair))
        if size <= most:
            kept |= pair
            most -= size
    return kept


def _described(element: log.Element) -> str:
    """Return what a person would call the element.

    >>> _described(log.Element(tag="button", text="Buy now", selector="main > button"))
    'Buy now'
    >>> _described(log.Element(tag="input", selector="#email"))
    'input #email'
    """
    name = element.text or element.label
    return name or f"{element.tag} {element.selector}".strip()


def _element(element: log.Element) -> dict[str, Any]:
    return {"element": {name: clean(text, 200) for name in log.Element.__struct_fields__ if (text := getattr(element, name))}}


def _cut(text: str | None, most: int) -> str | None:
    return None if text is None else clean(text, most)


def _path(url: str) -> str:
    """Return the path of a URL, or the text itself where it is none.

    >>> _path("https://shop.example/api/cart?x=1")
    '/api/cart'
    """
    try:
        return urlsplit(url).path or url
    except ValueError:
        return url
