"""The life of a volume's row: open while its session is compacted, kept with its segments, or swept.

An open volume is also the claim on its session: who finds one that is young leaves the session to another worker.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from replay.index.durable import durable_transaction
from replay.index.models import Pack, Volume

CLAIMED_AT_MOST: Final = timedelta(minutes=10)  # as the sweeper sees it; a compaction takes seconds


class VolumeSwept(Exception):
    """The volume was given up before its segments got their rows; its bytes are going."""


def give_up(volume_id: int, now: datetime) -> None:
    """Let go of a claim; whether bytes were put nobody may know, so the sweeper has the last word."""
    with durable_transaction():
        Volume.objects.filter(pk=volume_id, state=Pack.State.OPEN).update(state=Pack.State.SWEPT, swept_at=now)


def forget_unput(volume_id: int) -> None:
    """Let go of a claim of which nothing was ever put."""
    Volume.objects.filter(pk=volume_id, state=Pack.State.OPEN).delete()


def sweep_volumes(now: datetime, older_than: timedelta, most: int = 100) -> list[tuple[int, str]]:
    """Give up volumes whose worker must be gone, and those without a segment; return (id, key) of all whose bytes may go.

    As with packs: the row turns ``swept`` under its lock, and the bytes go ``older_than`` later, when readers and late puts
    have ended.
    """
    with durable_transaction():
        stale = Volume.objects.select_for_update(skip_locked=True).filter(
            state=Pack.State.OPEN, created_at__lt=now - older_than
        )
        ids = [volume.pk for volume in stale.order_by("pk")[:most]]
        Volume.objects.filter(pk__in=ids).update(state=Pack.State.SWEPT, swept_at=now)
    gone = Volume.objects.filter(state=Pack.State.SWEPT, swept_at__lt=now - older_than)
    return list(gone.order_by("swept_at").values_list("pk", "key")[:most])


def forget_swept_volumes(ids: list[int]) -> None:
    """Remove the rows of volumes whose bytes are gone."""
    Volume.objects.filter(pk__in=ids, state=Pack.State.SWEPT).delete()


def kept_keys(most: int) -> list[str]:
    """Return where the newest volumes that are kept lie."""
    return list(Volume.objects.filter(state=Pack.State.KEPT).order_by("-pk").values_list("key", flat=True)[:most])
