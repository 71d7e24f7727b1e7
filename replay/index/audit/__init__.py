"""Whether rows and bytes agree: every row has its bytes, every object its row, every hash is right, no seq is nowhere.

Each part yields a ``Finding`` for what does not fit, and each finding knows how it would be mended. Everything goes on
meanwhile: what looks wrong is looked at again in one view before it is told, and under the locks of writers when it is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from replay.accounts.models import Project
from replay.index.audit import assets, chunks, objects, segments, streams
from replay.index.audit.finding import Finding, Progress
from replay.index.packs import kept_keys
from replay.index.volumes import kept_keys as kept_volume_keys
from replay.store.base import BlobStore

__all__ = ["Finding", "Progress", "audit", "is_ours"]

SAMPLE = 20  # objects

Part = Callable[[BlobStore, Project | None, Progress], Iterator[Finding]]
PARTS: dict[str, Part] = {
    "packs": chunks.audit,
    "volumes": segments.audit,
    "streams": streams.audit,  # after those: what they mend may leave a hole that has no name yet
    "assets": assets.audit,
    "objects": objects.audit,
}


def is_ours(store: BlobStore) -> bool:
    """Say whether some of the newest objects that rows know are there: a slip of the settings must not cost a byte."""
    keys = kept_keys(SAMPLE) + kept_volume_keys(SAMPLE)
    return not keys or any(store.exists(key) for key in keys)


def audit(store: BlobStore, project: Project | None, progress: Progress) -> Iterator[Finding]:
    """Yield all that does not fit, of one project or of all. Raises StoreUnavailable."""
    for name, part in PARTS.items():
        progress.begin(name)
        yield from part(store, project, progress)
