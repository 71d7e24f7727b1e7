"""Objects in the store: each has its row.

Rows are committed before bytes are put and forgotten after bytes are deleted. So an object that is listed, and then has no row,
has none for good: not even one that is being written now.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Final

from replay.accounts.models import Project
from replay.index.audit.finding import ROWS_AT_ONCE, Finding, Progress
from replay.index.models import Asset, Pack, Volume
from replay.store.base import BlobStore
from replay.store.keys import IMPORTS, PACKS, asset_key, asset_of, is_volume_key

ELSEWHERE: Final = (IMPORTS,)  # what imports leave, imports remove


def audit(store: BlobStore, project: Project | None, progress: Progress) -> Iterator[Finding]:
    """Yield objects that no row knows, and such as Playhead never puts."""
    keys = store.keys("")
    while some := list(islice(keys, ROWS_AT_ONCE)):
        mine = [key for key in some if _is_of(key, project)]
        known = _known(mine)
        for key in mine:
            if key in known or key.startswith(ELSEWHERE):
                continue
            if key.startswith(PACKS) or is_volume_key(key) or asset_of(key):
                yield Finding("orphan", key, "delete it", partial(store.delete, key))
            else:
                yield Finding("foreign", key, "leave it: it is none of Playhead's", None)
        progress.add(len(some))


def _is_of(key: str, project: Project | None) -> bool:
    """Say whether an object is to be looked at; packs are everybody's."""
    return project is None or project.public_id in key.split("/")[:2]


def _known(keys: list[str]) -> set[str]:
    known = set(Pack.objects.filter(key__in=keys).values_list("key", flat=True))
    known |= set(Volume.objects.filter(key__in=keys).values_list("key", flat=True))
    assets = [told for key in keys if (told := asset_of(key))]
    rows = Asset.objects.filter(
        project__public_id__in={project for project, _ in assets}, hash__in=[digest for _, digest in assets]
    )
    found = rows.values_list("project__public_id", "hash")
    return known | {asset_key(project, bytes(digest)) for project, digest in found}
