#!/usr/bin/env python3
"""Write the golden vectors of the wire: replay/wire/vectors/*.json, read by pytest and by vitest.

Each file is {"about", "vectors": [{"name", …}]}; bytes are hex; ``pad`` says how many zero bytes follow the hex.
A vector with ``error`` must be refused with that code. Run it again after a change of SPEC.md and look at the diff.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec.structs import replace

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from replay.wire import columns, frames, messages, records  # noqa: E402
from replay.wire.errors import REFUSALS, Code  # noqa: E402
from replay.wire.frames import ChunkHeader, Codec, Flag  # noqa: E402
from replay.wire.remedies import REMEDIES  # noqa: E402
from scripts.columns_vectors import column_vectors, refused_column_vectors  # noqa: E402
from scripts.talks import page, play, server  # noqa: E402

VECTORS = ROOT / "replay" / "wire" / "vectors"
SESSION = UUID("01993f2e-7a10-7c3b-9b1d-2f5f6a7b8c9d")
STREAM = "00112233445566778899aabbccddeeff"
DOM = '[{"type":4,"data":{"href":"https://shop.example/","width":1280,"height":720},"timestamp":1790000000000}]'
LOG = '[{"id":"e1","t":1790000000010,"type":"navigation","url":"https://shop.example/","title":"Zoë’s shop","how":"load"}]'
COLUMNS = columns.encode(json.loads(DOM))
GAP = '[{"id":"g1","t":1790000001000,"type":"gap","reason":"frame_too_large","body":"dom"}]'
HEADER = ChunkHeader(
    SESSION, STREAM, 0, first_ms=1790000000000.0, last_ms=1790000000010.5, wall_ms=1790000000500.0, mono_ms=812.25
)
HELLO = messages.Hello(
    v=1,
    write_key="pk_abcdefghjk_0123456789abcdef01234567",
    session=str(SESSION),
    secret="A" * 43,
    stream=STREAM,
    window="0123456789abcdef",
    distinct_id="anon-1",
    recorder="0.1.0",
    client_ms=1790000000000.0,
    page=messages.Page("https://shop.example/", "Zoë’s shop", ""),
    device=messages.Device(1280, 720, 2560, 1440, 2, "en-GB", "Europe/Berlin"),
)


def gzipped(raw: bytes) -> bytes:
    """Return gzip whose bytes do not hang on the version of zlib: stored, not squeezed."""
    squeeze = zlib.compressobj(0, zlib.DEFLATED, 31)
    return squeeze.compress(raw) + squeeze.flush()


def chunk(header: ChunkHeader = HEADER, dom: bytes = b"", log: bytes = b"") -> frames.Chunk:
    """Return a chunk whose raw lengths and codecs say plain JSON where the header does not say otherwise."""
    if dom and header.dom_codec == Codec.EMPTY:
        header = replace(header, dom_codec=Codec.JSON, dom_raw_length=len(dom), dom_events=1)
    if log and header.log_codec == Codec.EMPTY:
        header = replace(header, log_codec=Codec.JSON, log_raw_length=len(log))
    return frames.make_chunk(header, dom, log)


def zipped(header: ChunkHeader, dom: str, log: str) -> frames.Chunk:
    header = replace(
        header,
        dom_codec=Codec.JSON_GZIP if dom else Codec.EMPTY,
        log_codec=Codec.JSON_GZIP if log else Codec.EMPTY,
        dom_raw_length=len(dom.encode()),
        log_raw_length=len(log.encode()),
        dom_events=1 if dom else 0,
    )
    return frames.make_chunk(header, gzipped(dom.encode()) if dom else b"", gzipped(log.encode()) if log else b"")


def header_fields(header: ChunkHeader) -> dict[str, Any]:
    fields = {name: getattr(header, name) for name in ChunkHeader.__struct_fields__}
    return fields | {"session": str(header.session), "flags": int(header.flags), "hash": header.hash.hex()}


def message_vectors() -> list[dict[str, Any]]:
    said: dict[str, messages.Message] = {
        "hello": HELLO,
        "welcome": messages.Welcome(STREAM, 7, 1790000000003.0),
        "ack": messages.Ack(STREAM, 8),
        "ack that narrows the window": messages.Ack(STREAM, 8, window_bytes=131072, window_chunks=4),
        "window": messages.Window(0, 0),
        "nack transient": messages.nack(STREAM, 8, Code.STORE_UNAVAILABLE),
        "nack permanent": messages.nack(STREAM, 8, Code.CONFLICT),
        "goaway for good": messages.goaway(Code.UNKNOWN_WRITE_KEY),
        "goaway for now": messages.goaway(Code.SERVER_CLOSING, after_ms=1500),
        "ping": messages.Ping(1790000000000.0),
        "goaway until tomorrow": messages.goaway(Code.OVER_QUOTA, after_ms=60_000),
        "ping that tells a clock": messages.Ping(1790000000000.0, STREAM, 42.5),
        "pong": messages.Pong(1790000000000.0, 1790000000003.0),
    }
    made = [(name, messages.to_frame(message)) for name, message in said.items()]
    made.append(
        (
            "a welcome with a key of tomorrow",
            b'\x02{"v":1,"stream":"'
            + STREAM.encode()
            + b'","next_seq":0,"server_ms":1,"max_chunk_bytes":524288,"window_bytes":1048576,"window_chunks":32,'
            b'"heartbeat_s":20,"codecs":[16,17],"tomorrow":[1]}',
        )
    )
    return [{"name": name, "kind": frame[0], "hex": frame.hex(), "json": json.loads(frame[1:])} for name, frame in made]


def chunk_vectors() -> list[dict[str, Any]]:
    made = [
        ("two plain bodies", chunk(dom=DOM.encode(), log=LOG.encode()), DOM, LOG),
        ("two gzip bodies, a full snapshot", zipped(replace(HEADER, flags=Flag.SNAPSHOT, seq=1), DOM, LOG), DOM, LOG),
        ("no body at all, the last chunk", chunk(replace(HEADER, flags=Flag.FINAL, seq=2)), "", ""),
        ("only a log, a high seq", zipped(replace(HEADER, seq=4_000_000_000), "", LOG), "", LOG),
        (
            "part 0 of 2, cut inside a character",
            chunk(replace(HEADER, seq=3, part_count=2, flags=Flag.SNAPSHOT), '["ë'.encode()[:3]),
            None,
            "",
        ),
        (
            "part 1 of 2",
            chunk(
                replace(HEADER, seq=4, part_index=1, part_count=2, dom_codec=1, dom_raw_length=3), '["ë'.encode()[3:] + b'"]'
            ),
            None,
            "",
        ),
        ("columns", chunk(replace(HEADER, seq=7, dom_codec=16, dom_raw_length=len(COLUMNS)), COLUMNS), COLUMNS.decode(), ""),
        (
            "columns, gzip",
            chunk(replace(HEADER, seq=8, dom_codec=17, dom_raw_length=len(COLUMNS)), gzipped(COLUMNS)),
            COLUMNS.decode(),
            "",
        ),
        ("a gap", chunk(replace(HEADER, seq=5, flags=Flag.GAP), log=GAP.encode()), "", GAP),
        (
            "flags and times at their ends",
            chunk(replace(HEADER, seq=6, flags=Flag.FINAL | Flag.SNAPSHOT, first_ms=0.125, last_ms=8.64e15), DOM.encode()),
            DOM,
            "",
        ),
    ]
    return [
        {"name": name, "hex": made_chunk.to_frame().hex(), "header": header_fields(made_chunk.header), "dom": dom, "log": log}
        for name, made_chunk, dom, log in made
    ]


def refused_vectors() -> list[dict[str, Any]]:
    good = chunk(dom=DOM.encode(), log=LOG.encode()).to_frame()
    bomb = gzipped(b"[]")
    hello = messages.to_frame(HELLO)
    cases: list[tuple[str, bytes, Code, int]] = [
        ("nothing", b"", Code.BAD_FRAME, 0),
        ("a kind of tomorrow", b"\x63{}", Code.BAD_FRAME, 0),
        ("a chunk cut in its header", good[:100], Code.BAD_FRAME, 0),
        ("a chunk cut in its body", good[:-1], Code.BAD_FRAME, 0),
        ("a chunk with a byte too many", good + b"!", Code.BAD_FRAME, 0),
        ("a chunk with a flipped bit", good[:-1] + bytes((good[-1] ^ 1,)), Code.BAD_HASH, 0),
        ("a header with a flipped bit", good[:43] + b"\x03" + good[44:], Code.BAD_HASH, 0),
        ("a codec of tomorrow", chunk(replace(HEADER, dom_codec=77, dom_raw_length=2), b"[]").to_frame(), Code.BAD_CODEC, 0),
        (
            "columns that are stored only",
            chunk(replace(HEADER, dom_codec=18, dom_raw_length=2), b"[]").to_frame(),
            Code.BAD_CODEC,
            0,
        ),
        ("columns of two lengths", chunk(replace(HEADER, dom_codec=16, dom_raw_length=3), b"[]").to_frame(), Code.BAD_CODEC, 0),
        ("a log of columns", chunk(replace(HEADER, log_codec=16, log_raw_length=2), log=b"[]").to_frame(), Code.BAD_CODEC, 0),
        (
            "a log of zipped columns",
            chunk(replace(HEADER, log_codec=17, log_raw_length=2), log=b"[]").to_frame(),
            Code.BAD_CODEC,
            0,
        ),
        (
            "an empty codec with a body",
            chunk(replace(HEADER, dom_codec=1, dom_raw_length=3), b"[]").to_frame(),
            Code.BAD_CODEC,
            0,
        ),
        (
            "a dom body beyond its bound",
            chunk(replace(HEADER, dom_codec=2, dom_raw_length=8 * 1024 * 1024 + 1), b"[]").to_frame(),
            Code.INFLATED_TOO_LARGE,
            0,
        ),
        (
            "a log body beyond its bound",
            chunk(replace(HEADER, log_codec=2, log_raw_length=1024 * 1024 + 1), log=b"[]").to_frame(),
            Code.INFLATED_TOO_LARGE,
            0,
        ),
        (
            "a ratio that is not honest",
            chunk(replace(HEADER, dom_codec=2, dom_raw_length=4_000_000), bomb).to_frame(),
            Code.INFLATED_TOO_LARGE,
            0,
        ),
        ("times that are none", chunk(replace(HEADER, first_ms=float("nan"))).to_frame(), Code.BAD_FRAME, 0),
        ("an end before its beginning", chunk(replace(HEADER, last_ms=1.0)).to_frame(), Code.BAD_FRAME, 0),
        ("part 2 of 2", chunk(replace(HEADER, seq=9, part_index=2, part_count=2)).to_frame(), Code.BAD_FRAME, 0),
        ("no parts", chunk(replace(HEADER, part_count=0)).to_frame(), Code.BAD_FRAME, 0),
        ("too many parts", chunk(replace(HEADER, part_count=257)).to_frame(), Code.BAD_FRAME, 0),
        (
            "a gap with a dom body",
            chunk(replace(HEADER, flags=Flag.GAP), DOM.encode(), GAP.encode()).to_frame(),
            Code.BAD_FRAME,
            0,
        ),
        ("a frame beyond its bound", good, Code.FRAME_TOO_LARGE, 524_288),
        ("a hello that is not JSON", b"\x01{", Code.BAD_HELLO, 0),
        ("a hello of tomorrow", b'\x01{"v":2}', Code.UNSUPPORTED_VERSION, 0),
        ("a hello without a secret", hello.replace(b'"secret"', b'"sacred"'), Code.BAD_HELLO, 0),
        ("a hello whose session is no UUIDv7", hello.replace(b"-7c3b-", b"-4c3b-"), Code.BAD_HELLO, 0),
        ("a hello beyond its bound", hello, Code.BAD_HELLO, 16_384),
    ]
    return [
        {
            "name": name,
            "hex": frame.hex(),
            "pad": pad,
            "error": code,
            "permanent": REFUSALS[code].permanent,
            "ends": REFUSALS[code].ends,
        }
        for name, frame, code, pad in cases
    ]


def body_vectors() -> list[dict[str, Any]]:
    raw = DOM.encode()
    body = gzipped(raw)
    return [
        {"name": "empty", "codec": 0, "raw_length": 0, "hex": "", "raw": ""},
        {"name": "plain", "codec": 1, "raw_length": len(raw), "hex": raw.hex(), "raw": DOM},
        {"name": "gzip", "codec": 2, "raw_length": len(raw), "hex": body.hex(), "raw": DOM},
        {"name": "gzip cut short", "codec": 2, "raw_length": len(raw), "hex": body[:-4].hex(), "error": Code.BAD_CODEC},
        {
            "name": "gzip with something after",
            "codec": 2,
            "raw_length": len(raw),
            "hex": (body + b"!").hex(),
            "error": Code.BAD_CODEC,
        },
        {
            "name": "two gzip members",
            "codec": 2,
            "raw_length": 2 * len(raw),
            "hex": (body + body).hex(),
            "error": Code.BAD_CODEC,
        },
        {
            "name": "gzip that holds more than it says",
            "codec": 2,
            "raw_length": 9,
            "hex": body.hex(),
            "error": Code.INFLATED_TOO_LARGE,
        },
        {
            "name": "gzip that holds less than it says",
            "codec": 2,
            "raw_length": len(raw) + 1,
            "hex": body.hex(),
            "error": Code.BAD_CODEC,
        },
        {"name": "not gzip", "codec": 2, "raw_length": len(raw), "hex": raw.hex(), "error": Code.BAD_CODEC},
        {
            "name": "gzip with a wrong checksum",
            "codec": 2,
            "raw_length": len(raw),
            "hex": (body[:-8] + bytes(4) + body[-4:]).hex(),
            "error": Code.BAD_CODEC,
        },
    ]


def beacon_vectors() -> list[dict[str, Any]]:
    said = [messages.to_frame(HELLO), chunk(dom=DOM.encode(), log=LOG.encode()).to_frame()]
    body = frames.join_frames(said)
    answer = [messages.to_frame(messages.Welcome(STREAM, 0, 1790000000003.0)), messages.to_frame(messages.Ack(STREAM, 1))]
    return [
        {"name": "hello and a chunk", "hex": body.hex(), "frames": [frame.hex() for frame in said]},
        {"name": "its answer", "hex": frames.join_frames(answer).hex(), "frames": [frame.hex() for frame in answer]},
        {"name": "nothing", "hex": "", "frames": []},
        {"name": "cut in a frame", "hex": body[:-1].hex(), "error": Code.BAD_FRAME},
        {"name": "cut in a length", "hex": (body + b"\0\0").hex(), "error": Code.BAD_FRAME},
        {"name": "too many frames", "hex": frames.join_frames([b"\x07{}"] * 65).hex(), "error": Code.TOO_MANY},
    ]


def record_vectors() -> list[dict[str, Any]]:
    made = [
        records.Record(3, 2, 2, 0, 1, len(DOM), gzipped(DOM.encode())),
        records.missing(4),
        records.Record(5, 0, 4, 0, 1, 0, b""),
    ]
    data = b"".join(record.to_bytes() for record in made)
    said = [{name: getattr(record, name) for name in records.Record.__slots__} | {"body": record.body.hex()} for record in made]
    return [
        {"name": "a body, missing bytes, a gap", "hex": data.hex(), "records": said},
        {"name": "cut in a body", "hex": data[:50].hex(), "error": Code.BAD_FRAME},
        {"name": "cut in a header", "hex": data[:-1].hex(), "error": Code.BAD_FRAME},
    ]


def code_vectors() -> list[dict[str, Any]]:
    return [
        {
            "name": code,
            "permanent": refusal.permanent,
            "http_status": refusal.http_status,
            "ends": refusal.ends,
            "sentence": refusal.sentence,
            "remedy": REMEDIES[code],
        }
        for code, refusal in REFUSALS.items()
    ]


FILES = {
    "messages": ("Frames that hold JSON: parse `hex`, find `json`.", message_vectors),
    "chunks": (
        "Chunk frames: parse `hex`, find `header`; bodies inflate to `dom` and `log` (null: not text by itself).",
        chunk_vectors,
    ),
    "refused": ("Frames that are refused with `error`; `ends`: by goaway, else by nack.", refused_vectors),
    "bodies": ("Bodies: inflate `hex` by `codec`, find `raw` or `error`.", body_vectors),
    "beacons": ("Bodies of the beacon and of its answer: split `hex`, find `frames` or `error`.", beacon_vectors),
    "records": ("What readers get: parse `hex`, find `records` or `error`.", record_vectors),
    "columns": ("Columns: `events` (JSON text) and the `document` that both languages write for them.", column_vectors),
    "columns_refused": ("Documents of columns, `hex`, that nobody opens.", refused_column_vectors),
    "codes": ("Every refusal and what it asks of the page.", code_vectors),
}


def write_conversations() -> None:
    """Write what the cores answer to each call: one line a conversation, so that a change is one line of the diff."""
    named = server.name_frames(HELLO, HEADER)
    sides = {
        "page": [{**talk, "answers": play.play_page(talk)} for talk in page.page_talks()],
        "server": [{**talk, "answers": play.play_server(talk, named)} for talk in server.server_talks()],
    }
    about = "Calls on the two cores, and exactly what each answers; `frames` have the names that the server's calls use."
    lines = [f' "{side}": [\n' + ",\n".join(map(_line, talks)) + "\n ]" for side, talks in sides.items()]
    text = f'{{\n "about": {_line(about)},\n "frames": {_line(named)},\n' + ",\n".join(lines) + "\n}\n"
    (VECTORS / "conversations.json").write_text(text)
    print(f"conversations.json: {', '.join(f'{len(talks)} {side}' for side, talks in sides.items())}")


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    VECTORS.mkdir(exist_ok=True)
    for name, (about, make) in FILES.items():
        text = json.dumps({"about": about, "vectors": make()}, indent=1, ensure_ascii=False)
        (VECTORS / f"{name}.json").write_text(text + "\n")
        print(f"{name}.json: {len(make())} vectors")
    write_conversations()


if __name__ == "__main__":
    main()
