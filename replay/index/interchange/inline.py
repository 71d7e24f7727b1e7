"""Stylesheets that were kept apart, put back into the events that show them: an export stands alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from replay.accounts.models import Project
from replay.index.assets import find_asset, read_asset
from replay.index.errors import NotFound
from replay.index.models import Session
from replay.store.base import BlobStore
from replay.wire import documents
from replay.wire.assets import REFERENCE, sheet_holders

MOST_SHEETS: Final = 32  # held at once: a page shows few, again and again
NOT_KEPT: Final = "/* This stylesheet was not kept. */"
_MARK: Final = b"playhead-asset:"


class Inliner:
    """Knows one session's stylesheets."""

    def __init__(self, store: BlobStore, project: Project, session: Session) -> None:
        self._store, self._project, self._session = store, project, session
        self._text = lru_cache(MOST_SHEETS)(self._read)

    def write(self, event: dict[str, Any]) -> bytes:
        """Return an event as JSON, with the texts in the place of their references; raise StoreUnavailable."""
        raw = documents.write(event)
        if _MARK not in raw:
            return raw
        for holder in sheet_holders(event):
            if found := REFERENCE.match(holder["_cssText"]):
                holder["_cssText"] = self._text(found.group(1))
        return documents.write(event)

    def _read(self, digest: str) -> str:
        try:
            asset = find_asset(self._project.pk, self._session.pk, bytes.fromhex(digest))
            return read_asset(self._store, self._project, asset).decode(errors="replace")
        except NotFound:
            return NOT_KEPT
