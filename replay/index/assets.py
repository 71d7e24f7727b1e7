"""Stylesheets, fonts and images of a project: offered by pages, kept once by hash, shown to who may see a session.

A row is committed before its bytes are put. Whether bytes are here already is told only of stylesheets and fonts, and of what
the asking session has sent itself: else a public write key could ask which images a project has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final, NamedTuple
from uuid import UUID

import zstandard
from django.db.models import Exists, OuterRef, Sum

from replay.accounts.models import Project
from replay.index.durable import durable_transaction
from replay.index.errors import NotFound
from replay.index.models import Asset, Session, SessionAsset
from replay.store.base import BlobStore
from replay.store.base import NotFound as BlobNotFound
from replay.store.keys import asset_key
from replay.wire import limits
from replay.wire.assets import MOST_BYTES, Answer, Offer
from replay.wire.media import media_type_of
from replay.wire.text import clean

ZSTD_LEVEL: Final = 9
UNUSED_FOR: Final = timedelta(hours=24)  # a page may offer today what it showed yesterday
READERS_FOR: Final = timedelta(minutes=10)  # who began to read may finish


class Form(IntEnum):
    """How an asset's bytes are stored."""

    PLAIN = 0
    ZSTD = 1


class Place(NamedTuple):
    """Where a session shows a kept asset."""

    hash: str  # in hex
    kind: str
    url: str  # empty for a stylesheet that stands in the recording
    size_bytes: int


class Missing(NamedTuple):
    """What a session shows and nobody has."""

    url: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Shown:
    """What a session shows, kept and missing."""

    kept: list[Place]
    missing: list[Missing]


def answer_offers(project_id: int, session: UUID, offers: Sequence[Offer], now: datetime) -> list[Answer]:
    """Note what a session shows, and say for each offer whether its bytes are wanted. Blocks."""
    pk = _session_pk(project_id, session)
    if pk is None:
        return [Answer.LATER] * len(offers)  # its first chunk is not kept yet, or it was erased
    found = _found(project_id, offers)
    links = _links(project_id, pk)
    answers: list[Answer] = []
    notes: list[tuple[Offer, str]] = []  # offer, reason
    for offer in offers:
        answer, reason = _judge(offer, found.get(offer.digest), links)
        if answer in (Answer.WANTED, Answer.KNOWN) and len(links) + len(notes) >= limits.MAX_SESSION_ASSETS:
            answer, reason = Answer.TOO_MANY, None
        answers.append(answer)
        if reason is not None:
            notes.append((offer, reason))
    if any((_link_of(offer, reason, found)) not in links for offer, reason in notes):
        _note(project_id, pk, notes, now)
    return answers


def keep_asset(
    store: BlobStore, project_id: int, public_id: str, session: UUID, offer: Offer, data: bytes, now: datetime
) -> Answer:
    """Keep an asset's bytes, whose hash was checked. Raises ``StoreUnavailable``. Blocks."""
    media_type = media_type_of(offer.kind, data)
    if media_type is None:
        return Answer.BAD_TYPE
    if len(data) > MOST_BYTES[offer.kind]:
        return Answer.TOO_LARGE
    pk = _session_pk(project_id, session)
    if pk is None:
        return Answer.LATER
    links = SessionAsset.objects.filter(project_id=project_id, session_id=pk)
    shown = Asset.objects.filter(pk__in=links.values("asset_id"))
    if (shown.aggregate(sum=Sum("size_bytes"))["sum"] or 0) + len(data) > limits.MAX_SESSION_ASSET_BYTES:
        return Answer.TOO_MANY
    if links.count() >= limits.MAX_SESSION_ASSETS:
        return Answer.TOO_MANY
    _note(project_id, pk, [(offer, "")], now)
    asset = Asset.objects.get(project_id=project_id, hash=offer.digest)
    if asset.state != Asset.State.WANTED:
        return Answer.KNOWN if asset.state == Asset.State.KEPT else Answer.LATER
    packed = zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(data)
    form, stored = (Form.ZSTD, packed) if len(packed) < len(data) else (Form.PLAIN, data)
    store.put(asset_key(public_id, offer.digest), stored)
    with durable_transaction():
        Asset.objects.filter(pk=asset.pk, state=Asset.State.WANTED).update(
            state=Asset.State.KEPT,
            kind=offer.kind,
            media_type=media_type,
            size_bytes=len(data),
            stored_bytes=len(stored),
            codec=form,
        )
    return Answer.KNOWN


def assets_of(project: Project, session: Session) -> Shown:
    """Return what a session shows, in two lists of at most as many as a session may have."""
    links = SessionAsset.objects.filter(project=project, session=session).select_related("asset").order_by("pk")
    kept: list[Place] = []
    missing: list[Missing] = []
    for link in links[: limits.MAX_SESSION_ASSETS]:
        asset = link.asset
        if asset is None:
            missing.append(Missing(link.url, link.kind, link.reason))
        elif asset.state == Asset.State.KEPT:
            kept.append(Place(bytes(asset.hash).hex(), asset.kind, link.url, asset.size_bytes))
        else:
            missing.append(Missing(link.url, asset.kind, "not_sent" if asset.state == Asset.State.WANTED else "swept"))
    return Shown(kept, missing)


def kept_sheets(project_id: int, session_pk: int) -> frozenset[str]:
    """Return the hashes (hex) of the stylesheets that a session shows and that are kept: as long as the session is."""
    links = SessionAsset.objects.filter(project_id=project_id, session_id=session_pk)
    kept = links.filter(asset__state=Asset.State.KEPT, asset__kind="stylesheet").values_list("asset__hash", flat=True)
    return frozenset(bytes(digest).hex() for digest in kept[: limits.MAX_SESSION_ASSETS] if digest)


def find_asset(project_id: int, session_pk: int, digest: bytes) -> Asset:
    """Return an asset that a session shows, and that is kept; raise NotFound."""
    links = SessionAsset.objects.filter(project_id=project_id, session_id=session_pk, asset=OuterRef("pk"))
    found = Asset.objects.filter(Exists(links), project_id=project_id, hash=digest, state=Asset.State.KEPT).first()
    if found is None:
        raise NotFound(digest.hex())
    return found


def find_shown(session_pk: int, digest: bytes) -> Asset:
    """Return an asset as ``find_asset`` does, with its project, of a session that was not erased; raise NotFound."""
    session = Session.objects.filter(pk=session_pk, erased_at=None).select_related("project").first()
    if session is None:
        raise NotFound(str(session_pk))
    asset = find_asset(session.project_id, session.pk, digest)
    asset.project = session.project
    return asset


def read_asset(store: BlobStore, project: Project, asset: Asset) -> bytes:
    """Return an asset's bytes as the page had them; raise NotFound where they are gone or wrong, StoreUnavailable."""
    try:
        data = store.get(asset_key(project.public_id, bytes(asset.hash)))
        if asset.codec == Form.ZSTD:
            data = zstandard.ZstdDecompressor().decompress(data, max_output_size=asset.size_bytes)
    except (BlobNotFound, zstandard.ZstdError) as error:
        raise NotFound(bytes(asset.hash).hex()) from error
    if hashlib.sha256(data).digest() != bytes(asset.hash):
        raise NotFound(bytes(asset.hash).hex())
    return data


def sweep_unused(now: datetime, unused_for: timedelta = UNUSED_FOR, most: int = 200) -> list[tuple[int, str]]:
    """Give up assets that no session shows; return (id, key) of all whose bytes may go now.

    The row is locked first and looked for in a query of its own after that: who shows it meanwhile holds it back.
    """
    used = SessionAsset.objects.filter(asset=OuterRef("pk"))
    with durable_transaction():
        old = Asset.objects.exclude(state=Asset.State.SWEPT).filter(~Exists(used), created_at__lt=now - unused_for)
        ids = list(old.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)[:most])
        Asset.objects.filter(~Exists(used), pk__in=ids).update(state=Asset.State.SWEPT, swept_at=now)
    gone = Asset.objects.filter(state=Asset.State.SWEPT, swept_at__lt=now - READERS_FOR).select_related("project")
    with durable_transaction():
        Asset.objects.filter(Exists(used), pk__in=list(gone.values_list("pk", flat=True)), stored_bytes__gt=0).update(
            state=Asset.State.KEPT, swept_at=None
        )
    return [(asset.pk, asset_key(asset.project.public_id, bytes(asset.hash))) for asset in gone.order_by("swept_at")[:most]]


def forget_swept(ids: Sequence[int]) -> None:
    """Remove the rows of assets whose bytes are gone; one that a session came to show meanwhile is wanted again."""
    used = SessionAsset.objects.filter(asset=OuterRef("pk"))
    with durable_transaction():
        swept = Asset.objects.filter(pk__in=ids, state=Asset.State.SWEPT)
        list(swept.select_for_update().order_by("pk").values_list("pk"))
        swept.filter(Exists(used)).update(state=Asset.State.WANTED, swept_at=None)
        swept.filter(~Exists(used)).delete()


def _session_pk(project_id: int, session: UUID) -> int | None:
    found = Session.objects.filter(project_id=project_id, uuid=session, erased_at=None)
    return found.values_list("pk", flat=True).first()


Link = tuple[int | None, str]  # asset's id, url


def _links(project_id: int, session_pk: int) -> set[Link]:
    links = SessionAsset.objects.filter(project_id=project_id, session_id=session_pk)
    return set(links.values_list("asset_id", "url")[: limits.MAX_SESSION_ASSETS])


def _found(project_id: int, offers: Sequence[Offer]) -> dict[bytes, Asset]:
    hashes = [offer.digest for offer in offers if offer.hash]
    return {bytes(asset.hash): asset for asset in Asset.objects.filter(project_id=project_id, hash__in=hashes)}


def _link_of(offer: Offer, reason: str, found: dict[bytes, Asset]) -> Link:
    asset = found.get(offer.digest) if offer.hash and not reason else None
    return (asset.pk if asset else (None if reason else -1)), _url(offer)


def _url(offer: Offer) -> str:
    return clean(offer.url, limits.MAX_ASSET_URL) if offer.url.isascii() else ""


def _judge(offer: Offer, asset: Asset | None, links: set[Link]) -> tuple[Answer, str | None]:
    """Return the answer, and the reason to note with the link; None where nothing is noted."""
    if offer.reason:
        return Answer.KNOWN, offer.reason
    if offer.size > MOST_BYTES[offer.kind]:
        return Answer.TOO_LARGE, "too_large"
    if (asset.kind if asset else offer.kind) == "image" or offer.kind == "image":
        is_own = asset is not None and any(pk == asset.pk for pk, _ in links)
        return (Answer.KNOWN, "") if is_own and asset and asset.state == Asset.State.KEPT else (Answer.WANTED, None)
    if asset is None or asset.state == Asset.State.WANTED:
        return Answer.WANTED, ""
    return (Answer.KNOWN if asset.state == Asset.State.KEPT else Answer.LATER), ""


def _note(project_id: int, session_pk: int, notes: Sequence[tuple[Offer, str]], now: datetime) -> None:
    """Commit which assets a session shows, and where; assets that are new are wanted from now on."""
    shown = {offer.digest: offer for offer, reason in notes if not reason}
    scope = {"project_id": project_id, "created_at": now}
    with durable_transaction():
        Asset.objects.bulk_create(
            [Asset(hash=digest, kind=offer.kind, **scope) for digest, offer in sorted(shown.items())], ignore_conflicts=True
        )
        assets = dict(Asset.objects.filter(project_id=project_id, hash__in=list(shown)).values_list("hash", "pk"))
        ids = {bytes(digest): pk for digest, pk in assets.items()}
        links = [
            SessionAsset(
                session_id=session_pk,
                asset_id=None if reason else ids[offer.digest],
                kind=offer.kind if reason else "",
                reason=reason,
                url=_url(offer),
                **scope,
            )
            for offer, reason in notes
            if reason or offer.digest in ids
        ]
        SessionAsset.objects.bulk_create(links, ignore_conflicts=True)
