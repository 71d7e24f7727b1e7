"""The pack can be read with nothing else at hand, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.store import pack


@given(st.lists(st.tuples(st.text("abc2345", min_size=1, max_size=10), st.binary(min_size=1, max_size=300)), max_size=20))
def test_a_pack_reads_back(frames: list[tuple[str, bytes]]) -> None:
    data, offsets = pack.build(frames)
    assert pack.read(data) == frames
    assert [data[at : at + len(frame)] for at, (_, frame) in zip(offsets, frames, strict=True)] == [
        frame for _, frame in frames
    ]


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-1], lambda data: data[:10], lambda data: b"", lambda data: b"X" + data[1:]]
)
def test_a_damaged_pack_is_refused(spoil: object) -> None:
    data, _ = pack.build([("shop", b"abc")] * 3)
    with pytest.raises(pack.BadPack):
        pack.read(spoil(data))  # type: ignore[operator]
