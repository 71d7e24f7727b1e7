from __future__ import annotations

import gzip
import hashlib
import os

import pytest

from replay.index.interchange.errors import ImportRefused, Refusal
from replay.index.interchange.spool import spooled

TEXT = b'{"a": 1}\n' * 5_000


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def read(data: bytes, size: int = 1_000, most: int = 1_000_000) -> bytes:
    with spooled(pieces(data, size), most) as spool:
        spool.file.seek(0)
        found = spool.file.read()
        assert (spool.size_bytes, spool.digest) == (len(found), hashlib.sha256(found).digest())
    return found


@pytest.mark.parametrize("size", [1, 2, 999, 1_000_000])
def test_plain_and_compressed_are_the_same_file(size: int) -> None:
    assert read(TEXT, size) == read(gzip.compress(TEXT), size) == TEXT


def test_a_file_of_several_compressed_pieces_and_padding_is_one() -> None:
    assert read(gzip.compress(TEXT) + gzip.compress(b"more") + b"\0" * 512, 100) == TEXT + b"more"


def test_what_inflates_beyond_the_bound_is_refused_before_it_is_all_there() -> None:
    bomb = gzip.compress(b"[" * 50_000_000)
    for data in (bomb, b"x" * 1_001):
        with pytest.raises(ImportRefused) as refused, spooled([data], 1_000):
            pass
        assert refused.value.code is Refusal.TOO_LARGE


@pytest.mark.parametrize("cut", [20, -1, -9])
def test_a_compressed_file_that_is_cut_short_is_damaged(cut: int) -> None:
    with pytest.raises(ImportRefused) as refused, spooled(pieces(gzip.compress(os.urandom(5_000))[:cut], 64), 1_000_000):
        pass
    assert refused.value.code is Refusal.DAMAGED


def test_noise_behind_the_magic_is_damaged() -> None:
    with pytest.raises(ImportRefused) as refused, spooled([b"\x1f\x8b" + b"noise" * 50], 1_000_000):
        pass
    assert refused.value.code is Refusal.DAMAGED


def test_nothing_is_empty() -> None:
    for data in ([], [b""], [gzip.compress(b"")]):
        with pytest.raises(ImportRefused) as refused, spooled(data, 1_000):
            pass
        assert refused.value.code is Refusal.EMPTY


def test_a_place_is_told_by_its_line() -> None:
    with spooled([b"one\ntwo\nthree"], 1_000) as spool:
        assert [spool.line_at(at) for at in (0, 3, 4, 8)] == [1, 1, 2, 3]
