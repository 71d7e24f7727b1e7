"""Stylesheets, fonts and images."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from replay.accounts.models import Project
from replay.index.assets import read_asset
from replay.index.audit.finding import Finding, Progress, batches
from replay.index.errors import NotFound
from replay.index.models import Asset
from replay.store.base import BlobStore


def audit(store: BlobStore, project: Project | None, progress: Progress) -> Iterator[Finding]:
    """Yield kept assets without their bytes. Those that no session shows are the sweeper's business."""
    rows = Asset.objects.filter(state=Asset.State.KEPT).select_related("project")
    for assets in batches(rows.filter(project=project) if project else rows):
        for asset in assets:
            try:
                read_asset(store, asset.project, asset)
            except NotFound:
                told = f"{asset.project.public_id}: asset {bytes(asset.hash).hex()}"
                yield Finding("bytes_lost", told, "ask pages for it again", partial(want, asset.pk))
            progress.add()


def want(asset_id: int) -> None:
    """Let an asset be sent again by the next page that shows it."""
    Asset.objects.filter(pk=asset_id, state=Asset.State.KEPT).update(state=Asset.State.WANTED, stored_bytes=0)
