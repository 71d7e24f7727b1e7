"""What a page says of stylesheets, fonts and images, and what it hears (SPEC §9)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from replay.wire import limits
from replay.wire.codec import inflate
from replay.wire.errors import Code, FrameRefused, WireError
from replay.wire.frames import Codec, split_frames
from replay.wire.media import Kind
from replay.wire.text import mend_surrogates

MOST_BYTES: Final[dict[str, int]] = {
    "stylesheet": limits.MAX_STYLESHEET_BYTES,
    "font": limits.MAX_FONT_BYTES,
    "image": limits.MAX_IMAGE_BYTES,
}
REFERENCE: Final = re.compile(r"playhead-asset:([0-9a-f]{64})\Z")  # what stands in `_cssText` for a stylesheet's text
LEAST_SHEET_CHARS: Final = 1_024  # below, a reference and its rows cost more than they save; the recorder's bound
FULL_SNAPSHOT, CHANGE = 2, 3  # the types of rrweb's events that may show a stylesheet


def sheet_holders(event: Any) -> Iterator[dict[str, Any]]:
    """Yield each object in an event that has a stylesheet's text, or a reference in its place, however deep."""
    if not isinstance(event, dict) or event.get("type") not in (FULL_SNAPSHOT, CHANGE):
        return
    todo: list[Any] = [event.get("data")]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            if isinstance(value.get("_cssText"), str):
                yield value
            todo.extend(child for child in value.values() if isinstance(child, dict | list))
        elif isinstance(value, list):
            todo.extend(child for child in value if isinstance(child, dict | list))


def refer(event: Any, kept: frozenset[str]) -> None:
    """Put references in the place of stylesheets' texts in an event, where they are kept by these hashes (hex)."""
    for holder in sheet_holders(event) if kept else ():
        text: str = holder["_cssText"]
        if len(text) < LEAST_SHEET_CHARS:
            continue
        digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        if digest in kept:
            holder["_cssText"] = f"playhead-asset:{digest}"


class Answer(StrEnum):
    """What the server says to one offer."""

    WANTED = "wanted"  # send the bytes
    KNOWN = "known"  # the bytes are here: nothing to send
    LATER = "later"  # not now; another page, or another day
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"  # of one session
    BAD_BYTES = "bad_bytes"  # they do not hold what was offered
    BAD_TYPE = "bad_type"  # they are no stylesheet, font or image


Reason = Literal["unreadable", "too_large", "not_public"]


class Offer(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One asset that a page shows; with a ``codec`` its bytes follow in a frame. Without a hash it says why there is none."""

    hash: Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{64})?\Z")]
    kind: Kind
    url: Annotated[str, Meta(max_length=limits.MAX_ASSET_URL)] = ""
    size: Annotated[int, Meta(ge=0, le=2**31)] = 0  # bytes as the page has them
    codec: int = Codec.EMPTY
    reason: Reason | Literal[""] = ""

    @property
    def digest(self) -> bytes:
        return bytes.fromhex(self.hash)


@dataclass(frozen=True, slots=True)
class Heard:
    """A request: whose it is, what is offered, and the bytes of those offers that bring them."""

    hello: bytes
    offers: list[Offer]
    bodies: dict[int, bytes]  # offer's place → body as sent


_offers: Final = msgspec.json.Decoder(Annotated[list[Offer], Meta(min_length=1, max_length=limits.MAX_OFFERS)])


def parse_request(body: bytes) -> Heard:
    """Return what a request says, or refuse it as ``bad_frame``."""
    frames = split_frames(body, most_bytes=limits.MAX_ASSETS_BYTES, most_frames=limits.MAX_OFFERS + 2)
    if len(frames) < 2 or not frames[0]:
        raise FrameRefused(Code.BAD_FRAME, "no hello, or no offers")
    try:
        offers = _offers.decode(mend_surrogates(frames[1]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FrameRefused(Code.BAD_FRAME, "the offers are not readable") from error
    if any(bool(offer.hash) == bool(offer.reason) for offer in offers):
        raise FrameRefused(Code.BAD_FRAME, "an offer has a hash, or a reason why not")
    brought = [place for place, offer in enumerate(offers) if offer.codec != Codec.EMPTY]
    if len(brought) != len(frames) - 2:
        raise FrameRefused(Code.BAD_FRAME, "not as many bodies as were said to come")
    return Heard(frames[0], offers, dict(zip(brought, frames[2:], strict=True)))


def open_body(offer: Offer, body: bytes) -> bytes | None:
    """Return the bytes that an offer brings; None where they are not what it says."""
    if offer.codec not in (Codec.JSON, Codec.JSON_GZIP):  # as it is, or gzip; whatever the bytes mean
        return None
    try:
        data = inflate(offer.codec, body, offer.size)
    except WireError:
        return None
    return data if data and len(data) == offer.size and hashlib.sha256(data).digest() == offer.digest else None
