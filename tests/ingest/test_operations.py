"""What operators see: readiness, metrics, log lines; and what they must never see."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from replay.ingest import health
from replay.store.memory import MemoryStore
from replay.wire import frames
from replay.wire.errors import Code
from replay.wire.frames import HEADER_BYTES, Kind
from tests.ingest.bucket import Bucket
from tests.ingest.client import open_socket
from tests.layouts import Layout, MadeProject, embedded_layout, production_layout
from tests.pages_say import PageStream, click, event
from tests.plugins.layout import LAYOUT
from tests.processes import Process

TOKEN = "a token of sixteen and more"


def ask(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def metrics_of(process: Process, **headers: str) -> dict[str, float]:
    """Return each sample by its name, with its labels where it has some."""
    status, text = ask(f"{process.url}/metrics", **headers)
    assert status == 200
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {
        sample.name + "".join(f"[{sample.labels[label]}]" for label in sorted(sample.labels)): sample.value
        for sample in samples
    }


@pytest.mark.both_layouts
async def test_what_happens_is_counted(layout: Layout, shop: MadeProject) -> None:
    web, page = layout.webs[0], PageStream(shop.write_key)
    async with asyncio.timeout(30):  # what other tests have left under way
        while (before := metrics_of(web))["playhead_held_bytes"] or before["playhead_sockets_open"]:
            await asyncio.sleep(0.1)
    async with open_socket(f"ws://127.0.0.1:{web.port}/ingest/v1") as wire:
        await wire.hello(page)
        for seq in range(3):
            await wire.say(page.chunk(seq, click(at_ms=page.now_ms)))
        await wire.wait_upto(page, 3)
        await wire.say(page.chunk(0, click("other bytes")))
        assert (await wire.expect(Kind.NACK))["code"] == Code.CONFLICT
        during = metrics_of(web)
    more = {name: value - before.get(name, 0) for name, value in during.items()}
    assert more["playhead_chunks_total"] == 4
    assert more["playhead_acks_total"] == 3
    assert more["playhead_ack_age_seconds_count"] == 3
    assert 0 < more["playhead_ack_age_seconds_sum"] < 3 * 30
    assert more["playhead_refusals_total[conflict]"] == 1
    assert more["playhead_sockets_open"] == more["playhead_streams_open"] == more["playhead_hellos_total"] == 1
    assert 1 <= more["playhead_packs_total"] <= more["playhead_puts_total"] <= 4
    assert more["playhead_put_seconds_count"] == more["playhead_puts_total"]
    assert more["playhead_chunk_bytes_total"] > 4 * 128
    assert during["playhead_condition[ok]"] == 1
    assert during["process_resident_memory_bytes"] > 0
    assert during["playhead_held_bytes"] == 0
    assert {name for name in during if name.startswith("playhead_refusals_total")} == {
        f"playhead_refusals_total[{code}]" for code in Code
    }
    assert not any(shop.id in name or page.stream in name for name in during)  # no label grows with what comes


@pytest.mark.both_layouts
def test_strangers_see_no_metrics(layout: Layout) -> None:
    web = layout.webs[0]
    assert ask(f"{web.url}/metrics")[0] == 200
    assert ask(f"{web.url}/metrics", **{"X-Forwarded-For": "127.0.0.1"})[0] == 404
    if layout.kind == "production":
        assert ask(f"{layout.base_url}/metrics")[0] == 404


@pytest.mark.embedded
def test_with_a_token_only_who_shows_it_sees_metrics(tmp_path: Path) -> None:
    with embedded_layout(tmp_path, METRICS_TOKEN=TOKEN) as layout:
        url = f"{layout.base_url}/metrics"
        assert ask(url)[0] == 404
        assert ask(url, Authorization="Bearer another")[0] == 404
        assert ask(url, Authorization=f"Bearer {TOKEN}", **{"X-Forwarded-For": "203.0.113.7"})[0] == 200


@pytest.mark.embedded
async def test_a_store_without_room_says_so_and_recovers_alone(tmp_path: Path, bucket: Bucket) -> None:
    with embedded_layout(tmp_path, **bucket.settings) as layout:
        web, page = layout.webs[0], PageStream(layout.make_project().write_key)
        async with open_socket(layout.socket_url) as wire:
            await wire.hello(page)
            await wire.say(page.chunk(0))
            await wire.wait_upto(page, 1)
            bucket.mood = "full"
            for _ in range(3):
                await wire.say(page.chunk(1))
                said = await wire.expect(Kind.NACK)
                assert (said["code"], said["permanent"]) == (Code.STORE_FULL, False)
            assert ask(f"{web.url}/readyz") == (503, "store full\n")
            assert ask(f"{web.url}/healthz") == (200, "ok\n")
            assert metrics_of(web)["playhead_condition[store full]"] == 1
            assert await asyncio.to_thread(beacon_refusal, web, page) == (507, "5")
            bucket.mood = "well"
            await wire.say(page.chunk(1))
            await wire.wait_upto(page, 2)
        assert ask(f"{web.url}/readyz") == (200, "ok\n")
        log = web.log.read_text()
        assert log.count("packs are not kept: store full") == 1
        assert log.count("packs are kept again") == 1


def beacon_refusal(web: Process, page: PageStream) -> tuple[int, str | None]:
    body = frames.join_frames([page.hello_frame(), page.chunk(1).to_frame()])
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(f"{web.url}/ingest/v1/beacon", body, {"Content-Type": "text/plain"}))
    status, retry_after = refused.value.code, refused.value.headers["Retry-After"]
    refused.value.close()
    return status, retry_after


@pytest.mark.embedded
async def test_below_the_watermark_nothing_is_taken_and_the_database_lives(tmp_path: Path) -> None:
    with embedded_layout(tmp_path, STORE_LEAST_FREE_MIB="1048576") as layout:
        page = PageStream(layout.make_project().write_key)
        async with open_socket(layout.socket_url) as wire:
            await wire.hello(page)
            await wire.say(page.chunk(0))
            assert (await wire.expect(Kind.NACK))["code"] == Code.STORE_FULL
        assert ask(f"{layout.base_url}/readyz") == (503, "store full\n")
        layout.make_project()  # rows can still be written


async def test_readiness_never_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask while a check hangs, one thread waits, and each is told within the timeout where it hangs."""
    monkeypatch.setattr(health, "TIMEOUT_S", 0.05)
    goes_on, asked = threading.Event(), []

    class Hanging(MemoryStore):
        def check(self) -> None:
            asked.append(1)
            assert goes_on.wait(20)

    monkeypatch.setattr(health, "open_store", Hanging)
    readiness = health.Readiness()
    monkeypatch.setattr(health, "_ask_database", lambda: None)
    assert set(await asyncio.gather(*(readiness.problem(None) for _ in range(50)))) == {"store slow"}
    assert len(asked) == 1
    goes_on.set()
    while (problem := await readiness.problem(None)) == "store slow":
        pass
    assert problem == ""


CANARY = "canary"


async def test_no_line_of_a_log_holds_what_somebody_recorded(tmp_path: Path) -> None:
    """Canaries in all that a page can say, and in what is wrong about it; then every log of every process is read."""
    word = f"{CANARY}{secrets.token_hex(8)}"
    with (embedded_layout if LAYOUT == "embedded" else production_layout)(
        tmp_path, LOG_LEVEL="DEBUG", LOG_FORMAT="json"
    ) as layout:
        shop = layout.make_project()
        url = f"https://shop.example/{word}?secret={word}"
        page = PageStream(shop.write_key, distinct_id=word, url=url)
        poison = event("custom", page.now_ms, name=word, properties={"\ud800": f"{word}\x00", "deep": {"deeper": word}})
        wrong: list[bytes] = [
            page.chunk(0, click(word, page.now_ms), poison, dom=[{"text": word}]).to_frame(),
            page.chunk(0, click(word)).to_frame(),  # a conflict
            page.chunk(1, {"id": word, "t": 1.0, "type": word}).to_frame(),
            page.chunk(
                2, event("identify", page.now_ms, distinct_id=word, anonymous_id=word, properties={word: word})
            ).to_frame(),
            page.chunk(3).frame[:HEADER_BYTES] + word.encode(),
            bytes([Kind.CHUNK]) + word.encode() * 100,
        ]
        for frame in wrong:
            async with open_socket(f"{layout.socket_url}?{word}", origin=f"https://{word}.example") as wire:
                await wire.hello(page)
                await wire.say(frame)
                await wire.hear()
        for hello in (page.hello_frame(write_key=f"pk_{word}"), bytes([Kind.HELLO]) + word.encode(), word):
            async with open_socket(layout.socket_url) as wire:
                await wire.socket.send(hello)
                await wire.closed()
        for path in (f"/{word}?q={word}", f"/ingest/v1/beacon?{word}", f"/api/v1/projects/{shop.id}/sessions?q={word}"):
            await asyncio.to_thread(ask, layout.base_url + path, Cookie=word, Referer=url)
        processes = [*layout.webs, layout.worker]
    assert processes
    for process in processes:
        text = process.log.read_text()
        assert word not in text, f"{process.name}: {next(line for line in text.splitlines() if word in line)[:400]}"
        events = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        assert events, f"{process.name} does not write JSON"
        assert all(set(line) >= {"time", "level", "logger", "event"} for line in events)


@pytest.mark.both_layouts
async def test_a_worker_tells_what_it_did_and_what_waits(layout: Layout) -> None:
    worker = Process("asked", [], {}, layout.worker.log, int(layout.worker.env["WORKER_PORT"]))
    async with asyncio.timeout(30):
        while metrics_of(worker).get("playhead_worker_task_runs_total[done][sweep]", 0) < 1:
            await asyncio.sleep(0.1)
    told = metrics_of(worker)
    assert ask(f"{worker.url}/healthz") == (200, "ok\n")
    assert told["playhead_worker_task_runs_total[failed][holes]"] == 0
    assert {"playhead_packs_open", "playhead_oldest_open_pack_seconds", "playhead_streams_holed"} < set(told)
    assert ask(f"{worker.url}/")[0] == 404
