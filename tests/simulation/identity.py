"""Who a stream says it is, and the gaps that its page makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from replay.wire import messages
from replay.wire.frames import ChunkHeader, Codec, Flag, make_chunk, parse_header

_WRITE_KEY: Final = "pk_shop_1"
_WINDOW: Final = "89ab89ab89ab89ab"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a hello tells."""

    session: str
    secret: str
    stream: str
    distinct_id: str

    def hello(self, now_ms: float) -> bytes:
        return messages.to_frame(
            messages.Hello(
                v=1,
                write_key=_WRITE_KEY,
                session=self.session,
                secret=self.secret,
                stream=self.stream,
                window=_WINDOW,
                distinct_id=self.distinct_id,
                recorder="0.2.0",
                client_ms=now_ms,
            )
        )


def gap_for(frame: bytes, reason: str, body: str) -> bytes:
    """Return the gap that takes the seq of a chunk's bytes."""
    header = parse_header(frame)
    return gap_at(str(header.session), header.stream, header.seq, header.first_ms, reason, body, header.flags)


def gap_at(session: str, stream: str, seq: int, at_ms: float, reason: str, body: str, flags: int = 0) -> bytes:
    """Return the gap for a seq of which nothing is known."""
    log = f'[{{"id":"gap-{seq}","t":{at_ms},"type":"gap","reason":"{reason}","body":"{body}"}}]'.encode()
    header = ChunkHeader(
        UUID(session),
        stream,
        seq,
        Flag.GAP | (flags & Flag.FINAL),
        log_codec=Codec.JSON,
        log_raw_length=len(log),
        first_ms=at_ms,
        last_ms=at_ms,
        wall_ms=at_ms,
        mono_ms=at_ms,
    )
    return make_chunk(header, b"", log).to_frame()
