"""The server is killed without warning while pages talk: what was acked is kept, once; the rest arrives when sent again."""

from __future__ import annotations

import asyncio
import hashlib
import json
import urllib.request
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException

from replay.wire import records
from replay.wire.frames import Chunk, Kind
from tests.ingest.client import open_socket
from tests.layouts import Layout, MadeProject, embedded_layout, production_layout
from tests.pages_say import PageStream, click
from tests.plugins.layout import LAYOUT

PAGES = 6
CHUNKS = 40
KILLS = 3
IN_FLIGHT = 8


class Page:
    """A page that sends its chunks in order, keeps what is not acked, and comes back after a broken socket."""

    def __init__(self, shop: MadeProject) -> None:
        self.stream = PageStream(shop.write_key)
        self.chunks = [self.stream.chunk(seq, click(f"click {seq}", self.stream.now_ms + seq)) for seq in range(CHUNKS)]
        self.acked = 0  # every chunk below is the server's promise

    async def run(self, url: str) -> None:
        while self.acked < CHUNKS:
            try:
                await self._talk(url)
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(0.05)

    async def _talk(self, url: str) -> None:
        async with open_socket(url, open_timeout=5) as wire:
            welcome = await wire.hello(self.stream)
            assert welcome["next_seq"] >= self.acked, "the server forgot what it acked"
            sent = self.acked
            while self.acked < CHUNKS:
                while sent < min(self.acked + IN_FLIGHT, CHUNKS):
                    await wire.say(self.chunks[sent])
                    sent += 1
                kind, said = await wire.hear()
                if kind != Kind.ACK:
                    assert not said.get("permanent", False), said
                    return
                self.acked = max(self.acked, said["upto"])
                sent = max(sent, self.acked)


def ask(layout: Layout, shop: MadeProject, path: str) -> bytes:
    url = f"{layout.base_url}/api/v1/projects/{shop.id}/sessions/{path}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {shop.token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        data: bytes = answer.read()
    return data


def stored(layout: Layout, shop: MadeProject, page: Page) -> tuple[dict[str, Any], list[records.Record]]:
    """Return the session as the API tells it, and the dom bodies of its stream."""
    stream = page.stream
    session: dict[str, Any] = json.loads(ask(layout, shop, str(stream.session)))
    data = ask(layout, shop, f"{stream.session}/streams/{stream.stream}/chunks?body=dom&from=0&upto={CHUNKS}")
    return session, list(records.parse_records(data))


def digest_of(chunks: list[Chunk]) -> list[str]:
    return [hashlib.sha256(chunk.dom).hexdigest() for chunk in chunks]


async def test_nothing_acked_is_lost_and_nothing_is_doubled(tmp_path: Path) -> None:
    with (embedded_layout if LAYOUT == "embedded" else production_layout)(tmp_path) as layout:
        shop = layout.make_project()
        pages = [Page(shop) for _ in range(PAGES)]
        talking = asyncio.gather(*(page.run(layout.socket_url) for page in pages))
        for kill in range(KILLS):
            while sum(page.acked for page in pages) < (kill + 1) * PAGES * CHUNKS // (KILLS + 2):
                assert not talking.done() or not talking.exception()
                await asyncio.sleep(0.01)
            promised = [page.acked for page in pages]
            web = layout.webs[kill % len(layout.webs)]
            await asyncio.to_thread(web.kill)
            await asyncio.to_thread(web.start)
            for page, acked in zip(pages, promised, strict=True):
                if acked:
                    _, kept = await asyncio.to_thread(stored, layout, shop, page)
                    assert digest_of(page.chunks[:acked]) == [
                        hashlib.sha256(record.body).hexdigest() for record in kept[:acked]
                    ]
        await talking
        for page in pages:
            session, kept = await asyncio.to_thread(stored, layout, shop, page)
            assert [record.seq for record in kept] == list(range(CHUNKS))
            assert digest_of(page.chunks) == [hashlib.sha256(record.body).hexdigest() for record in kept]
            assert session["clicks"] == CHUNKS, "derived twice, or not at all"
