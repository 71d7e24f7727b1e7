"""The server's core under any order of frames and outcomes, held against a plain model of what it owes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, precondition, rule

from replay.wire import frames, limits
from replay.wire.connection import Admit, Clock, Close, Command, Connection, Keep, Send
from replay.wire.errors import REFUSALS, Code
from replay.wire.frames import Chunk, ChunkHeader, Kind
from tests.pages_say import PageStream, click

CALM_CALLS = 25  # before anything may end the conversation: what is over answers nothing
MOST_CHUNKS = 4
MOST_BYTES = 3_000
PAGES = [PageStream("pk_shop_0", now_ms=1_790_000_000_000.0) for _ in range(3)]
CHUNKS = [[page.chunk(seq, click()) for seq in range(8)] for page in PAGES]
STRANGER = PageStream("pk_shop_0", stream=PAGES[0].stream)  # the same stream, in a session of somebody else
NACKS = [code for code in Code if not REFUSALS[code].ends]


@dataclass
class Spoken:
    """What the model knows of an admitted stream."""

    upto: int
    rtt_ms: float = float("inf")
    flight: dict[int, int] = field(default_factory=dict)


def said(command: Command) -> dict[str, Any]:
    assert isinstance(command, Send)
    body: dict[str, Any] = json.loads(command.frame[1:])
    return body


class Conversation(RuleBasedStateMachine):
    """Frames, outcomes, pressure and takeovers, in whatever order."""

    unsettled = Bundle("unsettled")

    def __init__(self) -> None:
        super().__init__()
        self.core = Connection(MOST_BYTES, MOST_CHUNKS)
        self.streams: dict[str, Spoken] = {}
        self.pending: list[ChunkHeader] = []
        self.told_window = (MOST_BYTES, MOST_CHUNKS)
        self.open_steps = 4
        self.is_over = False
        self.now_ms = 0.0
        self.calls = 0
        self.admit(PAGES[0], 0)

    def run(self, commands: list[Command]) -> list[Command]:
        """Check what holds for every answer, and follow it."""
        self.calls += 1
        for place, command in enumerate(commands):
            match command:
                case Close():
                    assert not self.is_over
                    assert commands[place - 1].frame[0] == Kind.GOAWAY  # type: ignore[union-attr]
                    assert command == commands[-1]
                    self.is_over = True
                case Send(frame) if frame[0] == Kind.ACK:
                    self._acked(said(command))
                case Send(frame) if frame[0] in (Kind.WELCOME, Kind.WINDOW):
                    self._told(said(command))
        assert self.core.is_over == self.is_over
        return commands

    def _acked(self, ack: dict[str, Any]) -> None:
        stream = self.streams.get(ack["stream"])
        if stream:
            assert ack["upto"] >= stream.upto
            stream.upto = ack["upto"]
            stream.flight = {seq: size for seq, size in stream.flight.items() if seq >= ack["upto"]}
        if "window_bytes" in ack:
            self._told(ack)

    def _told(self, window: dict[str, Any]) -> None:
        self.told_window = (window["window_bytes"], window["window_chunks"])
        assert self.told_window == (MOST_BYTES * self.open_steps // 4, MOST_CHUNKS * self.open_steps // 4)

    @rule(index=st.integers(0, 2), next_seq=st.integers(0, 8), is_admitted=st.booleans())
    def say_hello(self, index: int, next_seq: int, is_admitted: bool) -> None:
        page = PAGES[index]
        answer = self.run(self.core.receive(page.hello_frame(), self.now_ms))
        assert answer == ([] if self.is_over else [Admit(page.hello())])
        if is_admitted:
            self.admit(page, next_seq)

    def admit(self, page: PageStream, next_seq: int) -> None:
        if not self.is_over:
            self.streams[page.stream] = Spoken(next_seq)
        answer = self.run(self.core.admitted(page.hello(), next_seq, self.now_ms))
        assert [said(command)["next_seq"] for command in answer] == ([] if self.is_over else [next_seq])

    @rule(index=st.integers(0, 2), next_seq=st.integers(0, 8))
    def admit_without_a_hello(self, index: int, next_seq: int) -> None:
        self.admit(PAGES[index], next_seq)

    @rule(target=unsettled, index=st.integers(0, 2), seq=st.integers(0, 7))
    def say_chunk(self, index: int, seq: int) -> Any:
        chunk = CHUNKS[index][seq]
        if self.calls < CALM_CALLS and (chunk.header.stream not in self.streams or self._is_window_full()):
            return multiple()
        was_over = self.is_over
        stream = self.streams.get(chunk.header.stream)
        answer = self.run(self.core.receive(chunk.to_frame(), self.now_ms))
        if was_over:
            assert answer == []
        elif stream is None:
            assert said(answer[0])["code"] == Code.UNKNOWN_STREAM
        else:
            self._flies(stream, chunk, answer)
        return chunk.header

    def _is_window_full(self) -> bool:
        return sum(len(one.flight) for one in self.streams.values()) >= MOST_CHUNKS or len(self.pending) >= 2 * MOST_CHUNKS

    def _flies(self, stream: Spoken, chunk: Chunk, answer: list[Command]) -> None:
        size = len(chunk.to_frame())
        if chunk.header.seq >= stream.upto:
            stream.flight.setdefault(chunk.header.seq, size)
        self.pending.append(chunk.header)
        flights = [size for one in self.streams.values() for size in one.flight.values()]
        unsettled = [frames.HEADER_BYTES + one.dom_length + one.log_length for one in self.pending]
        most_bytes = MOST_BYTES + limits.MAX_FRAME_BYTES
        fits = len(flights) <= MOST_CHUNKS and sum(flights) <= most_bytes and len(unsettled) <= 2 * MOST_CHUNKS
        assert answer == [Keep(chunk)] if fits else said(answer[0])["code"] == Code.OVER_WINDOW

    @precondition(lambda self: self.calls >= CALM_CALLS)
    @rule(seq=st.integers(0, 7))
    def say_chunk_of_a_stranger(self, seq: int) -> None:
        was_over, is_known = self.is_over, STRANGER.stream in self.streams
        answer = self.run(self.core.receive(STRANGER.chunk(seq).to_frame(), self.now_ms))
        if not was_over:
            assert said(answer[0])["code"] == (Code.BAD_FRAME if is_known else Code.UNKNOWN_STREAM)

    @rule(
        outcomes=st.lists(
            st.tuples(consumes(unsettled), st.none() | st.sampled_from(NACKS), st.none() | st.integers(0, 8)), max_size=5
        )
    )
    def settle(self, outcomes: list[tuple[ChunkHeader, Code | None, int | None]]) -> None:
        known = [outcome for outcome in outcomes if outcome[0] in self.pending]
        for header, _, _ in known:
            self.pending.remove(header)
            if stream := self.streams.get(header.stream):
                stream.flight.pop(header.seq, None)
        before = {stream: one.upto for stream, one in self.streams.items()}
        answer = self.run(self.core.settled(known))
        nacks = [said(command) for command in answer if isinstance(command, Send) and command.frame[0] == Kind.NACK]
        acks = [said(command) for command in answer if isinstance(command, Send) and command.frame[0] == Kind.ACK]
        assert [(nack["stream"], nack["seq"], nack["code"]) for nack in nacks] == [
            (header.stream, header.seq, code) for header, code, _ in known if code
        ]
        owed: dict[str, int] = {}
        for header, _, next_seq in known:
            if next_seq is not None:
                owed[header.stream] = max(next_seq, owed.get(header.stream, before.get(header.stream, 0)))
        assert {ack["stream"]: ack["upto"] for ack in acks} == owed
        assert len(acks) == len(owed)

    @precondition(lambda self: self.calls >= CALM_CALLS and not self.is_over)
    @rule(code=st.sampled_from(list(Code)), after_ms=st.integers(0, 10_000))
    def refuse(self, code: Code, after_ms: int) -> None:
        goaway, close = self.run(self.core.refuse(code, after_ms))
        assert (said(goaway)["code"], said(goaway)["after_ms"]) == (code, after_ms)
        assert close == Close(1012 if code == Code.SERVER_CLOSING else 1008)

    @precondition(lambda self: len(self.streams) > 1 or self.calls >= CALM_CALLS)
    @rule(index=st.integers(0, 2))
    def take_over(self, index: int) -> None:
        gone = self.streams.pop(PAGES[index].stream, None)
        was_over = self.is_over
        answer = self.run(self.core.taken_over(PAGES[index].stream))
        assert bool(answer) == (gone is not None and not self.streams and not was_over)

    @rule(level=st.floats(-1, 2))
    def press(self, level: float) -> None:
        was_closed = self.told_window[1] == 0
        self.open_steps = int((1 - min(1.0, max(0.0, level))) * 4 + 0.5)
        answer = self.run(self.core.press(level))
        is_urgent = was_closed != (self.open_steps == 0)
        assert bool(answer) == (is_urgent and not self.is_over and bool(self.streams))

    @rule(index=st.integers(0, 2), rtt_ms=st.floats(-5, 70_000), late_ms=st.floats(-1e6, 1e6))
    def ping(self, index: int, rtt_ms: float, late_ms: float) -> None:
        stream, was_over = self.streams.get(PAGES[index].stream), self.is_over
        body: dict[str, Any] = {"client_ms": self.now_ms - late_ms, "stream": PAGES[index].stream, "rtt_ms": rtt_ms}
        self.now_ms += 1
        answer = self.run(self.core.receive(b"\x07" + json.dumps(body).encode(), self.now_ms))
        clocks = [command for command in answer if isinstance(command, Clock)]
        is_better = stream is not None and 0 <= rtt_ms <= limits.MAX_RTT_MS and rtt_ms < stream.rtt_ms
        assert len(clocks) == (is_better and not was_over)
        if clocks and stream:
            stream.rtt_ms = rtt_ms
            assert clocks[0].offset_ms == self.now_ms - body["client_ms"] - rtt_ms / 2

    @precondition(lambda self: self.calls >= CALM_CALLS)
    @rule(frame=st.binary(max_size=40))
    def say_anything(self, frame: bytes) -> None:
        was_over = self.is_over
        answer = self.run(self.core.receive(frame, self.now_ms))
        assert not answer if was_over else all(isinstance(command, Send | Close) for command in answer)

    @invariant()
    def nothing_is_counted_twice(self) -> None:
        if not self.is_over:
            assert len(self.pending) <= 2 * MOST_CHUNKS


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
