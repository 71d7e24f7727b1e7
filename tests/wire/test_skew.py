"""Versions that are not ours: what an older recorder said, what an older server answered, what a later one may say.

``spoken/`` holds what released versions really said (see hear.py). Whatever the other end is, the talk goes on, or ends
with a code.
"""

from __future__ import annotations

import hashlib
import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.wire import frames, messages
from replay.wire.connection import Admit, Close, Connection, Keep, Send
from replay.wire.effects import Acked, Effect, Finished, Stop
from replay.wire.effects import Close as PageClose
from replay.wire.effects import Send as PageSend
from replay.wire.errors import REFUSALS
from replay.wire.frames import Chunk, Codec, Kind
from replay.wire.page import PageConnection, State
from tests.ingest.client import open_socket
from tests.journeys.api import Api
from tests.layouts import Layout
from tests.pages_say import PageStream, click

SPOKEN = sorted((Path(__file__).parent / "spoken").glob("*.json"))
FIRST_KINDS = {Kind.HELLO, Kind.CHUNK, Kind.PING}  # what the server of 0.1.0 hears
HASH_AT = 96  # in the header of a chunk
LATER_KINDS = st.integers(10, 255)
LATER_KEYS = st.dictionaries(st.text("xyz_", min_size=4, max_size=8), st.none() | st.integers() | st.text("xyz"), max_size=3)
LATER_CODES = st.text("abcdefgh_", min_size=1, max_size=30).map(lambda code: f"later_{code}")


@dataclass
class Spoken:
    """What a released version said."""

    write_key: str
    talk: list[tuple[str, bytes]]

    @property
    def project(self) -> str:
        return self.write_key.split("_")[1]

    @property
    def page(self) -> list[bytes]:
        return [frame for who, frame in self.talk if who == "page"]

    @property
    def chunks(self) -> list[Chunk]:
        return [frames.parse_chunk(frame) for frame in self.page if frame[0] == Kind.CHUNK]

    @property
    def server(self) -> list[bytes]:
        return [frame for who, frame in self.talk if who == "server"]


@pytest.fixture(params=SPOKEN, ids=lambda path: path.stem)
def spoken(request: pytest.FixtureRequest) -> Spoken:
    return read(request.param)


def read(path: Path) -> Spoken:
    said = json.loads(path.read_text())
    return Spoken(said["write_key"], [(who, bytes.fromhex(frame)) for who, frame in said["talk"]])


@pytest.mark.embedded
async def test_an_older_recorder_is_heard_to_the_end(spoken: Spoken, layout: Layout) -> None:
    made = layout.make_project()
    layout.manage("shell", "-c", _give_key(made.id, spoken))
    api = Api(layout.base_url, spoken.project, made.token)
    async with open_socket(layout.socket_url) as wire:
        await wire.say(spoken.page[0])
        assert (await wire.expect(Kind.WELCOME))["next_seq"] == 0
        for frame in spoken.page[1:]:
            await wire.say(frame)
        stream = spoken.chunks[0].header.stream
        while wire.upto.get(stream, 0) < len(spoken.chunks):
            kind, said = await wire.hear()
            assert kind in (Kind.ACK, Kind.WINDOW), said
    answer = _post(layout, frames.join_frames(spoken.page))  # the other road, and all of it a duplicate
    assert [json.loads(frame[1:])["upto"] for frame in answer if frame[0] == Kind.ACK][-1] == len(spoken.chunks)

    session = str(spoken.chunks[0].header.session)
    (kept,) = api.manifest(session)["streams"]
    assert [record.body for record in api.chunks(session, kept, "dom")] == [chunk.dom for chunk in spoken.chunks]
    assert [record.body for record in api.chunks(session, kept, "log")] == [chunk.log for chunk in spoken.chunks]
    assert api.custom(session, "step") == {1: 1, 2: 1, 3: 1}
    assert api.session(session)["clicks"] == 3


def _give_key(project: str, spoken: Spoken) -> str:
    """Return code that turns a project into the one that was recorded into."""
    return (
        "from replay.accounts.models import Project, WriteKey;"
        f"project = Project.objects.get(public_id={project!r});"
        f"Project.objects.filter(pk=project.pk).update(public_id={spoken.project!r});"
        f"WriteKey.objects.create(project=project, key={spoken.write_key!r})"
    )


def _post(layout: Layout, body: bytes) -> list[bytes]:
    request = urllib.request.Request(f"{layout.base_url}/ingest/v1/beacon", body, {"Content-Type": "text/plain"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return frames.split_frames(answer.read())


def listen(spoken: Spoken, between: list[list[bytes]]) -> list[Effect]:
    """Let our page say what was said, hear what was answered, and something else before each answer."""
    first = spoken.chunks[0].header
    page = PageConnection(first.stream, lambda now: spoken.page[0], lambda *_: b"", lambda: 0.5)
    effects = [*page.start(0), *page.opened(0)]
    for chunk in spoken.chunks:
        effects += page.keep(chunk.header.seq, chunk.to_frame(), int(chunk.header.flags), 1)
    for more, answer in zip(between, spoken.server, strict=False):
        for frame in more:
            assert page.received(frame, 2) == [], "a frame of a later server is nothing to us"
        effects += page.received(answer, 2)
    assert page.state == State.OPEN
    return [*effects, *page.end()]


def test_an_older_server_is_understood(spoken: Spoken) -> None:
    effects = listen(spoken, [[]] * len(spoken.server))
    assert [effect.upto for effect in effects if isinstance(effect, Acked)][-1] == len(spoken.chunks)
    assert isinstance(effects[-1], Finished)
    said = [effect.frame for effect in effects if isinstance(effect, PageSend)]
    assert {frame[0] for frame in said} <= FIRST_KINDS, "an older server ends the talk at a frame that it does not know"
    assert [frame for frame in said if frame[0] == Kind.CHUNK] == [chunk.to_frame() for chunk in spoken.chunks]


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.stem)
@given(data=st.data())
def test_frames_of_a_later_server_change_nothing(path: Path, data: st.DataObject) -> None:
    spoken = read(path)
    later = st.builds(lambda kind, body: bytes([kind]) + body, LATER_KINDS, st.binary(max_size=40))
    between = data.draw(st.lists(st.lists(later, max_size=3), min_size=len(spoken.server), max_size=len(spoken.server)))
    assert listen(spoken, between) == listen(spoken, [[]] * len(spoken.server))


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.stem)
@given(more=LATER_KEYS)
def test_keys_of_a_later_server_change_nothing(path: Path, more: dict[str, Any]) -> None:
    spoken = read(path)
    richer = Spoken(spoken.write_key, [(who, _with(frame, more) if who == "server" else frame) for who, frame in spoken.talk])
    quiet: list[list[bytes]] = [[]] * len(spoken.server)
    assert listen(richer, quiet) == listen(spoken, quiet)


def _with(frame: bytes, more: dict[str, Any]) -> bytes:
    return frame[:1] + json.dumps(more | json.loads(frame[1:])).encode()


@given(code=LATER_CODES, is_permanent=st.booleans())
def test_a_refusal_of_a_later_server_is_taken_at_its_word(code: str, is_permanent: bool) -> None:
    stream = PageStream()
    gap = stream.gap(0, code, "both").to_frame()
    page, chunk = _open(stream, gap)
    said = {"stream": stream.stream, "seq": 0, "code": code, "message": "", "permanent": is_permanent}
    page.received(_frame(Kind.NACK, said), 20)
    (held,) = page.unacked
    assert held.frame == (gap if is_permanent else chunk)
    assert page.state == State.OPEN


@given(code=LATER_CODES, is_retried=st.booleans(), after_ms=st.integers(0, 60_000))
def test_a_goodbye_of_a_later_server_is_taken_at_its_word(code: str, is_retried: bool, after_ms: int) -> None:
    page, chunk = _open(PageStream(), b"")
    effects = page.received(_frame(Kind.GOAWAY, {"code": code, "message": "", "retry": is_retried, "after_ms": after_ms}), 20)
    if not is_retried:
        assert effects == [PageClose(), Stop(code, "")]
        return
    assert effects == [PageClose()]
    assert page.state == State.WAITING
    assert page.hurry(20 + after_ms - 1) == []
    assert [held.frame for held in page.unacked] == [chunk]


def _open(stream: PageStream, gap: bytes) -> tuple[PageConnection, bytes]:
    """Return a page with one chunk in flight, and the chunk."""
    page = PageConnection(stream.stream, lambda now: stream.hello_frame(), lambda *_: gap, lambda: 0.5)
    page.start(0)
    page.opened(0)
    page.received(messages.to_frame(messages.Welcome(stream.stream, 0, 0.0)), 5)
    chunk = stream.chunk(0, click()).to_frame()
    page.keep(0, chunk, 0, 10)
    return page, chunk


def _frame(kind: Kind, said: dict[str, Any]) -> bytes:
    return bytes([kind]) + json.dumps(said).encode()


def test_columns_go_only_where_the_welcome_names_them() -> None:
    stream = PageStream()
    page, _ = _open(stream, b"")
    assert list(page.codecs) == [], "a server that knows no columns names none"
    (said,) = _greeted(PageStream()).admitted(stream.hello(), 0, 0)
    assert isinstance(said, Send)
    page.received(said.frame, 20)
    assert list(page.codecs) == [Codec.COLUMNS, Codec.COLUMNS_GZIP]
    page.received(messages.to_frame(messages.Welcome(stream.stream, 0, 0.0)), 30)
    assert list(page.codecs) == [], "it came back to an older one"


# A later recorder and this server


@given(more=LATER_KEYS)
def test_keys_of_a_later_recorder_are_passed_over(more: dict[str, Any]) -> None:
    server, stream = Connection(), PageStream()
    (admit,) = server.receive(_with(stream.hello_frame(), more), 0)
    assert admit == Admit(stream.hello())
    ping = _with(messages.to_frame(messages.Ping(5.0)), more)
    (pong,) = server.receive(ping, 7)
    assert isinstance(pong, Send)
    assert pong.frame == messages.to_frame(messages.Pong(5.0, 7))


@given(kind=LATER_KINDS, body=st.binary(max_size=40))
def test_a_frame_of_a_later_recorder_ends_the_talk_with_a_code(kind: int, body: bytes) -> None:
    assert _refusal(_greeted(PageStream()), bytes([kind]) + body) == ("bad_frame", True)


@given(version=st.integers(2, 1_000))
def test_a_later_version_is_refused_by_name(version: int) -> None:
    assert _refusal(Connection(), PageStream().hello_frame(v=version)) == ("unsupported_version", True)


@given(codec=st.integers(3, 254).filter(lambda codec: codec not in frames.DOM_CODECS))
def test_a_later_codec_is_refused_and_the_talk_goes_on(codec: int) -> None:
    stream = PageStream()
    server = _greeted(stream)
    chunk = stream.chunk(0).to_frame()
    head = chunk[:2] + bytes([codec]) + chunk[3:HASH_AT]
    frame = head + hashlib.sha256(head + chunk[frames.HEADER_BYTES :]).digest() + chunk[frames.HEADER_BYTES :]
    assert _refusal(server, frame) == ("bad_codec", False)
    assert isinstance(server.receive(stream.gap(0, "bad_codec").to_frame(), 0)[0], Keep)


def _greeted(stream: PageStream) -> Connection:
    server = Connection()
    (admit,) = server.receive(stream.hello_frame(), 0)
    assert isinstance(admit, Admit)
    server.admitted(admit.hello, 0, 0)
    return server


def _refusal(server: Connection, frame: bytes) -> tuple[str, bool]:
    """Return the code with which a frame is refused, and whether that ends the talk."""
    first, *rest = server.receive(frame, 0)
    assert isinstance(first, Send)
    code = json.loads(first.frame[1:])["code"]
    assert code in REFUSALS
    return code, any(isinstance(command, Close) for command in rest)
