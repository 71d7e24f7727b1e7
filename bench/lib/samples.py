"""What the storage bench weighs: a session as its page sent it, and the same session as plain JSON, batch by batch."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import cramjam
import msgspec
import zstandard

from bench.apps.recording import Recording, read_lines
from bench.lib.streams import at, batches, chunks_of
from replay.wire import bodies
from replay.wire.assets import Offer, open_body, parse_request
from replay.wire.frames import Chunk, join_frames
from replay.wire.messages import to_frame
from tests.pages_say import PageStream

BLOCK_MS: Final = 10_000
SESSIONS_PER_APP: Final = 20  # over which assets are spread: each is kept, and but for images sent, once
SOME_URL: Final = "https://app.example/"


@dataclass
class Sample:
    """One session. A batch is what one chunk holds: its dom events and its log events, one JSON each."""

    name: str
    page: PageStream
    chunks: Sequence[Chunk]
    batches: Sequence[tuple[list[str], list[str]]]
    offers: Sequence[tuple[Offer, bytes]] = ()
    asset_posts: Sequence[bytes] = field(default=(), repr=False)  # as the first of the app's sessions sent them

    @cached_property
    def minutes(self) -> float:
        times = [at(line) for dom, _ in self.batches for line in dom]
        return (max(times) - min(times)) / 60_000

    @cached_property
    def raw_bytes(self) -> int:
        return sum(len(line.encode()) + 1 for line in self._lines())

    def snappy_bytes(self) -> int:
        """Return the size of JSON lines in blocks of ten seconds, each through snappy: what PostHog stores."""
        return sum(len(bytes(cramjam.snappy.compress_raw(block))) for block in self._blocks())

    def zstd19_bytes(self) -> int:
        """Return the size of all JSON lines through one zstd-19 pass."""
        raw = "".join(f"{line}\n" for line in self._lines()).encode()
        return len(zstandard.ZstdCompressor(level=19).compress(raw))

    def gzip_bytes(self) -> int:
        """Return the size of the batches as JSON arrays, each through gzip-6: the field's wire, without any header."""
        arrays = (some for dom, log in self.batches for some in (dom, log) if some)
        return sum(len(gzip.compress(f"[{','.join(some)}]".encode(), 6, mtime=0)) for some in arrays)

    def wire_bytes(self) -> float:
        """Return what the page sends: frames with their headers, and its share of what is sent beside them."""
        return sum(len(chunk.frame) for chunk in self.chunks) + self.asset_wire_bytes()

    def asset_wire_bytes(self) -> float:
        """Return the bytes of asset requests per session, when the app is visited so often."""
        first = sum(map(len, self.asset_posts))
        later = 0
        for post in self.asset_posts:
            heard = parse_request(post)
            is_answered = all(heard.offers[place].kind != "image" for place in heard.bodies)  # known by now, save images
            later += 0 if heard.bodies and is_answered else len(post)
        return (first + later * (SESSIONS_PER_APP - 1)) / SESSIONS_PER_APP

    def _lines(self) -> Iterator[str]:
        for dom, log in self.batches:
            yield from dom
            yield from log

    def _blocks(self) -> Iterator[bytes]:
        block, first_ms = "", 0.0
        for dom, log in self.batches:
            first = at(dom[0]) if dom else json.loads(log[0])["t"]
            if block and first - first_ms >= BLOCK_MS:
                yield block.encode()
                block = ""
            first_ms = first_ms if block else first
            block += "".join(f"{line}\n" for line in dom + log)
        yield block.encode()


def of_recording(recording: Recording) -> Sample:
    """Return a session that our recorder made: its chunks are what went over the wire."""
    chunks, lines, made = recording.chunks(), recording.lines(), list[tuple[list[str], list[str]]]()
    start = 0
    for chunk in chunks:
        head = chunk.header
        log = bodies.decode_log(head.log_codec, chunk.log) if chunk.log else []
        made.append((lines[start : start + head.dom_events], [json.dumps(event, separators=(",", ":")) for event in log]))
        start += head.dom_events
    assert start == len(lines), f"{recording.name}: rrweb gave {len(lines)} events, {start} were sent"
    posts = recording.assets()
    header = chunks[0].header
    page = PageStream(session=header.session, stream=header.stream, now_ms=header.first_ms, url=SOME_URL)
    return Sample(recording.name, page, chunks, [some for some in made if any(some)], _offers(posts), posts)


def of_file(path: Path) -> Sample:
    """Return a session of plain rrweb events, one JSON a line, as our recorder would send it."""
    lines = read_lines(path)
    page, sheets = PageStream(now_ms=at(lines[0]), url=SOME_URL), dict[str, bytes]()
    chunks = chunks_of(page, lines, sheets)
    offers = [(Offer(digest, "stylesheet", f"{SOME_URL}{digest}.css", len(data), 2), data) for digest, data in sheets.items()]
    name = path.name.removesuffix(".jsonl.gz")
    return Sample(name, page, chunks, [(some, []) for some in batches(lines)], offers, list(map(_post, offers)))


def _offers(posts: Sequence[bytes]) -> list[tuple[Offer, bytes]]:
    found = []
    for post in posts:
        heard = parse_request(post)
        for place, body in heard.bodies.items():
            data = open_body(heard.offers[place], body)
            if data is not None:
                found.append((heard.offers[place], data))
    return found


def _post(offer: tuple[Offer, bytes]) -> bytes:
    """Return the request that brings an asset, about: a hello, the offer and the bytes."""
    hello = to_frame(PageStream(write_key="pk_abcdefghjk_0123456789abcdef01234567").hello())
    return join_frames([hello, msgspec.json.encode([offer[0]]), gzip.compress(offer[1], 6, mtime=0)])
