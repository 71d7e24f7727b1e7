"""One recorded session of Alice's shop, with bytes, and a store in memory."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from replay.accounts.models import Project
from replay.api import assets, interchange, sessions
from replay.index.models import Session, Stream
from replay.people.models import Person
from replay.store.memory import MemoryStore
from tests.factories import make_asset, make_chunks, make_moment, make_person, make_segment, make_session, make_stream

CSS = b"body { color: teal }\n" * 100


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """The store that the API reads from."""
    store = MemoryStore()
    for room in (assets, interchange, sessions):
        monkeypatch.setattr(room, "open_store", lambda: store)
    return store


@dataclass(frozen=True)
class Recorded:
    """What Ada did in the shop."""

    project: Project
    person: Person
    session: Session
    stream: Stream
    store: MemoryStore
    asset: str  # hash of a stylesheet

    @property
    def base(self) -> str:
        return f"/api/v1/projects/{self.project.public_id}"

    @property
    def address(self) -> str:
        return f"{self.base}/sessions/{self.session.uuid}"

    @property
    def chunks(self) -> str:
        return f"{self.address}/streams/{self.stream.stream_id}/chunks"

    def fold(self) -> Stream:
        """Make another stream of the session, seqs 0–5 in two segments and 6, 7 fresh; return it."""
        stream = make_stream(self.session, clock_offset_ms=250.0)
        for first in (0, 3):
            keyframe = [{"type": 2, "timestamp": 1, "data": {}}] if first else []
            make_segment(stream, first, first + 3, self.store, keyframe=keyframe)
        make_chunks(stream, [6, 7], self.store)
        return stream

    def segment(self, stream: Stream, first_seq: int = 0) -> str:
        return f"{self.address}/streams/{stream.stream_id}/segments/{first_seq}"


@pytest.fixture
def recorded(project: Project, store: MemoryStore) -> Recorded:
    person = make_person(project, "user-17", name="Ada Lovelace", email="ada@example.org")
    session = make_session(project, person=person, distinct_id="user-17", clicks=1, pages=1)
    stream = make_stream(session, clock_offset_ms=250.0)
    make_chunks(stream, range(4), store)
    make_moment(stream, after_s=1, kind="navigation", text="/checkout")
    make_moment(stream, after_s=20)
    asset = make_asset(session, CSS, store)
    return Recorded(project, person, session, stream, store, bytes(asset.hash).hex())
