"""What the index knows of a stream before it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from replay.index.models import Session, Stream


@dataclass(frozen=True, slots=True)
class Known:
    """A session that has been heard of before, and how far one of its streams is kept."""

    secret_hash: bytes
    is_erased: bool
    next_seq: int  # 0 for a stream that is new


def known_stream(project_id: int, session: UUID, stream: str) -> Known | None:
    """Return what is known; None for a new session."""
    row = Session.objects.filter(project_id=project_id, uuid=session).values_list("pk", "secret_hash", "erased_at").first()
    if row is None:
        return None
    session_pk, secret_hash, erased_at = row
    streams = Stream.objects.filter(project_id=project_id, session_id=session_pk, stream_id=stream)
    return Known(bytes(secret_hash), erased_at is not None, streams.values_list("next_seq", flat=True).first() or 0)
