"""The life of a pack's row: open before its bytes are put, kept with its chunks, or swept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Min

from replay.index.durable import durable_transaction
from replay.index.models import Pack


def open_pack(key: str, size_bytes: int, now: datetime) -> int:
    """Commit the intent to put a pack, and return its row's id."""
    with durable_transaction():
        return Pack.objects.create(key=key, size_bytes=size_bytes, created_at=now).pk


def sweep_stale(now: datetime, older_than: timedelta, most: int = 100) -> list[tuple[int, str]]:
    """Give up packs that stayed open so long that their process must be gone; return (id, key) of all whose bytes may go.

    The row turns ``swept`` under its lock before anybody deletes a byte, so a late transaction finds it swept and stops. The
    bytes go another ``older_than`` later: a put of a process that slept has landed by then (an object that lands after its
    row is forgotten would stay for ever), and readers that were under way have finished.
    """
    with durable_transaction():
        stale = Pack.objects.select_for_update(skip_locked=True).filter(state=Pack.State.OPEN, created_at__lt=now - older_than)
        ids = [pack.pk for pack in stale.order_by("pk")[:most]]
        Pack.objects.filter(pk__in=ids).update(state=Pack.State.SWEPT, swept_at=now)
    gone = Pack.objects.filter(state=Pack.State.SWEPT, swept_at__lt=now - older_than)
    return list(gone.order_by("swept_at").values_list("pk", "key")[:most])


def forget_swept(ids: list[int]) -> None:
    """Remove the rows of packs whose bytes are gone."""
    Pack.objects.filter(pk__in=ids, state=Pack.State.SWEPT).delete()


def open_packs() -> tuple[int, datetime | None]:
    """Return how many packs are open, and since when the oldest is."""
    found = Pack.objects.filter(state=Pack.State.OPEN).aggregate(count=Count("pk"), oldest=Min("created_at"))
    return found["count"], found["oldest"]


def kept_keys(most: int) -> list[str]:
    """Return where the newest packs that are kept lie."""
    return list(Pack.objects.filter(state=Pack.State.KEPT).order_by("-pk").values_list("key", flat=True)[:most])
