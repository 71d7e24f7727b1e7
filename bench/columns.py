"""Columns against JSON, as a page sends them: bytes in chunks of a second, and processor time in Python and in Node.

The recordings: those of the tests, those that ``make bench NAME=storage`` has left in build/, the files in the folder that
CORPUS names, and any .jsonl.gz (rrweb events, one a line) given as an argument. Prints a line for each, one JSON line last:
for each recording

wire_vs_gzip             columns, gzip-6 ÷ the same batches as JSON, gzip-6; each body the smaller of both, as in the page
encode_…, decode_…       processor milliseconds a MB of JSON; _node: V8, as in page and player; _vs_json: ÷ JSON's own in the
                         same run (stringify and gzip-6 against columns and gzip-6; parse against decode)

and ``wire_vs_gzip`` the median over all of them.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.apps.recording import FIXTURES
from replay.wire import columns

ROOT: Final = Path(__file__).resolve().parents[1]
CUT_MS: Final = 1_000
ROUNDS: Final = int(os.environ.get("ROUNDS", "5"))


def main() -> None:
    """Measure every recording; print what was measured."""
    figures = {}
    for path in find(sys.argv[1:]):
        figures[path.name.removesuffix(".jsonl.gz")] = found = measure(path)
        print(f"{path.name}: {found}", flush=True)
    ratios = [found["wire_vs_gzip"] for found in figures.values()]
    print(json.dumps({"wire_vs_gzip": round(statistics.median(ratios), 3), "recordings": figures}))


def find(given: list[str]) -> list[Path]:
    """Return the recordings that are there."""
    folders = [ROOT / "build" / "bench" / "recordings", *([Path(corpus)] if (corpus := os.environ.get("CORPUS")) else [])]
    return [*FIXTURES, *(path for folder in folders for path in sorted(folder.rglob("*.jsonl.gz"))), *map(Path, given)]


def measure(path: Path) -> dict[str, Any]:
    """Return the figures of one recording."""
    batches = cut(path)
    texts = [msgspec.json.encode(batch) for batch in batches]
    documents = [columns.encode(batch) for batch in batches]
    assert [columns.decode(document) for document in documents] == batches
    zipped, shorter = [len(gzip.compress(text, 6)) for text in texts], [len(gzip.compress(each, 6)) for each in documents]
    mb = sum(map(len, texts)) / 1e6
    encode, decode, gunzip = (
        _cpu_ms(lambda: [columns.encode(batch) for batch in batches]),
        _cpu_ms(lambda: [columns.decode(document) for document in documents]),
        _cpu_ms(lambda: [gzip.compress(document, 6) for document in documents]),
    )
    json_encode = _cpu_ms(lambda: [gzip.compress(msgspec.json.encode(batch), 6) for batch in batches])
    json_decode = _cpu_ms(lambda: [msgspec.json.decode(text) for text in texts])
    return {
        "raw_mb": round(mb, 2),
        "wire_vs_gzip": round(sum(map(min, zip(zipped, shorter, strict=True))) / sum(zipped), 3),
        "encode_ms_per_mb": round(encode / mb, 1),
        "decode_ms_per_mb": round(decode / mb, 1),
        "encode_vs_json": round((encode + gunzip) / json_encode, 2),
        "decode_vs_json": round(decode / json_decode, 2),
    } | in_node(path)


def cut(path: Path) -> list[list[Any]]:
    """Return the events in batches of a second, as a page cuts them."""
    batches: list[list[Any]] = []
    first_ms = float("-inf")
    for line in gzip.decompress(path.read_bytes()).splitlines():
        event = msgspec.json.decode(line)
        if event["timestamp"] - first_ms >= CUT_MS:
            batches.append([])
            first_ms = event["timestamp"]
        batches[-1].append(event)
    return batches


def in_node(path: Path) -> dict[str, Any]:
    """Return what V8 needs for the same batches."""
    argv = ["node", str(ROOT / "bench" / "lib" / "columns.mjs"), str(path), str(CUT_MS), str(ROUNDS)]
    said = subprocess.run(argv, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    found: dict[str, Any] = json.loads(said)
    return found


def _cpu_ms(run: Callable[[], object]) -> float:
    """Return the processor time of the fastest of some rounds."""
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        run()
        took.append(time.process_time() - began)
    return min(took) * 1_000


if __name__ == "__main__":
    main()
