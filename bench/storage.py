"""How small what we keep is, and what the page sends: our form against the field's, over a fixed list of recordings.

The list: five apps from npm, each used for five minutes by a seeded hand (``bench/apps``), and, where CORPUS names their
folder, two recordings that are not part of the project (``app.jsonl.gz``, ``grid.jsonl.gz``). All of it goes the real way:
chunk frames → ingest's packs → rows → the worker's compaction → volumes in a store of files. Prints progress, and one JSON
line last.

vs_snappy      stored bytes ÷ JSON lines in snappy blocks of ten seconds; all is counted: keyframes, volumes' indexes, logs,
               and a twentieth of the assets (twenty sessions of an app share them)
vs_zstd19      stored bytes ÷ all JSON lines through one zstd-19 pass
wire_vs_gzip   frames with headers, and what is sent beside them ÷ the same batches as JSON through gzip-6
worker_cpu_s_per_session_minute   processor time of compaction, worker and child
puts_per_1000_chunks_total        packs and volumes put for a thousand chunks, while 5,000 sessions each send one every 5 s
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.apps.record import recordings
from bench.apps.recording import FIXTURES
from bench.lib.house import House, Spoken, house
from bench.lib.puts import ingest_puts, worker_puts
from bench.lib.samples import SESSIONS_PER_APP, Sample, of_file, of_recording

MINUTES: Final = float(os.environ.get("MINUTES", "5"))
CORPUS: Final = os.environ.get("CORPUS", "")
IS_ANY: Final = bool(os.environ.get("KEPT"))  # take the recordings that are there, whatever they were made from
RATIOS: Final = ("vs_snappy", "vs_zstd19", "wire_vs_gzip", "worker_cpu_s_per_session_minute")
APP: Final = "app"  # the recording that worker_cpu_s_per_session_minute is promised for
COMPACT_AFTER_S: Final = 900  # where the settings leave compaction off


@dataclass
class Weighed:
    """What became of one session."""

    name: str
    vs_snappy: float
    vs_zstd19: float
    wire_vs_gzip: float
    worker_cpu_s_per_session_minute: float


def main() -> None:
    """Weigh each recording, count the PUTs; print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="the short recordings of the tests, and a few sessions' PUTs: does it run?"
    )
    is_quick = parser.parse_args().quick
    samples = [of_file(path) for path in FIXTURES[:2]] if is_quick else find()
    with tempfile.TemporaryDirectory(prefix="playhead-bench-") as folder, house(Path(folder)) as home:
        weighed = [weigh(home, sample) for sample in samples]
        puts = count_puts(home, is_quick=is_quick)
    print(json.dumps(result(weighed) | puts))


def find() -> list[Sample]:
    """Return the sessions of the list, recorded now where they are not there."""
    found = [of_recording(recording) for recording in recordings(MINUTES, is_any=IS_ANY)]
    return found + [of_file(path) for path in sorted(Path(CORPUS).glob("*.jsonl.gz"))] if CORPUS else found


def weigh(home: House, sample: Sample) -> Weighed:
    """Take a session through the house and compare."""
    [session] = home.ingest([Spoken(sample.page, sample.chunks)])
    home.keep_assets(session, sample.offers)
    assets = home.asset_bytes(session)
    done = home.compact(session)
    assert done.chunks == len(sample.chunks), f"{sample.name}: {done.chunks} of {len(sample.chunks)} chunks compacted"
    stored = done.stored_bytes + assets / SESSIONS_PER_APP
    wire, gzipped, snappy, zstd19 = sample.wire_bytes(), sample.gzip_bytes(), sample.snappy_bytes(), sample.zstd19_bytes()
    weighed = Weighed(sample.name, stored / snappy, stored / zstd19, wire / gzipped, done.cpu_s / sample.minutes)
    minutes, asset_wire = sample.minutes, sample.asset_wire_bytes()
    print(
        f"{sample.name}: {minutes:.2f} min, {sample.raw_bytes:,} raw, {done.chunks} chunks → {done.segments} segments\n"
        f"  a minute: stored {stored / minutes:,.0f} ({parts_of(home, session, done.stored_bytes)};"
        f" assets {assets:,}/{SESSIONS_PER_APP} in all), snappy {snappy / minutes:,.0f}, zstd-19 {zstd19 / minutes:,.0f},"
        f" wire {wire / minutes:,.0f} (assets {asset_wire:,.0f} in all), gzip-6 {gzipped / minutes:,.0f}\n"
        f"  {' · '.join(f'{ratio} {getattr(weighed, ratio):.3f}' for ratio in RATIOS)}",
        flush=True,
    )
    return weighed


def parts_of(home: House, session: Any, stored: int) -> str:
    """Say what a session's volumes hold, as shares."""
    from replay.index.events import read_segment
    from replay.index.models import Segment
    from replay.wire import bodies

    keyframes = dom = log = 0
    for segment in Segment.objects.filter(session=session).select_related("volume"):
        events, _ = read_segment(home.store, segment)
        assert events is not None, "a segment cannot be read"
        keyframe = events[: segment.keyframe_events]
        keyframes += len(bodies.encode_dom(keyframe).data) if keyframe else 0
        dom, log = dom + segment.dom_length, log + segment.log_length
    shares = {"keyframes": keyframes, "events": dom - keyframes, "log": log, "index": stored - dom - log}
    return ", ".join(f"{name} {size / max(stored, 1):.0%}" for name, size in shares.items())


def count_puts(home: House, *, is_quick: bool) -> dict[str, float]:
    """Count objects put by ingest and by the worker for a thousand chunks."""
    from django.conf import settings

    after_s = settings.COMPACT_AFTER_S or COMPACT_AFTER_S
    ingest = ingest_puts(sessions=5_000, every_s=5, seconds=30 if is_quick else 300)
    worker = worker_puts(home, sessions=1 if is_quick else 30, minutes=35 if is_quick else 60, after_s=after_s)
    print(f"puts per 1,000 chunks: ingest {ingest:.2f}, worker {worker:.2f} (compaction after {after_s} s)", flush=True)
    return {
        "puts_per_1000_chunks_total": round(ingest + worker, 2),
        "puts_per_1000_chunks_ingest": round(ingest, 2),
        "puts_per_1000_chunks_worker": round(worker, 2),
    }


def result(weighed: list[Weighed]) -> dict[str, float | int]:
    """Return medians, then each recording's own."""
    found: dict[str, float | int] = {
        name: round(statistics.median(getattr(each, name) for each in weighed), 3) for name in RATIOS
    }
    for each in weighed:
        if each.name == APP:
            found["worker_cpu_s_per_session_minute"] = round(each.worker_cpu_s_per_session_minute, 3)
    found |= {f"{name}_{each.name}": round(getattr(each, name), 3) for each in weighed for name in RATIOS}
    return found | {"recordings": len(weighed)}


if __name__ == "__main__":
    main()
