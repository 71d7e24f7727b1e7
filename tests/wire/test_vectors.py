"""The golden vectors, read as the TypeScript twin reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import replay.wire
from replay.wire import codec, frames, messages, records
from replay.wire.errors import REFUSALS, WireError
from replay.wire.frames import Kind

VECTORS = Path(replay.wire.__file__).parent / "vectors"


def vectors(name: str) -> pytest.MarkDecorator:
    found = json.loads((VECTORS / f"{name}.json").read_text())["vectors"]
    return pytest.mark.parametrize("vector", found, ids=[vector["name"] for vector in found])


def read(frame: bytes) -> object:
    """Read a frame as the server does."""
    if frames.kind_of(frame) == Kind.HELLO:
        return messages.parse_hello(frame)
    return frames.parse_chunk(frame)


@vectors("messages")
def test_a_message_says_what_its_vector_says(vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["hex"])
    shape = next(shape for shape, kind in messages.KINDS.items() if kind == vector["kind"])
    message = messages.parse_message(frame, shape)
    said = json.loads(messages.to_frame(message)[1:])
    assert said == {key: value for key, value in vector["json"].items() if key != "tomorrow"}


@vectors("chunks")
def test_a_chunk_is_what_its_vector_says(vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["hex"])
    chunk = frames.parse_chunk(frame)
    header = {name: getattr(chunk.header, name) for name in vector["header"]}
    assert header | {"session": str(chunk.header.session), "hash": chunk.header.hash.hex()} == vector["header"]
    assert chunk.to_frame() == frame
    if vector["dom"] is not None:
        assert codec.inflate(chunk.header.dom_codec, chunk.dom, chunk.header.dom_raw_length).decode() == vector["dom"]
    assert codec.inflate(chunk.header.log_codec, chunk.log, chunk.header.log_raw_length).decode() == vector["log"]


@vectors("refused")
def test_a_bad_frame_is_refused_with_its_code(vector: dict[str, Any]) -> None:
    with pytest.raises(WireError) as refused:
        read(bytes.fromhex(vector["hex"]) + bytes(vector["pad"]))
    assert refused.value.code == vector["error"]
    assert refused.value.refusal.ends == vector["ends"]


@vectors("bodies")
def test_a_body_opens_as_its_vector_says(vector: dict[str, Any]) -> None:
    body = bytes.fromhex(vector["hex"])
    if "error" not in vector:
        assert codec.inflate(vector["codec"], body, vector["raw_length"]).decode() == vector["raw"]
        return
    with pytest.raises(WireError) as refused:
        codec.inflate(vector["codec"], body, vector["raw_length"])
    assert refused.value.code == vector["error"]


@vectors("beacons")
def test_a_beacon_splits_as_its_vector_says(vector: dict[str, Any]) -> None:
    body = bytes.fromhex(vector["hex"])
    if "error" not in vector:
        split = frames.split_frames(body)
        assert [frame.hex() for frame in split] == vector["frames"]
        assert frames.join_frames(split) == body
        return
    with pytest.raises(WireError) as refused:
        frames.split_frames(body)
    assert refused.value.code == vector["error"]


@vectors("records")
def test_records_are_what_their_vector_says(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    if "error" in vector:
        with pytest.raises(WireError):
            list(records.parse_records(data))
        return
    found = list(records.parse_records(data))
    said = [
        {name: getattr(record, name) for name in records.Record.__slots__} | {"body": record.body.hex()} for record in found
    ]
    assert said == vector["records"]
    assert b"".join(record.to_bytes() for record in found) == data


def test_the_table_of_codes_is_the_published_one() -> None:
    published = json.loads((VECTORS / "codes.json").read_text())["vectors"]
    assert {row["name"]: row["permanent"] for row in published} == {
        code: refusal.permanent for code, refusal in REFUSALS.items()
    }
