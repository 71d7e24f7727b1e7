"""Play a conversation's calls on the Python cores and write down what they answer, as JSON that both languages can compare."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from replay.wire import effects, frames, messages
from replay.wire.connection import Admit, Clock, Close, Command, Connection, Keep, Send
from replay.wire.errors import Code
from replay.wire.flight import Held
from replay.wire.page import PageConnection

STREAM = "00112233445566778899aabbccddeeff"
HELLO = b"\x01hello"
Talk = dict[str, Any]
Named = tuple[str, int]  # a frame as hex, and how many zero bytes follow
_NAMES = {
    effects.Open: "open",
    effects.Close: "close",
    effects.Snapshot: "snapshot",
    effects.NewStream: "new_stream",
    effects.NewSession: "new_session",
    effects.Finished: "finished",
}


def show_frame(frame: bytes) -> Any:
    """Return JSON as JSON, since two languages write numbers differently, and anything else as hex."""
    if frame[0] != frames.Kind.CHUNK and frame[1:2] == b"{":
        return {"kind": frame[0], "json": json.loads(frame[1:])}
    return frame.hex()


def make_gap(held: Held, reason: str, body: str) -> bytes:
    """Return a stand-in for a gap: what the core looks at, and what it was asked for."""
    return bytes((3, frames.Flag.GAP, 0, 1)) + f"{held.seq} {reason} {body}".encode()


def show_effect(effect: effects.Effect) -> Any:
    match effect:
        case effects.Send(frame):
            return {"send": show_frame(frame)}
        case effects.Post(sent):
            return {"post": [show_frame(frame) for frame in sent]}
        case effects.Acked(upto):
            return {"acked": upto}
        case effects.Stop(code, _):
            return {"stop": code}
        case _:
            return _NAMES[type(effect)]


def frame_of(said: Any) -> bytes:
    """Return the frame that a call's ``frame`` stands for: hex, or a kind and its JSON."""
    if isinstance(said, str):
        return bytes.fromhex(said)
    return bytes((said["kind"],)) + json.dumps(said["json"]).encode()


def open_named(named: Named) -> bytes:
    return bytes.fromhex(named[0]) + bytes(named[1])


def play_page(talk: Talk) -> list[Any]:
    """Return, for each call, the effects, the state after it, the seqs that are held, and the codecs beside JSON."""
    values = itertools.cycle(talk["random"])
    core = PageConnection(STREAM, lambda now: HELLO, make_gap, lambda: next(values))
    answers = []
    for call in talk["calls"]:
        done = [show_effect(effect) for effect in _call_page(core, call)]
        answer = {"effects": done, "state": core.state.value, "held": [one.seq for one in core.unacked]}
        answers.append(answer | ({"codecs": list(core.codecs)} if core.codecs else {}))
    return answers


def _call_page(core: PageConnection, call: dict[str, Any]) -> list[effects.Effect]:
    now = call.get("now", 0)
    match call["call"]:
        case "keep":
            return core.keep(call["seq"], bytes.fromhex(call["frame"]), call["flags"], now)
        case "restore":
            core.restore(call["seq"], bytes.fromhex(call["frame"]), call["flags"])
            return []
        case "give_up":
            core.give_up(call["seq"], call["reason"])
            return []
        case "received":
            return core.received(frame_of(call["frame"]), now)
        case "posted":
            answer = call["frames"]
            return core.posted(None if answer is None else [frame_of(frame) for frame in answer], now)
        case "suspend":
            return core.suspend()
        case "end":
            return core.end()
        case name:
            found: list[effects.Effect] = getattr(core, name)(now)
            return found


def show_command(command: Command) -> Any:
    match command:
        case Send(frame, refused):
            shown = {"send": show_frame(frame)}
            return shown | ({"refused": [refused.code, refused.stream, refused.seq]} if refused else {})
        case Admit(hello):
            return {"admit": hello.stream}
        case Keep(chunk):
            return {"keep": [chunk.header.stream, chunk.header.seq]}
        case Close(code):
            return {"close": code}
        case Clock():
            return {"clock": asdict(command)}


def play_server(talk: Talk, named: Mapping[str, Named]) -> list[Any]:
    """Return the commands that each call brings."""
    core = Connection(*talk["window"]) if "window" in talk else Connection()
    return [[show_command(command) for command in _call_server(core, call, named)] for call in talk["calls"]]


def _call_server(core: Connection, call: dict[str, Any], named: Mapping[str, Named]) -> list[Command]:
    now = call.get("now", 0)
    match call["call"]:
        case "receive":
            said = call["frame"]
            frame = open_named(named[said]) if isinstance(said, str) and said in named else frame_of(said)
            return core.receive(frame + bytes(call.get("pad", 0)), now)
        case "admitted":
            return core.admitted(messages.parse_hello(open_named(named[call["hello"]])), call["next_seq"], now)
        case "settled":
            return core.settled(
                (frames.parse_chunk(open_named(named[name])).header, None if code is None else Code(code), next_seq)
                for name, code, next_seq in call["outcomes"]
            )
        case "refuse":
            return core.refuse(Code(call["code"]), call["after_ms"])
        case "taken_over":
            return core.taken_over(call["stream"])
        case "press":
            return core.press(call["level"])
        case name:
            raise KeyError(name)
