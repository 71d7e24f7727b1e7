"""How much durability costs: acked chunks a second against a bare echo of the same frames, and the memory that crowds take.

One web process. Pages and server share this machine's cores, so ratios say more than absolutes; rounds of each kind take turns,
and a figure is the median of its rounds. After every phase the tables and the store are asked for what was acked.
Prints progress, and one JSON line last. Keys without suffix: Daphne, PostgreSQL that waits for the disk, files that do. With
suffix: uvicorn, a real S3 store, SQLite, one of these changed at a time.

durable_vs_echo      acked chunks a second ÷ frames echoed a second, LOAD sockets, windows full
durable_vs_answer    the same against a server that only answers each frame with an ack's bytes
cpu_vs_echo          the same ratio in the web process' processor time: what other load on the machine changes least
cpu_us_per_chunk     the web process' processor time per acked chunk (…_per_echo: per echoed frame)
ack_p50_ms, _p99_ms  from the instant a chunk is due to its ack, at half of the measured load, evenly paced
rss_delta_mb         the most memory over idle while SESSIONS pages connect and each sends a chunk every 5 s
kb_per_silent_page   what a page costs that has said hello and no more
flood_rss_delta_mb   … while five clients send 1 MB messages as fast as they can, heed no window and read nothing
puts_per_1000_chunks objects written per 1,000 chunks in the worse of: full load, SESSIONS pages
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from bench.lib import floods
from bench.lib.chunks import body, hash_of
from bench.lib.figures import percentile
from bench.lib.pages import Page, Pages
from bench.lib.process import cpu_s, forget_peak, peak_rss_mb, rss_mb
from bench.lib.system import VARIANTS, System, Variant, allow_many_files, durable_postgres, system
from tests.pages_say import PageStream

SECONDS = float(os.environ.get("SECONDS", "6"))  # of a round
ROUNDS = int(os.environ.get("ROUNDS", "3"))
LOAD = 100  # sockets at full load
SESSIONS = int(os.environ.get("SESSIONS", "5000"))
CHUNK_EVERY_S = 5
CONNECTING = 32  # at once: a crowd gathers, it does not storm
WARM_S = 1.5
SEEN_STREAMS = 50  # whose bytes are read back and compared …
SEEN = 3  # … of so many chunks each; of all others the rows are counted
ONLY = [word for word in os.environ.get("ONLY", "").split(",") if word]  # variants and phases; empty: all

Figures = dict[str, float]


def main() -> None:
    """Measure each variant; print what was measured."""
    allow_many_files()
    figures: Figures = {}
    with durable_postgres() as url:
        for variant in VARIANTS.values():
            if picked(variant.name, VARIANTS):
                say(f"{variant.name}: load average {os.getloadavg()[0]:.1f}")
                figures |= {key + variant.suffix: value for key, value in measure(variant, url).items()}
    print(json.dumps(figures | {"load_average": round(os.getloadavg()[1], 1)}))


def picked(word: str, among: Any) -> bool:
    """Say whether ONLY names this one, or none of its kind."""
    return word in ONLY or not any(one in ONLY for one in among)


PHASES = ("load", "sessions", "flood")


def measure(variant: Variant, url: str) -> Figures:
    """Return the figures of a variant, each phase on a web process of its own."""
    figures: Figures = {}
    for phase in PHASES:
        if not picked(phase, PHASES):
            continue
        with system(variant, url) as here:
            found = globals()[phase](here)
        puts = max(figures.get("puts_per_1000_chunks", 0), found.get("puts_per_1000_chunks", 0))
        figures |= found | ({"puts_per_1000_chunks": puts} if puts else {})
        say(f"{variant.name} {phase}: {json.dumps(found)}")
    return figures


def load(here: System) -> Figures:
    """Full load in turns, then half of it."""
    rounds: dict[str, list[Figures]] = {"echo": [], "answer": [], "durable": []}
    puts = 0.0
    for _ in range(ROUNDS):
        for kind, done in rounds.items():
            done.append(full(here, kind))
            say(f"  {kind}: {done[-1]['per_s']:.0f} a second, {done[-1]['cpu_us']:.0f} µs each")
            puts = max(puts, done[-1].get("puts", 0.0))
    per_s = {kind: middle(done, "per_s") for kind, done in rounds.items()}
    cpu = {kind: middle(done, "cpu_us") for kind, done in rounds.items()}
    acks = paced(here, LOAD, per_s["durable"] / 2, 3 * SECONDS)
    del acks["kb_per_silent_page"]  # too few to tell
    return {
        "durable_vs_echo": round(per_s["durable"] / per_s["echo"], 3),
        "durable_vs_answer": round(per_s["durable"] / per_s["answer"], 3),
        "durable_chunks_per_s": round(per_s["durable"]),
        "echo_frames_per_s": round(per_s["echo"]),
        "answer_frames_per_s": round(per_s["answer"]),
        "cpu_vs_echo": round(cpu["echo"] / cpu["durable"], 3),
        "cpu_us_per_chunk": round(cpu["durable"]),
        "cpu_us_per_echo": round(cpu["echo"]),
        "cpu_us_per_answer": round(cpu["answer"]),
        "client_cpu_share_durable": round(middle(rounds["durable"], "client"), 2),
        "client_cpu_share_echo": round(middle(rounds["echo"], "client"), 2),
        "half_load_chunks_per_s": round(per_s["durable"] / 2),
        **acks,
        "puts_per_1000_chunks": round(puts, 2),
    }


def middle(rounds: list[Figures], key: str) -> float:
    return statistics.median(one[key] for one in rounds)


def streams(here: System, count: int) -> Iterator[tuple[PageStream, int]]:
    for number in range(count):
        yield PageStream(here.write_key), number % 18


def full(here: System, kind: str) -> Figures:
    """One round with full windows."""
    path = {"durable": "/ingest/v1"}.get(kind, f"/bench/{kind}")
    with closing(Pages()) as pages:
        for stream, phase in streams(here, LOAD):
            pages.add(Page(here.port, path, stream, phase, says_hello=kind == "durable"))
        pages.turn_until(lambda: len(pages.all) == pages.ready, 30, "welcomes")
        is_over = False

        def more(page: Page) -> None:
            if not is_over:
                for _ in range(page.window - page.in_flight):
                    pages.send(page, time.monotonic())

        pages.on_room = more
        for page in pages.all:
            more(page)
        pages.turn_until(lambda: all(page.upto for page in pages.all), 60, "every stream's first ack")
        warm = time.monotonic() + WARM_S
        pages.turn_until(lambda: time.monotonic() > warm, 60, "warming up")
        until = time.monotonic() + SECONDS
        began, acked = time.monotonic(), pages.acked
        cpu, own = cpu_s(here.web.pid), time.process_time()
        pages.turn_until(lambda: time.monotonic() > until, 60, "a round")
        took, count = time.monotonic() - began, pages.acked - acked
        cpu, own = cpu_s(here.web.pid) - cpu, time.process_time() - own
        is_over = True
        pages.turn_until(lambda: not any(page.in_flight for page in pages.all), 30, "the last acks")
        figures = {"per_s": count / took, "cpu_us": cpu / count * 1e6, "client": own / took}
        if kind == "durable":
            figures["puts"] = check(here, pages)
    return figures


def paced(here: System, count: int, per_s: float, seconds: float) -> Figures:
    """Let ``count`` pages send evenly, ``per_s`` chunks a second together."""
    before = rss_mb(here.web.pid)
    with closing(Pages()) as pages:
        for stream, phase in streams(here, count):
            pages.add(Page(here.port, "/ingest/v1", stream, phase, says_hello=True))
            pages.turn_until(lambda: len(pages.all) - pages.ready < CONNECTING, 30, "welcomes")
        pages.turn_until(lambda: len(pages.all) == pages.ready, 30, "welcomes")
        silent = rss_mb(here.web.pid) - before
        began, sent, total = time.monotonic(), 0, round(per_s * seconds)
        while sent < total:
            now = time.monotonic()
            while sent < total and began + sent / per_s <= now:
                pages.send(pages.all[sent % count], began + sent / per_s)
                sent += 1
                if sent == count:  # every stream has its row: from here on it counts
                    pages.ack_ms = []
            pages.turn(min(began + sent / per_s - now, 0.05))
        pages.turn_until(lambda: not any(page.in_flight for page in pages.all), 30, "the last acks")
        assert pages.ack_ms is not None
        puts = check(here, pages)
    return {
        "ack_p50_ms": round(percentile(pages.ack_ms, 50)),
        "ack_p99_ms": round(percentile(pages.ack_ms, 99)),
        "puts_per_1000_chunks": puts,
        "kb_per_silent_page": round(silent * 1024 / count, 1),
    }


def sessions(here: System) -> Figures:
    """A crowd of pages that each say little."""
    warm_up(here)
    idle = rss_mb(here.web.pid)
    forget_peak(here.web.pid)
    cpu = cpu_s(here.web.pid)
    found = paced(here, SESSIONS, SESSIONS / CHUNK_EVERY_S, 10 * SECONDS)
    return {
        "rss_delta_mb": round(peak_rss_mb(here.web.pid) - idle),
        "rss_idle_mb": round(idle),
        "kb_per_silent_page": found["kb_per_silent_page"],
        "sessions_ack_p99_ms": found["ack_p99_ms"],
        "sessions_cpu_s": round(cpu_s(here.web.pid) - cpu, 1),
        "puts_per_1000_chunks": round(found["puts_per_1000_chunks"], 2),
    }


def flood(here: System) -> Figures:
    """Five clients without manners, in each of several ways; the worst counts."""
    warm_up(here)
    worst: Figures = {}
    for name, way in floods.WAYS.items():
        idle = rss_mb(here.web.pid)
        forget_peak(here.web.pid)
        sent_mb = floods.run(here.port, here.write_key, way, SECONDS)
        worst[f"flood_rss_delta_mb_{name}"] = round(peak_rss_mb(here.web.pid) - idle)
        say(f"  {name}: {sent_mb:.0f} MB sent, {worst[f'flood_rss_delta_mb_{name}']:.0f} MB more held")
        warm_up(here)  # it still serves
    return {"flood_rss_delta_mb": max(worst.values()), **worst}


def warm_up(here: System) -> None:
    """Let ten honest pages be served, so that what a process needs once is there."""
    paced(here, 10, 100, 2)


def check(here: System, pages: Pages) -> float:
    """Ask for all that was acked; return how many objects were put for 1,000 chunks in this round."""
    few = pages.all[:: max(len(pages.all) // SEEN_STREAMS, 1)]
    journal = {page.stream.stream: {"upto": page.upto, "seen": seen(page) if page in few else {}} for page in pages.all}
    kept = here.kept(journal)
    assert kept["chunks"] >= sum(page.upto for page in pages.all), kept
    assert kept["missing"] == kept["doubled"] == kept["wrong"] == 0, kept
    puts, chunks = kept["puts_ever"] - here.puts, kept["chunks_ever"] - here.chunks
    here.puts, here.chunks = kept["puts_ever"], kept["chunks_ever"]
    return puts / chunks * 1_000


def seen(page: Page) -> dict[int, list[str]]:
    """Return some of a page's acked chunks, with what must be found under their number."""
    step = max(page.upto // SEEN, 1)
    return {
        seq: [hash_of(page.stream, seq, page.phase), hashlib.sha256(body(page.phase + seq).plain).hexdigest()]
        for seq in range(0, page.upto, step)
    }


def say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    main()
