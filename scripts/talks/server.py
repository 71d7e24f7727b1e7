"""Conversations of the server's core: one for each thing that it says, and walks at random."""

from __future__ import annotations

import random
from typing import Any

from msgspec.structs import replace

from replay.wire import frames, limits, messages
from replay.wire.errors import REFUSALS, Code
from replay.wire.frames import ChunkHeader, Codec, Flag, Kind
from scripts.talks.play import Named, Talk

Call = dict[str, Any]
ROOMS = 4  # chunks of each stream that have a name


def name_frames(hello: messages.Hello, header: ChunkHeader) -> dict[str, Named]:
    """Return frames that conversations call by name: two streams of a session, one of another, parts, and what is refused."""
    other = hello.session[:-1] + ("0" if hello.session[-1] != "0" else "1")
    hellos = {
        "hello a": replace(hello, stream="aa" * 16),
        "hello b": replace(hello, stream="bb" * 16),
        "hello of another session": replace(hello, stream="aa" * 16, session=other),
    }
    made = {name: messages.to_frame(said) for name, said in hellos.items()}
    for stream in "ab":
        for seq in range(ROOMS):
            made[f"{stream}{seq}"] = _chunk(replace(header, stream=stream * 32, seq=seq))
    a = replace(header, stream="aa" * 16)
    made["gap"] = frames.make_chunk(replace(a, flags=Flag.GAP, log_codec=Codec.JSON, log_raw_length=2), b"", b"[]").to_frame()
    for index in range(9):  # 8 MiB each, 64 MiB at most
        sized = replace(a, seq=index, part_index=index, part_count=9, dom_codec=Codec.JSON_GZIP)
        made[f"part {index}"] = frames.make_chunk(
            replace(sized, dom_raw_length=limits.MAX_DOM_RAW_BYTES), bytes(42_000), b""
        ).to_frame()
    spoiled = bytearray(_chunk(a))
    spoiled[-1] ^= 1
    made["spoiled"] = bytes(spoiled)
    made["of tomorrow"] = frames.make_chunk(replace(a, dom_codec=77, dom_raw_length=2), b"[]", b"").to_frame()
    made["too dense"] = frames.make_chunk(replace(a, dom_codec=2, dom_raw_length=8 * 1024 * 1024 + 1), b"[]", b"").to_frame()
    made["ends before it begins"] = frames.make_chunk(replace(a, last_ms=1.0), b"", b"").to_frame()
    return {name: (frame.rstrip(b"\0").hex(), len(frame) - len(frame.rstrip(b"\0"))) for name, frame in made.items()}


def _chunk(header: ChunkHeader) -> bytes:
    return frames.make_chunk(replace(header, dom_codec=Codec.JSON, dom_raw_length=2), b"[]", b"").to_frame()


def hear(frame: Any, now: float = 0, pad: int = 0) -> Call:
    return {"call": "receive", "frame": frame, "now": now, "pad": pad}


def meet(stream: str = "a", next_seq: int = 0, now: float = 0) -> list[Call]:
    name = f"hello {stream}"
    return [hear(name, now), {"call": "admitted", "hello": name, "next_seq": next_seq, "now": now + 3}]


def settle(*outcomes: tuple[str, Code | None, int | None]) -> Call:
    return {"call": "settled", "outcomes": [list(outcome) for outcome in outcomes]}


def ping(client_ms: float, now: float, **body: Any) -> Call:
    return hear({"kind": int(Kind.PING), "json": {"client_ms": client_ms} | body}, now)


def press(level: float) -> Call:
    return {"call": "press", "level": level}


def refuse(code: Code, after_ms: int = 0) -> Call:
    return {"call": "refuse", "code": code, "after_ms": after_ms}


def take(stream: str) -> Call:
    return {"call": "taken_over", "stream": stream * 32}


def code_talks() -> dict[str, list[Call]]:
    """Every code, as admission says it and as the writer does."""
    talks = {}
    for code in Code:
        talks[f"{code} of a chunk"] = [*meet(), hear("a0"), hear("a1"), settle(("a0", code, 1), ("a1", None, 2)), hear("a2")]
        if REFUSALS[code].ends:
            talks[f"{code} of a hello"] = [hear("hello a"), refuse(code, 250), refuse(code), *meet()[1:], hear("a0")]
    return talks


def heard_talks() -> dict[str, list[Call]]:
    a, b = "aa" * 16, "bb" * 16
    return {
        "one ack for each stream of a pack": [
            *meet(),
            *meet("b", 1),
            *map(hear, ("a0", "b1", "a1", "b2")),
            settle(("a0", None, 2), ("b1", None, 3), ("a1", None, 2), ("b2", None, 3)),
        ],
        "acks never go back": [
            *meet(next_seq=1),
            hear("a1"),
            hear("a2"),
            settle(("a2", None, 3)),
            settle(("a1", None, 2)),
            settle(("a0", None, 0)),
        ],
        "a nack, and an ack that moved all the same": [
            *meet(),
            hear("a0"),
            hear("a1"),
            settle(("a0", Code.CONFLICT, 1), ("a1", Code.STORE_FULL, None)),
        ],
        "an end in a pack comes last": [
            *meet(),
            *map(hear, ("a0", "a1")),
            settle(("a0", Code.ERASED, None), ("a1", None, 1)),
            settle(("a1", Code.ERASED, 1)),
        ],
        "acks follow a goodbye": [*meet(), hear("a0"), refuse(Code.SERVER_CLOSING, 900), settle(("a0", None, 1)), hear("a1")],
        "a gap": [*meet(), hear("gap"), settle(("gap", None, 1))],
        "said hello twice": [*meet(), hear("a0"), *meet(next_seq=1), hear("a1")],
        "another session under the same stream": [
            *meet(),
            hear("hello of another session"),
            {"call": "admitted", "hello": "hello of another session", "next_seq": 0, "now": 1},
            hear("a0"),
        ],
        "a chunk without a hello": [hear("a0")],
        "a chunk before it is admitted": [hear("hello a"), hear("a0")],
        "a chunk of another session": [
            hear("hello of another session"),
            {"call": "admitted", "hello": "hello of another session", "next_seq": 0, "now": 1},
            hear("a0"),
        ],
        "a spoiled chunk": [*meet(), hear("spoiled"), hear("a0")],
        "a codec of tomorrow": [*meet(), hear("of tomorrow"), hear("a0")],
        "a body that is too dense": [*meet(), hear("too dense"), hear("a0")],
        "times that run backwards": [*meet(), hear("ends before it begins"), hear("a0")],
        "a frame that is too large": [*meet(), hear("a0", pad=limits.MAX_FRAME_BYTES), hear("a0")],
        "a chunk with something behind it": [*meet(), hear("a0", pad=1)],
        "nothing": [hear("")],
        "a kind of tomorrow": [hear("637b7d")],
        "a welcome from a page": [hear("027b7d")],
        "a window from a page": [*meet(), hear("097b7d")],
        "a hello that is not JSON": [hear("017b")],
        "a hello of tomorrow": [hear({"kind": 1, "json": {"v": 2}})],
        "a hello without a stream": [hear({"kind": 1, "json": {"v": 1}})],
        "a hello that is too large": [hear("hello a", pad=limits.MAX_HELLO_BYTES)],
        "a ping that is not JSON": [hear("077b")],
        "a ping that is too large": [hear("077b", pad=limits.MAX_HELLO_BYTES)],
        "more chunks than the window": [*meet(), *(hear("a0") for _ in range(2 * limits.WINDOW_CHUNKS + 1)), hear("a0")],
        "acked by what another socket brought": [
            *meet(),
            *map(hear, ("a0", "a1", "a2")),
            settle(("a0", None, 4)),
            *map(hear, ("a3", "a1", "a2")),
            settle(("a1", None, 4), ("a2", None, 4), ("a3", None, 4)),
        ],
        "settled chunks leave the window": [
            *meet(),
            *(call for _ in range(40) for call in (hear("a0"), settle(("a0", None, 1)))),
        ],
        "clocks": [
            *meet(),
            ping(100, 150),
            ping(200, 260, stream=a, rtt_ms=40),
            ping(300, 390, stream=a, rtt_ms=60),
            ping(400, 455.5, stream=a, rtt_ms=7),
            ping(500, 560, stream=a, rtt_ms=7),
            ping(600, 700, stream=b, rtt_ms=1),
            ping(700, 800, stream=a, rtt_ms=-1),
            ping(800, 900, rtt_ms=1),
        ],
        "clocks that say nothing": [
            *meet(),
            ping(1, 2, stream=a, rtt_ms=60_001),
            ping(9e15, 2, stream=a, rtt_ms=1),
            ping(1, 2, stream=a),
        ],
        "pressed, closed, opened": [
            *meet(),
            *map(press, (0.1, 0.2, 0.5, 0.9, 1, 0.3, 0)),
            hear("a0"),
            settle(("a0", None, 1)),
            hear("a1"),
            settle(("a1", None, 2)),
        ],
        "pressed before the hello": [press(1), press(0.4), *meet(), press(7), press(-7)],
        "pressed after the end": [*meet(), refuse(Code.TOO_MANY), press(1)],
        "taken over": [*meet(), hear("a0"), take("a"), settle(("a0", None, 1)), hear("a1")],
        "taken over, and another stream stays": [*meet(), *meet("b"), take("a"), hear("b0"), take("c"), hear("a0")],
        "an event in nine parts is too large": [*meet(), *(hear(f"part {index}") for index in range(9)), hear("part 3")],
        "parts that do not follow one another": [*meet(), *(hear(f"part {index}") for index in (2, 5, 0, 1, 2, 4, 8))],
    }


def walk(seed: int) -> list[Call]:
    """Walk at random over everything that can be called, in any order."""
    dice = random.Random(seed)
    calls: list[Call] = []
    for step in range(40):
        stream = dice.choice("ab")
        name = f"{stream}{dice.randrange(ROOMS)}"
        code = dice.choice([None, None, *(code for code in Code if not REFUSALS[code].ends)])
        match dice.choices(range(7), (6, 10, 10, 3, 2, 1, 2 if step > 30 else 0))[0]:
            case 0:
                calls += meet(stream, dice.randrange(ROOMS), step)
            case 1:
                calls.append(hear(name, step))
            case 2:
                calls.append(
                    settle(*((name, code, dice.choice((None, dice.randrange(ROOMS)))) for _ in range(dice.randint(1, 3))))
                )
            case 3:
                calls.append(ping(step, step + 9, stream=stream * 32, rtt_ms=dice.randrange(50)))
            case 4:
                calls.append(press(dice.random()))
            case 5:
                calls.append(take(stream))
            case _:
                calls.append(refuse(dice.choice(list(Code))))
    return [*meet(), *calls]


def server_talks() -> list[Talk]:
    """Return every conversation of the server, without answers."""
    talks = code_talks() | heard_talks() | {f"walk {seed}": walk(seed) for seed in range(30)}
    narrow = {
        "name": "more bytes than the window",
        "window": [1_000, 9],
        "calls": [*meet(), *(hear(f"part {index % 9}") for index in range(30))],
    }
    few = {
        "name": "more unacked chunks than the window",
        "window": [100_000, 3],
        "calls": [*meet(), *map(hear, ("a0", "a1", "a1", "a2", "a3"))],
    }
    return [narrow, few, *({"name": name, "calls": calls} for name, calls in talks.items())]
