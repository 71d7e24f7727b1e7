"""The server's half of the conversation, without I/O: frames and outcomes in, commands out.

hello ──▶ Admit ──▶ admitted() ──▶ Send(welcome)          refused ──▶ Send(goaway), Close
chunk ──▶ Keep  ──▶ kept()     ──▶ Send(ack)              refused ──▶ Send(nack) | Send(goaway), Close
ping  ──▶ Send(pong)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from replay.wire import frames, limits, messages
from replay.wire.errors import REFUSALS, ChunkRefused, Code, WireError
from replay.wire.frames import Chunk, ChunkHeader, Kind
from replay.wire.messages import Hello

CLOSE_NORMAL: Final = 1000
CLOSE_REFUSED: Final = 1008
CLOSE_RESTARTING: Final = 1012


@dataclass(frozen=True, slots=True)
class Admit:
    """Look up whether this stream may speak, then call ``admitted`` or ``refuse``."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep this chunk, then call ``kept`` or ``chunk_refused``."""

    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Refused:
    """What a goaway or a nack says no to, as far as it is known."""

    code: Code
    stream: str = ""
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Send:
    frame: bytes
    refused: Refused | None = None  # for whoever counts


@dataclass(frozen=True, slots=True)
class Close:
    code: int


Command = Admit | Keep | Send | Close


class Connection:
    """One conversation: which streams speak on it, and how much of theirs is in flight."""

    def __init__(self, window_bytes: int = limits.WINDOW_BYTES, window_chunks: int = limits.WINDOW_CHUNKS) -> None:
        self._most_bytes = window_bytes + limits.MAX_FRAME_BYTES  # the page's count may lag by one frame
        self._most_chunks = window_chunks
        self._sessions: dict[str, str] = {}
        self._bytes = 0
        self._chunks = 0
        self.is_over = False

    def receive(self, frame: bytes, now_ms: float) -> list[Command]:
        """Return what to do about a frame."""
        if self.is_over:
            return []
        try:
            return self._receive(frame, now_ms)
        except ChunkRefused as refused:
            return self._refused(refused.stream, refused.seq, refused.code)
        except WireError as refused:
            return self.refuse(refused.code)

    def _receive(self, frame: bytes, now_ms: float) -> list[Command]:
        kind = frames.kind_of(frame)
        if kind == Kind.CHUNK:
            return self._receive_chunk(frame)
        if kind == Kind.HELLO:
            hello = messages.parse_hello(frame)
            if len(self._sessions) >= limits.MAX_STREAMS and hello.stream not in self._sessions:
                return self.refuse(Code.TOO_MANY, stream=hello.stream)
            return [Admit(hello)]
        if kind == Kind.PING and len(frame) <= limits.MAX_HELLO_BYTES:
            ping = messages.parse_message(frame, messages.Ping)
            return [Send(messages.to_frame(messages.Pong(ping.client_ms, now_ms)))]
        return self.refuse(Code.BAD_FRAME)

    def _receive_chunk(self, frame: bytes) -> list[Command]:
        header = frames.parse_header(frame)
        session = self._sessions.get(header.stream)
        if session is None:
            return self.refuse(Code.UNKNOWN_STREAM, stream=header.stream, seq=header.seq)
        if session != str(header.session):
            return self.refuse(Code.BAD_FRAME, stream=header.stream, seq=header.seq)
        chunk = frames.parse_chunk(frame)
        self._chunks += 1
        self._bytes += len(frame)
        if self._chunks > self._most_chunks or self._bytes > self._most_bytes:
            return self.refuse(Code.OVER_WINDOW, stream=header.stream, seq=header.seq)
        return [Keep(chunk)]

    def admitted(self, hello: Hello, next_seq: int, now_ms: float) -> list[Command]:
        """The stream may speak."""
        self._sessions[hello.stream] = hello.session
        return [Send(messages.to_frame(messages.Welcome(hello.stream, next_seq, now_ms)))]

    def kept(self, header: ChunkHeader, next_seq: int) -> list[Command]:
        """The chunk and its row are committed."""
        self._settle(header)
        return [Send(messages.to_frame(messages.Ack(header.stream, next_seq)))]

    def chunk_refused(self, header: ChunkHeader, code: Code, next_seq: int | None = None) -> list[Command]:
        """The chunk will not be kept; ``next_seq`` is told where it is known, since it may have moved all the same."""
        self._settle(header)
        commands = self._refused(header.stream, header.seq, code)
        if next_seq is None or REFUSALS[code].ends:
            return commands
        return [*commands, Send(messages.to_frame(messages.Ack(header.stream, next_seq)))]

    def refuse(self, code: Code, after_ms: int = 0, *, stream: str = "", seq: int | None = None) -> list[Command]:
        """End the conversation; because of a stream or a chunk of it, where one is named."""
        if self.is_over:
            return []
        self.is_over = True
        close = CLOSE_RESTARTING if code == Code.SERVER_CLOSING else CLOSE_REFUSED
        return [Send(messages.to_frame(messages.goaway(code, after_ms)), Refused(code, stream, seq)), Close(close)]

    def _refused(self, stream: str, seq: int, code: Code) -> list[Command]:
        if REFUSALS[code].ends:
            return self.refuse(code, stream=stream, seq=seq)
        return [Send(messages.to_frame(messages.nack(stream, seq, code)), Refused(code, stream, seq))]

    def _settle(self, header: ChunkHeader) -> None:
        self._chunks -= 1
        self._bytes -= frames.HEADER_BYTES + header.dom_length + header.log_length
