"""The volume can be read with nothing else at hand, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.store import volume
from replay.store.volume import Range

bodies = st.lists(st.tuples(st.sampled_from(["dom", "log"]), st.binary(max_size=300)), max_size=20)


def range_of(at: int, body: Literal["dom", "log"], data: bytes) -> Range:
    digest = hashlib.sha256(data).hexdigest()
    return Range("5e", at, at + 1, body, 18, 2 * len(data), len(data), digest, 3, at * 1e3, at * 1e3 + 900, 1, 2)


@given(bodies)
def test_a_volume_reads_back_with_all_dom_before_all_log(given: list[tuple[Any, bytes]]) -> None:
    pairs = [(range_of(at, body, data), data) for at, (body, data) in enumerate(given)]
    data, offsets = volume.build("shop", "018f", pairs)
    read = volume.read(data)
    assert (read.index.project, read.index.session) == ("shop", "018f")
    assert sorted(((told, read.body(told)) for told in read.index.ranges), key=lambda pair: pair[0].first_seq) == [
        (msgspec.structs.replace(told, offset=at), body) for (told, body), at in zip(pairs, offsets, strict=True)
    ]
    kinds = [told.body for told in sorted(read.index.ranges, key=lambda told: told.offset)]
    assert kinds == sorted(kinds)


@pytest.mark.parametrize("spoil", [lambda d: d[:-1], lambda d: d[:10], lambda d: b"", lambda d: b"X" + d[1:]])
def test_a_damaged_volume_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    data, _ = volume.build("shop", "018f", [(range_of(0, "dom", b"abc"), b"abc")])
    with pytest.raises(volume.BadVolume):
        volume.read(spoil(data))


def test_a_range_whose_bytes_turned_is_refused() -> None:
    data, (at,) = volume.build("shop", "018f", [(range_of(0, "dom", b"abc"), b"abc")])
    read = volume.read(data[:at] + b"abd" + data[at + 3 :])
    with pytest.raises(volume.BadVolume):
        read.body(read.index.ranges[0])
