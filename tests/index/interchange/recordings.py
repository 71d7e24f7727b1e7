"""Small recordings, said in a line."""

from __future__ import annotations

import io
import json
from typing import Any

from replay.accounts.models import Project
from replay.index.interchange.exporting import Wanted, export_session
from replay.index.interchange.forms import open_recording
from replay.index.interchange.importing import Imported, import_file
from replay.index.interchange.items import Item, Kind
from replay.index.models import Session
from replay.store.base import BlobStore

START_MS = 1_772_366_400_000  # 1 March 2026, noon UTC
MOST_BYTES = 512 * 1024 * 1024


def page(ms: float = START_MS, href: str = "https://shop.example/cart") -> list[dict[str, Any]]:
    """Return a page with a button that says "Pay now"."""
    button = {"type": 2, "tagName": "button", "attributes": {"id": "pay"}, "id": 5, "childNodes": []}
    button["childNodes"] = [{"type": 3, "textContent": "Pay now", "id": 6}]
    body = {"type": 2, "tagName": "body", "attributes": {}, "id": 3, "childNodes": [button]}
    html = {"type": 2, "tagName": "html", "attributes": {}, "id": 2, "childNodes": [body]}
    return [
        {"type": 4, "data": {"href": href, "width": 1280, "height": 720}, "timestamp": ms},
        {"type": 2, "data": {"node": {"type": 0, "childNodes": [html], "id": 1}, "initialOffset": {}}, "timestamp": ms + 1},
    ]


def text(ms: float, value: str) -> dict[str, Any]:
    """Return a change of the button's text."""
    changes = {"source": 0, "texts": [{"id": 6, "value": value}], "attributes": [], "removes": [], "adds": []}
    return {"type": 3, "data": changes, "timestamp": ms}


def click(ms: float, node: int = 6) -> dict[str, Any]:
    return {"type": 3, "data": {"source": 2, "type": 2, "id": node, "x": 10, "y": 20}, "timestamp": ms}


def custom(ms: float, tag: str, payload: Any) -> dict[str, Any]:
    return {"type": 5, "data": {"tag": tag, "payload": payload}, "timestamp": ms}


def lines(events: list[Any]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def own(streams: list[dict[str, Any]], **session: Any) -> bytes:
    """Return a file of our own form."""
    return json.dumps({"format": "playhead.session", "version": 1, "session": session, "streams": streams}).encode()


def items_of(data: bytes) -> list[Item]:
    """Return the items that a file holds."""
    return [told for told in open_recording(io.BytesIO(data)).told if isinstance(told, Item)]


def events_of(data: bytes) -> list[Any]:
    """Return the rrweb events that a file holds, stream by stream as they stand."""
    return [json.loads(item.raw) for item in items_of(data) if item.kind is Kind.DOM]


def bring(store: BlobStore, project: Project, data: bytes, **options: Any) -> Imported:
    return import_file(store, project, [data], **({"most_bytes": MOST_BYTES} | options))


def take(store: BlobStore, imported: Imported, **wanted: Any) -> bytes:
    session = Session.objects.select_related("project").get(uuid=imported.session)
    return b"".join(export_session(store, session.project, session, Wanted(**wanted)))
