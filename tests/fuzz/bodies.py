"""Fuzzed: what opens bodies, and what opens the objects in which the store keeps them."""

from __future__ import annotations

from replay.store import pack
from replay.wire import codec
from replay.wire.errors import ChunkRefused, Code
from replay.wire.frames import Codec
from tests.fuzz.choices import Choices


def inflate(data: bytes) -> None:
    """The inflater: exactly what was claimed, or a refusal; never more than was claimed."""
    choices = Choices(data)
    way, kind, claimed = choices.byte() % 5, choices.byte() % 6, choices.number(2)
    body = choices.rest()
    if way == 0:
        _inflated(kind, body, claimed)
        return
    raw = body * (claimed % 64) if way == 1 else body
    whole = packed = codec.deflate(raw)
    if way == 2:
        claimed = len(raw)
    if way == 3:
        packed = whole[: claimed % (len(whole) + 1)]
    if way == 4:
        packed = whole + (codec.deflate(body) if claimed % 2 else body)
    is_honest = packed == whole and claimed == len(raw)
    assert _inflated(Codec.JSON_GZIP, packed, claimed) == (raw if is_honest else None), "refused, or let in, against the rule"


def _inflated(kind: int, body: bytes, claimed: int) -> bytes | None:
    try:
        raw = codec.inflate(kind, body, claimed)
    except ChunkRefused as refused:
        assert refused.code in (Code.BAD_CODEC, Code.INFLATED_TOO_LARGE)
        return None
    if kind == Codec.JSON_GZIP:
        assert len(raw) == claimed, "not as many bytes as were claimed"
    return raw


def packs(data: bytes) -> None:
    """What a store gives back for a pack: its frames, or the word that it is none."""
    choices = Choices(data)
    if choices.byte() % 2:
        whole, _ = pack.build([("shop", choices.take(choices.byte())), ("blog", choices.take(choices.byte()))])
        at = choices.number(2) % len(whole)
        data = whole[:at] + choices.rest()[:64] + whole[at + choices.byte() :]
    try:
        assert all(isinstance(each, bytes) for _, each in pack.read(data))
    except pack.BadPack:
        pass
