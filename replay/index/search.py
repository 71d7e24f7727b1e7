"""Finding sessions: what the list, the player and the customer's code ask for. Everything starts from a project."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from replay.accounts.models import Project
from replay.index.cursor import Page, take_page
from replay.index.errors import NotFound
from replay.index.models import Moment, Session, Stream
from replay.index.persons import first_distinct_id, matching_persons
from replay.people.models import Person

MAX_STREAMS = 10_000  # page loads of one session in one answer
LIVE_FOR = timedelta(seconds=60)  # a recorder says something every 20 s; three times silent is gone


@dataclass(frozen=True)
class SessionFilter:
    """What a list of sessions is narrowed to; empty means all."""

    person: str = ""  # part of a name, e-mail, distinct_id or person id
    page: str = ""  # part of the address of a page that was visited
    errors: bool = False  # something went wrong: an error, a console error or a failed request
    live: bool = False


@dataclass(frozen=True)
class Counts:
    """How many sessions run now, and how many began since a moment of the asker's choice."""

    live: int
    today: int


def is_live(session: Session, now: datetime) -> bool:
    """Say whether the session still runs: a page is open, and was heard of within a minute."""
    return session.erased_at is None and session.open_streams > 0 and session.last_received_at >= now - LIVE_FOR


def _live_at(now: datetime) -> Q:
    """Return the condition that ``is_live`` states, for the database."""
    return Q(erased_at=None, open_streams__gt=0, last_received_at__gte=now - LIVE_FOR)


def _visited(project: Project, page: str) -> Q:
    """Return the condition that a page with this text in its address was seen in a session."""
    seen = Moment.objects.filter(project=project, session=OuterRef("pk"), kind=Moment.Kind.NAVIGATION, url__icontains=page)
    return Q(entry_url__icontains=page) | Q(Exists(seen))


def belongs_to(project: Project, text: str) -> Q:
    """Return the condition that a session's visitor is known by this text."""
    return Q(distinct_id__icontains=text) | Q(person__in=matching_persons(project, text).values("pk"))


def sessions_of(project: Project) -> QuerySet[Session]:
    """Return the project's sessions with all that a row shows, joined: a list costs one query."""
    return (
        Session.objects.filter(project=project)
        .select_related("person", "project")
        .annotate(person_distinct_id=first_distinct_id("person_id"))
    )


def find_sessions(
    project: Project,
    wanted: SessionFilter | None = None,
    *,
    now: datetime,
    person: Person | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Session]:
    """Return sessions that are not erased, newest first; raise BadCursor."""
    wanted = wanted or SessionFilter()
    sessions = sessions_of(project).filter(erased_at=None)
    if person is not None:
        sessions = sessions.filter(person=person)
    if wanted.person:
        sessions = sessions.filter(belongs_to(project, wanted.person))
    if wanted.page:
        sessions = sessions.filter(_visited(project, wanted.page))
    if wanted.errors:
        sessions = sessions.filter(Q(errors__gt=0) | Q(console_errors__gt=0) | Q(failed_requests__gt=0))
    if wanted.live:
        sessions = sessions.filter(_live_at(now))
    return take_page(sessions, "started_at", cursor, limit, lambda session: session.started_at)


def get_session(project: Project, session_uuid: uuid.UUID) -> Session:
    """Return one session, also when it is erased (the row is the tombstone); raise NotFound."""
    session = sessions_of(project).filter(uuid=session_uuid).first()
    if session is None:
        raise NotFound(str(session_uuid))
    return session


def count_sessions(project: Project, *, now: datetime, since: datetime) -> Counts:
    """Return how many sessions of the project run now and how many began since then."""
    sessions = Session.objects.filter(project=project, erased_at=None)  # counted apart: each has its own index
    return Counts(live=sessions.filter(_live_at(now)).count(), today=sessions.filter(started_at__gte=since).count())


def streams_of(project: Project, session: Session) -> list[Stream]:
    """Return a session's streams in order of their making, at most ten thousand."""
    return list(Stream.objects.filter(project=project, session=session).order_by("id")[:MAX_STREAMS])
