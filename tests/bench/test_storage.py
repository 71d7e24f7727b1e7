"""The bench of storage runs on short recordings, and what it compares with is what it says."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import cramjam
import pytest

from bench.apps.recording import FIXTURES
from bench.lib.puts import ingest_puts
from bench.lib.samples import Sample, of_file
from replay.wire import bodies
from tests.pages_say import PageStream
from tests.processes import ROOT, clean_env


def sample(*lines: str) -> Sample:
    return Sample("one", PageStream(), [], [([line], []) for line in lines])


def line(second: float) -> str:
    return json.dumps({"type": 3, "data": {"source": 0, "text": "again and again"}, "timestamp": second * 1_000})


def test_it_runs_and_ends_with_its_figures() -> None:
    argv = [sys.executable, "-m", "bench.storage", "--quick"]
    done = subprocess.run(argv, cwd=ROOT, env=clean_env(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["recordings"] == 2
    assert 0 < told["vs_snappy"] < 0.5
    assert 0 < told["vs_zstd19"] < 1.5
    assert 0 < told["wire_vs_gzip"] < 1
    assert 3 < told["puts_per_1000_chunks_total"] < 20


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_a_recording_is_sent_whole(path: Path) -> None:
    one = of_file(path)
    sent: list[object] = []
    pieces: list[bytes] = []
    for chunk in one.chunks:
        pieces.append(chunk.dom)
        if chunk.header.part_index == chunk.header.part_count - 1:
            sent += bodies.decode_dom(chunk.header.dom_codec, pieces)
            pieces = []
    sheets = {offer.hash: data.decode() for offer, data in one.offers}
    text = json.dumps(sent)
    for digest, sheet in sheets.items():
        text = text.replace(json.dumps(f"playhead-asset:{digest}"), json.dumps(sheet))
    assert json.loads(text) == [json.loads(line) for dom, _ in one.batches for line in dom]
    assert sheets


def test_the_field_stores_blocks_of_ten_seconds() -> None:
    lines = [line(second) for second in (0, 9.9, 10, 30)]
    blocks = [lines[:2], lines[2:3], lines[3:]]
    said = [len(bytes(cramjam.snappy.compress_raw("".join(f"{each}\n" for each in block).encode()))) for block in blocks]
    assert sample(*lines).snappy_bytes() == sum(said)


def test_the_field_sends_each_batch_as_gzip() -> None:
    lines = [line(0), line(1)]
    assert sample(*lines).gzip_bytes() == sum(len(gzip.compress(f"[{each}]".encode(), 6, mtime=0)) for each in lines)


def test_more_sessions_share_a_pack() -> None:
    assert ingest_puts(sessions=5_000, every_s=5, seconds=20) < ingest_puts(sessions=50, every_s=5, seconds=20)
