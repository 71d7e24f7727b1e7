from __future__ import annotations

import json
import time
from pathlib import Path

from replay.embedded.sample import Visit, hello_frame, new_secret, new_session_id, readdressed
from replay.wire.frames import parse_chunk, split_frames
from replay.wire.log import open_log
from replay.wire.messages import parse_hello

SAMPLE = Path(__file__).resolve().parents[2] / "demo" / "sample"
ABOUT = json.loads((SAMPLE / "visit.json").read_text())
VISIT = Visit(new_session_id(time.time()), new_secret(), ABOUT["ended_ms"])
STREAM = "ab" * 16
SENSITIVE = (b"ada.lovelace@", b"4242", b"Dijkweg", b"correct horse", b"best of aunts")


def test_every_stream_of_the_sample_is_whole() -> None:
    for stream in ABOUT["streams"]:
        chunks = [parse_chunk(frame) for frame in split_frames((SAMPLE / stream["frames"]).read_bytes())]
        assert [chunk.header.seq for chunk in chunks] == list(range(len(chunks)))


def test_the_sample_stays_small() -> None:
    assert sum(file.stat().st_size for file in SAMPLE.iterdir()) < 300_000


def test_the_sample_holds_what_the_pages_show() -> None:
    kinds = set()
    for stream in ABOUT["streams"]:
        for frame in split_frames((SAMPLE / stream["frames"]).read_bytes()):
            kinds |= {type(event).__name__ for event in open_log(parse_chunk(frame))}
    assert kinds >= {"Navigation", "Click", "RageClick", "Submit", "Console", "Error", "Network", "Custom", "Identify"}


def test_a_readdressed_chunk_keeps_its_bodies() -> None:
    frame = split_frames((SAMPLE / ABOUT["streams"][0]["frames"]).read_bytes())[0]
    before, after = parse_chunk(frame), parse_chunk(readdressed(frame, VISIT, STREAM))
    assert (after.dom, after.log) == (before.dom, before.log)
    assert (after.header.session, after.header.stream) == (VISIT.session, STREAM)


def test_the_hello_of_the_sample_is_one_that_the_server_takes() -> None:
    for stream in ABOUT["streams"]:
        hello = parse_hello(hello_frame(stream["hello"], VISIT, STREAM, "pk_abc_0123456789ab"))
        assert hello.client_ms > ABOUT["ended_ms"]


def test_nothing_typed_into_the_sample_left_the_page() -> None:
    from replay.wire.codec import inflate

    for stream in ABOUT["streams"]:
        for frame in split_frames((SAMPLE / stream["frames"]).read_bytes()):
            chunk = parse_chunk(frame)
            header = chunk.header
            dom = inflate(header.dom_codec, chunk.dom, header.dom_raw_length) if chunk.dom else b""
            assert [word for word in SENSITIVE if word in dom] == []
