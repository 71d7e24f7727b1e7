"""Alice's shop with one recorded session, and every address of the pages."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest

from replay.accounts.models import Project
from replay.index.models import Moment, Session, Stream
from replay.people.models import Person
from tests.factories import make_moment, make_person, make_session, make_stream


@dataclass(frozen=True)
class Shop:
    """What Ada did in the shop."""

    project: Project
    person: Person
    session: Session
    stream: Stream
    moment: Moment

    def at(self, path: str = "") -> str:
        return f"/p/{self.project.public_id}/{path}"

    @property
    def link(self) -> str:
        return f"/s/{self.project.public_id}/{self.session.uuid}"


@pytest.fixture
def shop(project: Project) -> Shop:
    person = make_person(project, "user-17", "anon-7f3c", name="Ada Lovelace", email="ada@example.org", plan="team")
    session = make_session(project, person=person, distinct_id="user-17", clicks=7, pages=3, errors=2, device_type="desktop")
    stream = make_stream(session, clock_offset_ms=250.0)
    moment = make_moment(stream, after_s=20, kind="error", text="TypeError: total is undefined", event_id="e-1")
    return Shop(project, person, session, stream, moment)


@pytest.fixture
def unknown_uuid() -> uuid.UUID:
    return uuid.UUID("0192f0c0-0000-7000-8000-000000000000")
