"""What every store promises, asked of each."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from replay.store import open_store, prepare_store
from replay.store.base import BlobStore, NotFound, StoreFull, StoreUnavailable
from replay.store.local import RESERVE_BYTES, LocalStore
from replay.store.memory import MemoryStore

DATA = bytes(range(256)) * 4


@pytest.fixture(params=["memory", "local", pytest.param("s3", marks=pytest.mark.s3)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "local":
        yield LocalStore(tmp_path / "store")
    else:
        prepare_store()
        yield open_store()


@pytest.fixture
def prefix() -> str:
    return f"tests/{uuid4().hex}/"


def test_what_was_put_is_got(store: BlobStore, prefix: str) -> None:
    store.put(f"{prefix}a", DATA)
    assert store.get(f"{prefix}a") == DATA


def test_a_range_is_exact(store: BlobStore, prefix: str) -> None:
    store.put(f"{prefix}a", DATA)
    assert store.get(f"{prefix}a", 10, 20) == DATA[10:30]
    assert store.get(f"{prefix}a", 1000) == DATA[1000:]
    assert store.get(f"{prefix}a", 5, 0) == b""


@pytest.mark.parametrize(("start", "length"), [(1000, 25), (1024, 1), (5000, 1)])
def test_a_range_beyond_the_end_is_not_found(store: BlobStore, prefix: str, start: int, length: int) -> None:
    store.put(f"{prefix}a", DATA)
    with pytest.raises(NotFound):
        store.get(f"{prefix}a", start, length)


def test_what_is_not_there_is_not_found(store: BlobStore, prefix: str) -> None:
    for arguments in ((0, None), (0, 0), (0, 9)):
        with pytest.raises(NotFound):
            store.get(f"{prefix}none", *arguments)
    assert not store.exists(f"{prefix}none")


def test_deleting_twice_is_no_error(store: BlobStore, prefix: str) -> None:
    store.put(f"{prefix}a", DATA)
    store.delete(f"{prefix}a")
    store.delete(f"{prefix}a")
    assert not store.exists(f"{prefix}a")


def test_keys_are_listed_in_order(store: BlobStore, prefix: str) -> None:
    for name in ("b", "a/2", "a/1", "c"):
        store.put(prefix + name, b"x")
    assert list(store.keys(prefix)) == [prefix + name for name in ("a/1", "a/2", "b", "c")]
    assert list(store.keys(f"{prefix}a/")) == [f"{prefix}a/1", f"{prefix}a/2"]
    assert list(store.keys(f"{prefix}none")) == []


def test_an_empty_blob_is_a_blob(store: BlobStore, prefix: str) -> None:
    store.put(f"{prefix}a", b"")
    assert store.exists(f"{prefix}a")
    assert store.get(f"{prefix}a") == b""


@pytest.mark.parametrize("key", ["", "/a", "a/../b", "..", "a//b", "a b", ".hidden", "a/", "a" * 201])
def test_a_key_is_a_plain_path(store: BlobStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.put(key, b"x")


def test_many_threads_may_put_at_once(store: BlobStore, prefix: str) -> None:
    threads = [threading.Thread(target=store.put, args=(f"{prefix}{n}/x", DATA + bytes([n]))) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(store.get(f"{prefix}{n}/x")[-1] == n for n in range(16))


def test_a_working_store_checks_out(store: BlobStore) -> None:
    store.check()


def test_a_directory_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = LocalStore(tmp_path / "file" / "store")
    with pytest.raises(StoreUnavailable):
        store.put("packs/a", b"x")
    with pytest.raises(StoreUnavailable):
        store.check()


def test_a_put_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    (tmp_path / "packs").mkdir()
    with pytest.raises(StoreFull, match="No space"):
        LocalStore(tmp_path).put("packs/a", b"x")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_disk_that_is_nearly_full_takes_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(tmp_path)
    store.put("packs/a", b"x")
    disk = os.statvfs(tmp_path)
    blocks_left = RESERVE_BYTES // disk.f_frsize
    nearly_full = os.statvfs_result((*disk[:4], blocks_left, *disk[5:]))
    monkeypatch.setattr("os.statvfs", lambda _: nearly_full)
    store.check()
    with pytest.raises(StoreFull):
        store.put("packs/b", b"x")
    assert store.get("packs/a") == b"x"
    assert list(store.keys("")) == ["packs/a"]


def test_an_unreachable_s3_is_unavailable() -> None:
    from replay.store.s3 import S3Store

    store = S3Store(endpoint_url="http://127.0.0.1:9", bucket="none", region="us-east-1", access_key="a", secret_key="b")
    for ask in (lambda: store.put("a", b"x"), lambda: store.get("a"), lambda: store.exists("a"), store.check):
        with pytest.raises(StoreUnavailable):
            ask()


def test_the_settings_name_the_store() -> None:
    assert type(open_store()).__name__ == {"local": "LocalStore", "s3": "S3Store", "memory": "MemoryStore"}[settings.STORE]
