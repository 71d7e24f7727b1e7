"""The server's half of the conversation, without I/O: frames and outcomes in, commands out.

hello ──▶ Admit ──▶ admitted() ──▶ Send(welcome)          refused ──▶ Send(goaway), Close
chunk ──▶ Keep  ──▶ settled()  ──▶ Send(ack)              refused ──▶ Send(nack) | Send(goaway), Close
ping  ──▶ Send(pong), and Clock where it tells more than any before it
press() ──▶ Send(window), at once or with the next ack    taken_over() ──▶ Send(goaway), Close

Twin of recorder_js/src/wire/server.ts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from msgspec import Struct

from replay.wire import frames, limits, messages
from replay.wire.errors import REFUSALS, ChunkRefused, Code, WireError
from replay.wire.frames import Chunk, ChunkHeader, Codec, Kind
from replay.wire.messages import Hello, Ping
from replay.wire.narrowing import Narrowing

CODECS: Final = (int(Codec.COLUMNS), int(Codec.COLUMNS_GZIP))  # of dom bodies, beside JSON
CLOSE_NORMAL: Final = 1000
CLOSE_REFUSED: Final = 1008
CLOSE_RESTARTING: Final = 1012


@dataclass(frozen=True, slots=True)
class Admit:
    """Look up whether this stream may speak, then call ``admitted`` or ``refuse``."""

    hello: Hello


class Keep(Struct, frozen=True, gc=False):
    """Keep this chunk, then call ``kept`` or ``chunk_refused``."""

    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Refused:
    """What a goaway or a nack says no to, as far as it is known."""

    code: Code
    stream: str = ""
    seq: int | None = None


class Send(Struct, frozen=True, gc=False):
    frame: bytes
    refused: Refused | None = None  # for whoever counts


@dataclass(frozen=True, slots=True)
class Close:
    code: int


@dataclass(frozen=True, slots=True)
class Clock:
    """The best estimate so far of how far the server's clock is ahead of a stream's."""

    stream: str
    offset_ms: float
    rtt_ms: float


Command = Admit | Keep | Send | Close | Clock
Settled = tuple[ChunkHeader, Code | None, int | None]  # why it was not kept; its stream's next_seq, where known


@dataclass(slots=True)
class _Speaker:
    """What is remembered of a stream that may speak here."""

    key: bytes  # the session and the stream, as they stand in a chunk's header
    upto: int  # the last that was acked
    rtt_ms: float = math.inf  # of the clock's best estimate
    part_seq: int = -1  # where the next part of an event is expected
    part_raw: int = 0  # how many raw bytes its parts hold up to there
    flight: dict[int, int] = field(default_factory=dict)  # seq → bytes of what is on its way, as its page sees it

    def takes(self, header: ChunkHeader) -> bool:
        """Say whether a part keeps its event within bounds, as far as its parts came here one after the other."""
        if header.part_index == 0:
            self.part_raw = 0
        elif header.seq != self.part_seq:
            return True  # sent again, or the event began on another socket: whoever joins the parts has the same bound
        self.part_seq = header.seq + 1
        self.part_raw += header.dom_raw_length
        return self.part_raw <= limits.MAX_EVENT_RAW_BYTES


_KEY: Final = slice(4, 36)  # of a chunk's header


def _key(session: str, stream: str) -> bytes:
    return UUID(session).bytes + bytes.fromhex(stream)


class Connection:
    """One conversation: which streams speak on it, and how much of theirs is in flight."""

    def __init__(self, window_bytes: int = limits.WINDOW_BYTES, window_chunks: int = limits.WINDOW_CHUNKS) -> None:
        self._most_bytes = window_bytes + limits.MAX_FRAME_BYTES  # the last chunk may be larger than what was left
        self._most_chunks = window_chunks
        self._window = Narrowing(window_bytes, window_chunks)
        self._speakers: dict[str, _Speaker] = {}
        self._keys: dict[bytes, _Speaker] = {}
        self._flight_bytes = 0
        self._flight_chunks = 0
        self._unsettled_bytes = 0
        self._unsettled_chunks = 0
        self.is_over = False

    def receive(self, frame: bytes, now_ms: float) -> list[Command]:
        """Return what to do about a frame."""
        if self.is_over:
            return []
        try:
            if frame and frame[0] == Kind.CHUNK:
                return self._receive_chunk(frame)
            return self._receive_control(frame, now_ms)
        except ChunkRefused as refused:
            return self._refused(refused.stream, refused.seq, refused.code)
        except WireError as refused:
            return self.refuse(refused.code)

    def _receive_chunk(self, frame: bytes) -> list[Command]:
        speaker = self._keys.get(frame[_KEY])
        if speaker is None:
            return self._receive_stranger(frame)
        chunk = frames.parse_chunk(frame)
        header = chunk.header
        if not self._fly(speaker, header.seq, len(frame)):
            return self.refuse(Code.OVER_WINDOW, stream=header.stream, seq=header.seq)
        if header.part_count > 1 and not speaker.takes(header):
            return self.chunk_refused(header, Code.INFLATED_TOO_LARGE)
        return [Keep(chunk)]

    def _receive_stranger(self, frame: bytes) -> list[Command]:
        header = frames.parse_header(frame)
        code = Code.BAD_FRAME if header.stream in self._speakers else Code.UNKNOWN_STREAM  # of another session, of none
        return self.refuse(code, stream=header.stream, seq=header.seq)

    def _receive_control(self, frame: bytes, now_ms: float) -> list[Command]:
        kind = frames.kind_of(frame)
        if kind == Kind.HELLO:
            hello = messages.parse_hello(frame)
            if len(self._speakers) >= limits.MAX_STREAMS and hello.stream not in self._speakers:
                return self.refuse(Code.TOO_MANY, stream=hello.stream)
            return [Admit(hello)]
        if kind == Kind.PING and len(frame) <= limits.MAX_HELLO_BYTES:
            ping = messages.parse_message(frame, Ping)
            pong = Send(messages.to_frame(messages.Pong(ping.client_ms, now_ms)))
            return [pong, *self._clock(ping, now_ms)]
        return self.refuse(Code.BAD_FRAME)

    def _clock(self, ping: Ping, now_ms: float) -> list[Command]:
        speaker = self._speakers.get(ping.stream or "")
        if speaker is None or ping.stream is None or ping.rtt_ms is None:
            return []
        if not (0 <= ping.rtt_ms <= limits.MAX_RTT_MS and abs(ping.client_ms) <= limits.MAX_TIME_MS):
            return []
        if ping.rtt_ms >= speaker.rtt_ms:
            return []
        speaker.rtt_ms = ping.rtt_ms
        return [Clock(ping.stream, now_ms - ping.client_ms - ping.rtt_ms / 2, ping.rtt_ms)]

    def admitted(self, hello: Hello, next_seq: int, now_ms: float) -> list[Command]:
        """The stream may speak."""
        if self.is_over:
            return []
        self._forget(hello.stream)
        speaker = _Speaker(_key(hello.session, hello.stream), next_seq)
        self._speakers[hello.stream] = self._keys[speaker.key] = speaker
        window = self._window.tell()
        welcome = messages.Welcome(
            hello.stream, next_seq, now_ms, window_bytes=window.window_bytes, window_chunks=window.window_chunks, codecs=CODECS
        )
        return [Send(messages.to_frame(welcome))]

    def settled(self, outcomes: Iterable[Settled]) -> list[Command]:
        """What became of chunks, all that are known at once: one nack for each that was refused, one ack for each stream."""
        nacks: list[Command] = []
        upto: dict[str, int] = {}
        ending: tuple[Code, ChunkHeader] | None = None
        for header, code, next_seq in outcomes:
            self._settle(header)
            if code is not None and REFUSALS[code].ends:
                ending = ending or (code, header)
            elif code is not None:
                nacks += self._refused(header.stream, header.seq, code)
            if next_seq is not None:
                upto[header.stream] = max(next_seq, upto.get(header.stream, 0))
        acks = [self._ack(stream, next_seq) for stream, next_seq in upto.items()]
        if ending is None:
            return [*nacks, *acks]
        return [*nacks, *acks, *self.refuse(ending[0], stream=ending[1].stream, seq=ending[1].seq)]

    def kept(self, header: ChunkHeader, next_seq: int) -> list[Command]:
        """The chunk and its row are committed."""
        self._settle(header)
        return [self._ack(header.stream, next_seq)]

    def chunk_refused(self, header: ChunkHeader, code: Code, next_seq: int | None = None) -> list[Command]:
        """The chunk will not be kept; ``next_seq`` is told where it is known, since it may have moved all the same."""
        return self.settled(((header, code, next_seq),))

    def refuse(self, code: Code, after_ms: int = 0, *, stream: str = "", seq: int | None = None) -> list[Command]:
        """End the conversation; because of a stream or a chunk of it, where one is named. Acks may still follow."""
        if self.is_over:
            return []
        self.is_over = True
        close = CLOSE_RESTARTING if code == Code.SERVER_CLOSING else CLOSE_REFUSED
        return [Send(messages.to_frame(messages.goaway(code, after_ms)), Refused(code, stream, seq)), Close(close)]

    def taken_over(self, stream: str) -> list[Command]:
        """Another socket speaks for this stream now: let go of it, and of the socket when it spoke for no other."""
        if stream not in self._speakers:
            return []
        self._forget(stream)
        return [] if self._speakers else self.refuse(Code.TAKEN_OVER, stream=stream)

    def press(self, level: float) -> list[Command]:
        """Narrow the window to what a server can take that is under so much pressure: 0 none, 1 all that it bears."""
        is_urgent = self._window.press(level)
        if not is_urgent or self.is_over or not self._speakers:
            return []
        return [Send(messages.to_frame(self._window.tell()))]

    def _ack(self, stream: str, next_seq: int) -> Send:
        """Say an ack that never goes back, though outcomes of two packs may come in either order."""
        speaker = self._speakers.get(stream)
        if speaker is not None:
            next_seq = speaker.upto = max(next_seq, speaker.upto)
            while speaker.flight and (first := next(iter(speaker.flight))) < next_seq:
                self._land(speaker, first)
        if not self._window.is_news:
            return Send(messages.to_frame(messages.Ack(stream, next_seq)))
        window = self._window.tell()
        return Send(messages.to_frame(messages.Ack(stream, next_seq, window.window_bytes, window.window_chunks)))

    def _refused(self, stream: str, seq: int, code: Code) -> list[Command]:
        if REFUSALS[code].ends:
            return self.refuse(code, stream=stream, seq=seq)
        return [Send(messages.to_frame(messages.nack(stream, seq, code)), Refused(code, stream, seq))]

    def _fly(self, speaker: _Speaker, seq: int, size: int) -> bool:
        """Count a chunk; say whether the page keeps to the window.

        As the page sees it, an ack ends the flight of all that it covers, though some of it may be unsettled here: another
        socket may have brought the same. What is unsettled altogether is bounded at twice the window.
        """
        self._unsettled_chunks += 1
        self._unsettled_bytes += size
        if seq >= speaker.upto and seq not in speaker.flight:
            speaker.flight[seq] = size
            self._flight_chunks += 1
            self._flight_bytes += size
        return (
            self._flight_chunks <= self._most_chunks
            and self._flight_bytes <= self._most_bytes
            and self._unsettled_chunks <= 2 * self._most_chunks
            and self._unsettled_bytes <= 2 * self._most_bytes
        )

    def _land(self, speaker: _Speaker, seq: int) -> None:
        if size := speaker.flight.pop(seq, 0):
            self._flight_chunks -= 1
            self._flight_bytes -= size

    def _settle(self, header: ChunkHeader) -> None:
        self._unsettled_chunks -= 1
        self._unsettled_bytes -= frames.HEADER_BYTES + header.dom_length + header.log_length
        if speaker := self._speakers.get(header.stream):
            self._land(speaker, header.seq)

    def _forget(self, stream: str) -> None:
        if speaker := self._speakers.pop(stream, None):
            del self._keys[speaker.key]
            for seq in list(speaker.flight):
                self._land(speaker, seq)
