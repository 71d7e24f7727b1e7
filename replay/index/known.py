"""What the index knows of a stream before it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from replay.index.models import Moment, Session, Stream


@dataclass(frozen=True, slots=True)
class Known:
    """A session that has been heard of before, and how far one of its streams is kept."""

    secret_hash: bytes
    is_erased: bool
    next_seq: int  # 0 for a stream that is new
    page_url: str  # where the page was when the last kept chunk was cut; empty: not known


def known_stream(project_id: int, session: UUID, stream: str) -> Known | None:
    """Return what is known; None for a new session."""
    row = Session.objects.filter(project_id=project_id, uuid=session).values_list("pk", "secret_hash", "erased_at").first()
    if row is None:
        return None
    session_pk, secret_hash, erased_at = row
    streams = Stream.objects.filter(project_id=project_id, session_id=session_pk, stream_id=stream)
    stream_pk, next_seq = streams.values_list("pk", "next_seq").first() or (None, 0)
    page_url = _page_url(project_id, session_pk, stream_pk) if stream_pk else ""
    return Known(bytes(secret_hash), erased_at is not None, next_seq, page_url)


def _page_url(project_id: int, session_pk: int, stream_pk: int) -> str:
    """Return where the stream's last kept navigation led."""
    moments = Moment.objects.filter(project_id=project_id, session_id=session_pk, stream_id=stream_pk)
    return moments.filter(kind=Moment.Kind.NAVIGATION).order_by("-at", "-id").values_list("url", flat=True).first() or ""
