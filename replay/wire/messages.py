"""The frames that hold JSON, as checked shapes (SPEC §1, §2)."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from replay.wire import limits
from replay.wire.errors import REFUSALS, Code, FrameRefused
from replay.wire.frames import Kind
from replay.wire.text import mend_surrogates

SessionId = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")]
StreamId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
WindowId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}\Z")]
Secret = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
DistinctId = Annotated[str, Meta(min_length=1, max_length=200)]


class Page(Struct, frozen=True):
    """Where the recorder was when it said hello; scrubbed in the page."""

    url: str = ""
    title: str = ""
    referrer: str = ""


class Device(Struct, frozen=True):
    viewport_width: float = 0
    viewport_height: float = 0
    screen_width: float = 0
    screen_height: float = 0
    pixel_ratio: float = 1
    language: str = ""
    timezone: str = ""


class Hello(Struct, frozen=True):
    """Who a stream belongs to."""

    v: int
    write_key: Annotated[str, Meta(max_length=64)]
    session: SessionId
    secret: Secret
    stream: StreamId
    window: WindowId
    distinct_id: DistinctId
    recorder: Annotated[str, Meta(max_length=20)]
    client_ms: float
    page: Page = Page()
    device: Device = Device()


class Welcome(Struct, frozen=True):
    stream: str
    next_seq: int
    server_ms: float
    v: int = limits.VERSION
    max_chunk_bytes: int = limits.MAX_FRAME_BYTES
    window_bytes: int = limits.WINDOW_BYTES
    window_chunks: int = limits.WINDOW_CHUNKS
    heartbeat_s: int = limits.HEARTBEAT_S
    codecs: tuple[int, ...] = ()  # of dom bodies that are taken, beside JSON; a server that knows no columns names none


class Ack(Struct, frozen=True, omit_defaults=True):
    """Every chunk of the stream with ``seq < upto`` is kept for good; and the window from now on, where it moved."""

    stream: str
    upto: int
    window_bytes: int | None = None
    window_chunks: int | None = None


class Window(Struct, frozen=True):
    """How much may be unacked on this socket from now on; 0: nothing new."""

    window_bytes: int
    window_chunks: int


class Nack(Struct, frozen=True):
    stream: str
    seq: int
    code: str
    message: str
    permanent: bool


class Goaway(Struct, frozen=True):
    code: str
    message: str
    retry: bool
    after_ms: int = 0


class Ping(Struct, frozen=True, omit_defaults=True):
    """The stream clock now; with a stream and a measured round trip, it says how that stream's clock stands to ours."""

    client_ms: float
    stream: str | None = None
    rtt_ms: float | None = None


class Pong(Struct, frozen=True):
    client_ms: float
    server_ms: float


Message = Hello | Welcome | Ack | Nack | Goaway | Ping | Pong | Window
M = TypeVar("M", Hello, Welcome, Ack, Nack, Goaway, Ping, Pong, Window)

KINDS: Final[dict[type[Any], Kind]] = {
    Hello: Kind.HELLO,
    Welcome: Kind.WELCOME,
    Ack: Kind.ACK,
    Nack: Kind.NACK,
    Goaway: Kind.GOAWAY,
    Ping: Kind.PING,
    Pong: Kind.PONG,
    Window: Kind.WINDOW,
}


class _Version(Struct):
    v: int


_encoder: Final = msgspec.json.Encoder()
_decoders: Final[dict[Kind, msgspec.json.Decoder[Any]]] = {kind: msgspec.json.Decoder(shape) for shape, kind in KINDS.items()}
_version_decoder: Final = msgspec.json.Decoder(_Version)


def to_frame(message: Message) -> bytes:
    """Return the frame that says this."""
    return bytes((KINDS[type(message)],)) + _encoder.encode(message)


def parse_message(frame: bytes, shape: type[M]) -> M:
    """Return what a JSON frame says, or refuse it as ``bad_frame``."""
    try:
        message = _decoders[KINDS[shape]].decode(memoryview(frame)[1:])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FrameRefused(Code.BAD_FRAME, f"{shape.__name__.lower()} is not readable") from error
    assert isinstance(message, shape)
    return message


def parse_hello(frame: bytes) -> Hello:
    """Return a checked hello; the version is looked at first, since a later one may have another shape."""
    if len(frame) > limits.MAX_HELLO_BYTES:
        raise FrameRefused(Code.BAD_HELLO, "too large")
    body = mend_surrogates(frame[1:])
    try:
        if _version_decoder.decode(body).v != limits.VERSION:
            raise FrameRefused(Code.UNSUPPORTED_VERSION)
        hello: Hello = _decoders[Kind.HELLO].decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FrameRefused(Code.BAD_HELLO, "not readable") from error
    if not (math.isfinite(hello.client_ms) and abs(hello.client_ms) <= limits.MAX_TIME_MS):
        raise FrameRefused(Code.BAD_HELLO, "client_ms is no time")
    return hello


def nack(stream: str, seq: int, code: Code) -> Nack:
    """Return the nack that says this code."""
    refusal = REFUSALS[code]
    return Nack(stream, seq, code, refusal.sentence, refusal.permanent)


def goaway(code: Code, after_ms: int = 0) -> Goaway:
    """Return the goaway that says this code."""
    refusal = REFUSALS[code]
    return Goaway(code, refusal.sentence, not refusal.permanent, after_ms)
