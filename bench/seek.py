"""Any moment of a long session: what it costs to open, whether it is right, and what the worker pays for that.

The session is four hours and 200 MB of raw JSON, out of the recordings of ``bench/apps``: page loads of five minutes,
fifteen, half an hour and an hour, each with one full snapshot (``bench/lib/long.py``). It is kept by ingest's own code and
compacted by a worker of its own. For each of 200 random moments the API is asked as a player asks it: the manifest, then what
the player's plan names. What these bytes build in Chromium is compared, in the canonical form, with what all events of the
page load up to the moment build. Prints progress, and one JSON line last.

requests_max             requests for a moment: the manifest and segments; assets apart
bytes_p95                bytes of the segments that a moment needs, as sent
manifest_bytes_max       of the manifest, before compression
equal, of                moments that are right
worker_cpu_s_<n>h, worker_peak_mb_<n>h   of compacting 1, 2 and 4 hours
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import zstandard

from bench.apps.record import recordings
from bench.apps.recording import FIXTURES, read_lines
from bench.lib.figures import p95
from bench.lib.house import House, Spoken, house
from bench.lib.long import glue
from bench.lib.streams import chunks_of
from replay.wire import columns
from tests.fold import Events, Stage, open_stage
from tests.journeys.browser import chromium
from tests.pages_say import PageStream

MINUTES: Final = float(os.environ.get("MINUTES", "5"))  # of a recording
MOMENTS: Final = int(os.environ.get("ROUNDS", "200"))
IS_ANY: Final = bool(os.environ.get("KEPT"))
RAW_BYTES: Final = 200_000_000  # of four hours
LENGTHS: Final[dict[int, list[int]]] = {  # hours → page loads, in recordings of five minutes
    1: [1] * 3 + [3] + [6],
    2: [1] * 6 + [3] * 2 + [6] * 2,
    4: [1] * 12 + [3] * 4 + [6] * 2 + [12],
}
SEED: Final = 4
OPENED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "zstd": zstandard.ZstdDecompressor().decompress,
}
REFERENCE: Final = "playhead-asset:"
PLAN: Final = "([stream, gaps, at]) => playheadPlan.neededUnits(playheadPlan.unitsOf(stream, gaps), at)"
ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass
class Long:
    """A session as it was made: each stream's events, one JSON a line."""

    hours: int
    streams: list[tuple[PageStream, list[str]]]
    sheets: dict[str, bytes] = field(default_factory=dict)

    @property
    def raw_bytes(self) -> int:
        return sum(len(line.encode()) + 1 for _, lines in self.streams for line in lines)


@dataclass
class Asked:
    """What the API said about a moment."""

    requests: int = 0
    segment_bytes: int = 0
    manifest_bytes: int = 0
    events: Events = field(default_factory=list)  # that build it


def main() -> None:
    """Make, keep, compact, ask, compare; print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the short recordings of the tests, and few moments: does it run?")
    is_quick = parser.parse_args().quick
    made = [read_lines(path) for path in FIXTURES] if is_quick else [one.lines() for one in recordings(MINUTES, is_any=IS_ANY)]
    pieces = choose(made, 0 if is_quick else RAW_BYTES // sum(LENGTHS[4]))
    with tempfile.TemporaryDirectory(prefix="playhead-bench-") as folder, house(Path(folder)) as home:
        found: dict[str, float | int] = {}
        for hours in [1] if is_quick else LENGTHS:
            long = make(hours, pieces)
            session, figures = keep(home, long)
            found |= {f"{name}_{hours}h": figure for name, figure in figures.items()}
        found |= seek(home, long, session, 5 if is_quick else MOMENTS)
    print(json.dumps(found))


def choose(recordings: list[list[str]], bytes_each: int) -> list[list[str]]:
    """Return the recordings, the heaviest of them as often as it takes to weigh so much each."""
    weights = {number: sum(len(line.encode()) + 1 for line in lines) for number, lines in enumerate(recordings)}
    order, heaviest = list(weights), max(weights, key=lambda number: weights[number])
    while sum(weights[number] for number in order) < bytes_each * len(order) and len(order) < 4 * len(recordings):
        order.append(heaviest)
    return [recordings[number] for number in order]


def make(hours: int, pieces: Sequence[list[str]]) -> Long:
    """Return a session of so many hours that has just ended."""
    source, at_ms = cycle(pieces), time.time() * 1_000 - hours * 3_600_000
    first = PageStream(now_ms=at_ms)
    streams = []
    for count in LENGTHS[hours]:
        page = PageStream(session=first.session, secret=first.secret, window=first.window, now_ms=at_ms)
        lines, at_ms = glue(list(islice(source, count)), at_ms)
        streams.append((page, lines))
    return Long(hours, streams)


def keep(home: House, long: Long) -> tuple[Any, dict[str, float | int]]:
    """Let ingest keep a session and a worker compact it; return it, and what the worker took."""
    from replay.index.models import Chunk, Volume

    spoken = [Spoken(page, chunks_of(page, lines, long.sheets)) for page, lines in long.streams]
    session = home.ingest(spoken)[0]
    argv = [sys.executable, "-m", "bench.lib.compactor", str(session.pk)]
    done = json.loads(subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    left = Chunk.objects.filter(session=session).count()
    assert (left, done["deaths"]) == (0, 0), f"{left} chunks left, {done['deaths']} deaths"
    stored = sum(volume.size_bytes for volume in Volume.objects.filter(session=session, state="kept"))
    chunks = sum(len(each.chunks) for each in spoken)
    print(
        f"{long.hours} h: {long.raw_bytes:,} raw bytes in {len(spoken)} page loads, {chunks:,} chunks"
        f" → {done['segments']} segments in {done['compactions']} volumes, {stored:,} bytes; worker"
        f" {done['cpu_s']:.1f} CPU s, {done['own'] / 1e6:.0f} MB, its child {done['child'] / 1e6:.0f} MB",
        flush=True,
    )
    return session, {
        "raw_mb": round(long.raw_bytes / 1e6),
        "stored_mb": round(stored / 1e6, 1),
        "segments": done["segments"],
        "worker_cpu_s": round(done["cpu_s"], 1),
        "worker_peak_mb": round(done["own"] / 1e6),
        "worker_child_peak_mb": round(done["child"] / 1e6),
    }


def seek(home: House, long: Long, session: Any, count: int) -> dict[str, float | int]:
    """Open random moments of a session, and compare each with the truth."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread; nothing of ours runs on it
    api, dice = Api(home, session), random.Random(SEED)
    spans = [
        (page, lines, json.loads(lines[0])["timestamp"], json.loads(lines[-1])["timestamp"]) for page, lines in long.streams
    ]
    moments = sorted(
        (number, dice.uniform(spans[number][2], spans[number][3]))
        for number in dice.choices(range(len(spans)), [end - start for _, _, start, end in spans], k=count)
    )
    asked: list[Asked] = []
    equal = 0
    with chromium() as browser, open_stage(browser) as stage:
        stage.page.evaluate(f"() => {{ {plan_source()}; window.playheadPlan = playheadPlan; }}")
        held = -1
        for number, at_ms in moments:
            page, lines, *_ = spans[number]
            if held != number:
                held, events = number, [without_pictures(json.loads(line)) for line in lines]
                stage.hold(events)
                times = [event["timestamp"] for event in events]
                first = next(place for place, event in enumerate(events) if event["type"] == 2) + 1
            one = api.ask(stage, page.stream, at_ms, long.sheets)
            asked.append(one)
            upto = max(first, upto_of(times, at_ms))
            truth, built = stage.build([], 0, upto), stage.build(one.events, 0, 0)
            if truth.canonical == built.canonical and len(truth.canonical) > 1:
                equal += 1
            else:
                said = next(((a, b) for a, b in zip(truth.canonical, built.canonical, strict=False) if a != b), "length")
                print(
                    f"  not equal: stream {number} at {at_ms - spans[number][2]:.0f} ms of {len(times)} events: {said}",
                    flush=True,
                )
            if len(asked) % 20 == 0:
                print(f"  {len(asked)}/{count} moments, {equal} equal", flush=True)
    return {
        "requests_max": max(one.requests for one in asked),
        "bytes_p95": round(p95([float(one.segment_bytes) for one in asked])),
        "bytes_max": max(one.segment_bytes for one in asked),
        "manifest_bytes_max": max(one.manifest_bytes for one in asked),
        "equal": equal,
        "of": len(asked),
    }


def upto_of(times: Sequence[float], at_ms: float) -> int:
    """Return how many events have happened."""
    return next((place for place, time_ms in enumerate(times) if time_ms > at_ms), len(times))


def plan_source() -> str:
    """Return the player's own plan as a script: which units a moment needs."""
    command = [
        str(ROOT / "node_modules/.bin/esbuild"),
        "player_js/src/plan.ts",
        "--bundle",
        "--format=iife",
        "--global-name=playheadPlan",
    ]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


class Api:
    """The session's API, asked in this process by somebody with a token."""

    def __init__(self, home: House, session: Any) -> None:
        from django.test import Client

        from replay.accounts.services import mint_token

        token = mint_token(home.project, "bench")
        self._client = Client(
            headers={"authorization": f"Bearer {token}", "accept-encoding": "zstd, gzip", "host": "localhost"}
        )
        self._root = f"/api/v1/projects/{home.project.public_id}/sessions/{session.uuid}"

    def ask(self, stage: Stage, stream: str, at_ms: float, sheets: dict[str, bytes]) -> Asked:
        """Ask for a moment as a player does."""
        told = Asked()
        body, _ = self._get(f"/manifest?{urlencode({'at': at_ms, 'stream': stream})}", told)
        told.manifest_bytes = len(body)
        manifest = json.loads(body)
        row = next(each for each in manifest["streams"] if each["id"] == stream)
        units = stage.page.evaluate(PLAN, [row, manifest["gaps"], at_ms])
        assert {unit["kind"] for unit in units} == {"segment"}, f"the plan names {units}"
        for place, unit in enumerate(units):
            body, sent = self._get(f"/streams/{stream}/segments/{unit['seq']}?body=dom", told)
            told.segment_bytes += sent
            events = columns.decode(body)
            told.events += [event for event in events[unit["keyframeEvents"] if place else 0 :] if event["timestamp"] <= at_ms]
        for event in told.events:
            _put_back(event, sheets)
            without_pictures(event)
        return told

    def _get(self, path: str, told: Asked) -> tuple[bytes, int]:
        """Return a body, and its bytes as sent."""
        told.requests += 1
        answer = self._client.get(self._root + path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        sent = bytes(answer.content)
        return OPENED[answer.headers.get("Content-Encoding", "")](sent), len(sent)


def without_pictures(node: Any) -> Any:
    """Call every picture's address something else: no picture loads here, and when one has failed to is a matter of luck."""
    for name, value in list(_inside(node)):
        if name == "attributes" and isinstance(value, dict):
            node[name] = {f"data-{key}" if key in ("src", "srcset") else key: each for key, each in value.items()}
        elif isinstance(value, dict | list):
            without_pictures(value)
    return node


def _put_back(node: Any, sheets: dict[str, bytes]) -> None:
    """Put stylesheets in the place of their references: the truth has them there."""
    for name, value in list(_inside(node)):
        if name == "_cssText" and isinstance(value, str) and value.startswith(REFERENCE):
            node[name] = sheets[value.removeprefix(REFERENCE)].decode()
        elif isinstance(value, dict | list):
            _put_back(value, sheets)


def _inside(node: Any) -> Iterator[tuple[Any, Any]]:
    return iter(node.items()) if isinstance(node, dict) else enumerate(node)


if __name__ == "__main__":
    main()
