"""Conversations of the page's core: one for each thing it can hear and each road it can take, and walks at random."""

from __future__ import annotations

import random
from typing import Any

from replay.wire.errors import REFUSALS, Code
from replay.wire.frames import Flag, Kind
from scripts.talks.play import STREAM, Talk

Call = dict[str, Any]
DOM_AND_LOG, ONLY_LOG, ONLY_DOM = "03000101", "03000001", "03000100"


def keep(seq: int, now: float = 0, flags: int = 0, header: str = DOM_AND_LOG, size: int = 20) -> Call:
    return {"call": "keep", "now": now, "seq": seq, "flags": flags, "frame": header + f"{seq % 256:02x}" * (size - 4)}


def hear(kind: Kind, now: float, **body: Any) -> Call:
    return {"call": "received", "now": now, "frame": said(kind, **body)}


def said(kind: Kind, **body: Any) -> Any:
    ours = {} if kind in (Kind.GOAWAY, Kind.PONG, Kind.WINDOW) else {"stream": STREAM}
    return {"kind": int(kind), "json": ours | body}


def welcome(next_seq: int = 0, **body: Any) -> Any:
    fields = {"v": 1, "server_ms": 0, "max_chunk_bytes": 524_288, "window_bytes": 200, "window_chunks": 4, "heartbeat_s": 20}
    return said(Kind.WELCOME, next_seq=next_seq, **fields | body)


def refusal(code: Code, seq: int = 0, after_ms: int = 0) -> Any:
    refusal = REFUSALS[code]
    if refusal.ends:
        return said(Kind.GOAWAY, code=code, message="no", retry=not refusal.permanent, after_ms=after_ms)
    return said(Kind.NACK, seq=seq, code=code, message="no", permanent=refusal.permanent)


def at(name: str, now: float = 0) -> Call:
    return {"call": name, "now": now}


def opening(now: float = 0, next_seq: int = 0, **body: Any) -> list[Call]:
    """Open a socket and be welcomed 40 ms later."""
    heard = {"call": "received", "now": now + 50, "frame": welcome(next_seq, **body)}
    return [at("start", now), at("opened", now + 10), heard, hear(Kind.PONG, now + 60, client_ms=now + 50, server_ms=0)]


def ticks(first: float, last: float, step: float = 1_000) -> list[Call]:
    return [at("tick", first + step * i) for i in range(int((last - first) // step) + 1)]


def refused_talks() -> dict[str, list[Call]]:
    talks = {}
    for code in Code:
        for name, flags, header in (("", 0, DOM_AND_LOG), (" for a log", 0, ONLY_LOG), (" for a gap", Flag.GAP, ONLY_LOG)):
            if REFUSALS[code].ends and name:
                continue
            no = {"call": "received", "now": 100, "frame": refusal(code, after_ms=700)}
            rest = [*ticks(200, 2_200, 500), at("opened", 2_300), hear(Kind.ACK, 2_400, upto=1), keep(2, 2_500)]
            talks[f"{code}{name}"] = [*opening(), keep(0, flags=flags, header=header), keep(1), no, {**no, "now": 150}, *rest]
    return talks


def road_talks() -> dict[str, list[Call]]:
    lost = {"call": "posted", "now": 4_000, "frames": None}
    answer = {"call": "posted", "now": 40_000, "frames": [welcome(), said(Kind.ACK, upto=2)]}
    to_posts = [keep(0), at("start"), at("closed", 10), at("tick", 600), at("closed", 700), at("tick", 3_000)]
    away = {"call": "posted", "now": 4_000, "frames": [welcome(), refusal(Code.OVER_QUOTA, after_ms=60_000)]}
    return {
        "acked in order, then ended": [
            *opening(),
            *map(keep, range(6)),
            hear(Kind.ACK, 70, upto=3),
            at("end"),
            hear(Kind.ACK, 80, upto=6),
        ],
        "acked twice, and backwards": [*opening(), keep(0), keep(1), *(hear(Kind.ACK, 60, upto=upto) for upto in (2, 1, 2))],
        "a welcome that is ahead": [*opening(next_seq=5), keep(3), keep(5)],
        "codecs that the last welcome names": [
            *opening(codecs=[16, 17]),
            at("closed", 90),
            at("tick", 5_000),
            *opening(10_000),
        ],
        "codecs that are no list": [*opening(codecs=17)],
        "codecs that are no numbers": [*opening(codecs=["17"])],
        "codecs of tomorrow": [*opening(codecs=[200, 17]), hear(Kind.WINDOW, 80, window_bytes=9_000, window_chunks=9)],
        "codecs by POST": [
            at("start"),
            {"call": "received", "now": 1, "frame": welcome(codecs=[17])},
            *(each for now in (0, 9_000) for each in (at("tick", now), at("closed", now + 10))),
            at("tick", 20_000),
            keep(0, 20_010),
            {"call": "posted", "now": 20_020, "frames": [welcome(codecs=[17]), said(Kind.ACK, upto=1)]},
        ],
        "resumed from the lower bound": [
            *opening(),
            *map(keep, range(4)),
            at("closed", 90),
            *ticks(1_000, 3_000),
            *opening(2_000, 2)[1:],
        ],
        "posts after two failed sockets": [
            *to_posts,
            lost,
            *ticks(5_000, 9_000),
            answer,
            keep(1, 40_100),
            *ticks(41_000, 44_000),
        ],
        "posts, and is sent away": [*to_posts, away, at("hurry", 5_000), *ticks(63_000, 70_000)],
        "posts, and is stopped": [*to_posts, {"call": "posted", "now": 4_000, "frames": [refusal(Code.ERASED)]}],
        "posts, and ends": [
            *to_posts,
            at("end"),
            {"call": "posted", "now": 4_000, "frames": [welcome(), said(Kind.ACK, upto=1)]},
        ],
        "posts, and leaves": [*to_posts, at("suspend"), {"call": "posted", "now": 4_000, "frames": []}, *opening(5_000)],
        "posts, leaves, and hears an old answer": [
            *to_posts,
            at("suspend"),
            at("start", 3_500),
            {"call": "posted", "now": 4_000, "frames": [welcome(), refusal(Code.BAD_CODEC)]},
            {"call": "give_up", "seq": 0, "reason": "offline_cap"},
            {"call": "posted", "now": 4_500, "frames": [welcome(), said(Kind.ACK, upto=1)]},
            {"call": "posted", "now": 4_600, "frames": None},
        ],
        "a gap is never what could not be read": [
            *opening(),
            keep(0),
            {"call": "received", "now": 70, "frame": refusal(Code.BAD_HASH)},
            at("suspend"),
            {"call": "give_up", "seq": 0, "reason": "offline_cap"},
            *opening(1_000),
            {"call": "received", "now": 1_070, "frame": refusal(Code.BAD_FRAME)},
            at("tick", 2_000),
            *opening(2_000)[1:],
            {"call": "received", "now": 2_070, "frame": refusal(Code.BAD_FRAME)},
        ],
        "back to sockets that worked": [
            *opening(),
            keep(0),
            hear(Kind.ACK, 70, upto=1),
            keep(1, 80),
            at("closed", 90),
            at("tick", 1_000),
            at("closed", 1_010),
            at("tick", 3_000),
            at("closed", 3_010),
            at("tick", 9_000),
            {**answer, "now": 9_100},
        ],
        "half open with bytes in flight": [*opening(), keep(0, 1_000), *ticks(2_000, 36_000)],
        "half open and quiet": [*opening(), *ticks(1_000, 50_000)],
        "slept, and was answered after all": [
            *opening(),
            keep(0),
            at("tick", 900_000),
            hear(Kind.ACK, 900_001, upto=1),
            at("tick", 901_000),
        ],
        "talks, but acks nothing": [
            *opening(),
            keep(0),
            *(
                call
                for i in range(1, 18)
                for call in (at("tick", 8_000 * i), hear(Kind.PONG, 8_000 * i + 10, client_ms=0, server_ms=0))
            ),
        ],
        "more patient with every silent socket": [
            keep(0),
            *(
                call
                for i in range(5)
                for call in (
                    at("hurry", 300_000 * i),
                    *opening(300_000 * i),
                    *ticks(300_000 * i + 25_000, 300_000 * i + 270_000, 5_000),
                )
            ),
        ],
        "never greeted": [at("start"), at("opened", 10), *ticks(9_000, 12_000)],
        "never opened": [at("start"), *ticks(9_000, 12_000)],
        "silent sockets count as failed": [
            keep(0),
            *opening(),
            *ticks(1_000, 34_000),
            *opening(40_000)[1:],
            *ticks(41_000, 75_000),
        ],
        "hurried": [*opening(), at("closed", 100), at("hurry", 101)],
        "left and came back": [*opening(), keep(0), at("suspend"), at("tick", 500), *opening(60_000)],
        "left before it began": [keep(0), at("suspend"), at("end"), *opening(10), hear(Kind.ACK, 90, upto=1)],
        "ended with nothing": [at("end"), at("start")],
        "ended after a stop": [
            *opening(),
            {"call": "received", "now": 60, "frame": refusal(Code.FOREIGN_ORIGIN)},
            keep(0),
            at("end"),
            at("suspend"),
        ],
        "leftovers": [
            *({**keep(seq), "call": "restore"} for seq in (3, 1, 2, 2)),
            at("end"),
            *opening(next_seq=2),
            hear(Kind.ACK, 90, upto=4),
        ],
        "given up": [
            keep(0),
            keep(1),
            {"call": "give_up", "seq": 0, "reason": "offline_cap"},
            {"call": "give_up", "seq": 9, "reason": "offline_cap"},
            *opening(),
        ],
        "a closed window": [
            *opening(),
            keep(0),
            hear(Kind.WINDOW, 70, window_bytes=0, window_chunks=4),
            keep(1, 80),
            hear(Kind.ACK, 90, upto=1),
            *ticks(1_000, 22_000, 7_000),
            hear(Kind.WINDOW, 22_100, window_bytes=10, window_chunks=1),
            hear(Kind.ACK, 22_200, upto=2),
        ],
        "a window in an ack": [
            *opening(),
            keep(0),
            hear(Kind.ACK, 70, upto=1, window_bytes=30, window_chunks=1),
            keep(1, 80),
            keep(2, 80),
            hear(Kind.ACK, 90, upto=2, window_bytes=100, window_chunks=9),
            keep(3, 100),
        ],
        "a chunk larger than the window": [
            *opening(),
            keep(0),
            keep(1, size=1_000),
            hear(Kind.ACK, 70, upto=1),
            hear(Kind.ACK, 80, upto=2),
        ],
        "a welcome that closes the window": [
            *opening(window_bytes=0, window_chunks=0),
            keep(0),
            hear(Kind.WINDOW, 90, window_bytes=200, window_chunks=1),
        ],
        "clocks": [
            *opening(),
            *ticks(10_000, 21_000),
            hear(Kind.PONG, 21_007, client_ms=21_000, server_ms=9),
            hear(Kind.PONG, 21_008, client_ms=5, server_ms=9),
            *ticks(30_000, 42_000),
        ],
        "frames of tomorrow, and of nobody": [
            *opening(),
            keep(0),
            *({"call": "received", "now": 70, "frame": frame} for frame in ("63", "04", "047b", "03", "05ff")),
            {"call": "received", "now": 70, "frame": {"kind": 4, "json": {"stream": "ff" * 16, "upto": 9}}},
        ],
        "codes of tomorrow": [
            *opening(),
            keep(0),
            keep(1),
            hear(Kind.NACK, 70, seq=0, code="tomorrow", message="", permanent=True),
            hear(Kind.NACK, 70, seq=1, code="tomorrow", message="", permanent=False),
            hear(Kind.GOAWAY, 70, code="tomorrow", message="", retry=True, after_ms=0),
            *opening(2_000)[1:],
            hear(Kind.GOAWAY, 2_070, code="tomorrow", message="", retry=False, after_ms=0),
        ],
        "snapshots that are refused too": [
            *opening(),
            *(
                call
                for seq in range(6)
                for call in (
                    keep(seq, 20_000 * seq + 100, Flag.SNAPSHOT),
                    {"call": "received", "now": 20_000 * seq + 200, "frame": refusal(Code.BAD_CODEC, seq)},
                    hear(Kind.ACK, 20_000 * seq + 300, upto=seq + 1),
                    at("tick", 20_000 * seq + 12_000),
                )
            ),
        ],
        "left, and came back too early": [
            *opening(),
            {"call": "received", "now": 70, "frame": refusal(Code.TOO_MANY, after_ms=900)},
            at("suspend"),
            *opening(500),
            *opening(970),
        ],
        "ended while waiting": [at("start"), at("closed", 10), at("end")],
        "ended while opening": [at("start"), at("end")],
        "ended while greeting": [at("start"), at("opened", 10), at("end")],
        "stopped while greeting": [
            at("start"),
            at("opened", 10),
            {"call": "received", "now": 60, "frame": refusal(Code.BAD_HELLO)},
        ],
        "gone while greeting": [at("start"), at("opened", 10), at("closed", 20)],
        "half a minute of acks": [
            *opening(),
            *(call for now in (100, 200, 40_000, 40_100) for call in (keep(now, now), hear(Kind.ACK, now + 10, upto=now + 1))),
            at("closed", 40_200),
            at("tick", 40_701),
        ],
    }


def walk(seed: int) -> list[Call]:
    """Walk at random over everything that can be called, in any order."""
    dice = random.Random(seed)
    now, seq, calls = 0.0, 0, [at("start")]
    for _ in range(40):
        now += dice.choice((0, 1, 10, 500, 1_000, 1_000, 21_000))
        upto = dice.randint(max(0, seq - 4), seq)
        match dice.choices(range(8), (8, 5, 4, 6, 6, 2, 1, 3))[0]:
            case 0:
                calls.append(
                    keep(
                        seq,
                        now,
                        dice.choice((0, 0, 0, Flag.SNAPSHOT, Flag.GAP)),
                        dice.choice((DOM_AND_LOG, ONLY_DOM, ONLY_LOG)),
                    )
                )
                seq += 1
            case 1:
                calls.append(at("opened", now))
            case 2:
                calls.append({"call": "received", "now": now, "frame": welcome(upto)})
            case 3:
                calls.append(hear(Kind.ACK, now, upto=upto))
            case 4:
                calls.append(at(dice.choice(("tick", "tick", "tick", "closed", "hurry")), now))
            case 5:
                frame = refusal(
                    dice.choice([code for code in Code if not (REFUSALS[code].ends and REFUSALS[code].permanent)]), upto, 300
                )
                calls.append({"call": "received", "now": now, "frame": frame})
            case 6:
                calls.append(at(dice.choice(("suspend", "start", "start")), now))
            case _:
                frames = dice.choice(
                    (None, [], [welcome(upto), said(Kind.ACK, upto=seq)], [refusal(Code.STORE_UNAVAILABLE, upto)])
                )
                calls.append({"call": "posted", "now": now, "frames": frames})
    return [*calls, at("end"), hear(Kind.ACK, now + 1, upto=seq)]


def page_talks() -> list[Talk]:
    """Return every conversation of the page, without answers."""
    talks = refused_talks() | road_talks() | {f"walk {seed}": walk(seed) for seed in range(30)}
    return [
        {"name": name, "random": [round(random.Random(name).random(), 3), 0.5, 1, 0.25], "calls": calls}
        for name, calls in talks.items()
    ]
