"""Bytes that go wrong after they were acked, in the store or on the way from it: named as missing, never replayed."""

from __future__ import annotations

import base64
import hashlib
import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from replay.wire.frames import Codec
from replay.wire.records import Record
from tests import backends
from tests.faults.crowd import Crowd
from tests.faults.relay_store import Faults
from tests.faults.world import World


def bucket_of(world: World) -> str:
    return world.layout.env["S3_BUCKET"]


@contextmanager
def damaged(world: World, key: str, how: str) -> Iterator[None]:
    """Change an object behind everybody's back."""
    s3, place = backends.get().s3(), {"Bucket": bucket_of(world), "Key": key}
    whole = s3.get_object(**place)["Body"].read()
    half = len(whole) // 2
    if how == "gone":
        s3.delete_object(**place)
    else:
        turned = whole[:half] + bytes([whole[half] ^ 4]) + whole[half + 1 :]
        s3.put_object(**place, Body=whole[:half] if how == "cut" else turned)
    yield
    s3.put_object(**place, Body=whole)


def first_pack(world: World, crowd: Crowd) -> str:
    """Return the key of the pack that holds the first chunk of the crowd's first page."""
    with world.connect() as stranger:
        row = stranger.execute(
            "SELECT pack.key FROM replay_pack pack JOIN replay_chunk chunk ON chunk.pack_id = pack.id"
            " JOIN replay_stream stream ON chunk.stream_id = stream.id WHERE stream.stream_id = %s ORDER BY seq LIMIT 1",
            (crowd.journals[0].stream.stream,),
        ).fetchone()
    assert row
    return str(row[0])


def read_all(world: World, crowd: Crowd) -> dict[tuple[str, int, str], Record]:
    found: dict[tuple[str, int, str], Record] = {}
    for journal in crowd.journals:
        session = str(journal.stream.session)
        for stream in world.api.manifest(session)["streams"]:
            for body in ("dom", "log"):
                found |= {(stream["id"], record.seq, body): record for record in world.api.chunks(session, stream, body)}
    return found


@pytest.mark.parametrize("how", ["turned", "cut", "gone"])
def test_what_is_damaged_in_the_store_is_named_and_the_rest_plays(broad: World, how: str) -> None:
    with broad.crowd(seed=21, streams=3, posts=0, chunks=12) as crowd:
        crowd.finish()
    sent = {
        (journal.stream.stream, seq, body): getattr(cut.chunk, body)
        for journal in crowd.journals
        for seq, cut in enumerate(journal.cuts)
        for body in ("dom", "log")
    }
    with damaged(broad, first_pack(broad, crowd), how):
        records = read_all(broad, crowd)
    assert records.keys() == sent.keys(), "every seq is answered for"
    missing = {place for place, record in records.items() if record.codec == Codec.MISSING}
    assert 0 < len(missing) < len(sent)
    assert all(record.body == sent[place] for place, record in records.items() if place not in missing)


def test_what_the_way_from_the_store_damages_is_asked_for_again(broad: World) -> None:
    assert broad.store is not None
    with broad.crowd(seed=22, streams=2, posts=0, chunks=10) as crowd:
        crowd.finish()
    broad.store.spoil(Faults(2, flip_get=True))
    try:
        records = read_all(broad, crowd)
    finally:
        broad.store.up()
    sent = {hashlib.sha256(cut.chunk.dom).digest() for journal in crowd.journals for cut in journal.cuts}
    shown = {place: record for place, record in records.items() if place[2] == "dom" and record.codec != Codec.MISSING}
    assert {hashlib.sha256(record.body).digest() for record in shown.values()} <= sent
    assert all(record.codec != Codec.MISSING for record in read_all(broad, crowd).values())


def test_the_store_refuses_a_body_that_is_not_what_its_checksum_says(broad: World) -> None:
    """Over TLS the signature leaves the body out: then Content-MD5 alone stands between a turned bit and a pack."""
    s3 = backends.get().s3()
    url = s3.generate_presigned_url(
        "put_object", {"Bucket": bucket_of(broad), "Key": "packs/x.pack", "ContentMD5": md5(b"sent")}
    )
    parts = urlsplit(url)
    for body, expected in ((b"turn", 400), (b"sent", 200)):
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        connection.request("PUT", f"{parts.path}?{parts.query}", body, {"Content-MD5": md5(b"sent")})
        assert connection.getresponse().status == expected
        connection.close()
    s3.delete_object(Bucket=bucket_of(broad), Key="packs/x.pack")


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
