"""Finding moments: the points of a session, and the same across all sessions of a project."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from replay.accounts.models import Project
from replay.index.cursor import Page, take_page
from replay.index.models import Moment, Session
from replay.index.persons import first_distinct_id
from replay.index.search import belongs_to

MAX_MOMENTS = 10_000  # of one session in one answer, about 3 MB of JSON
FEW_SESSIONS = 500  # of a visitor; of more, the newest moments are soon found by looking from the top


@dataclass(frozen=True)
class MomentFilter:
    """What a list of moments is narrowed to; empty means all."""

    kind: str = ""
    person: str = ""  # part of a name, e-mail, distinct_id or person id
    text: str = ""  # part of the moment's text or address


def moments_of(project: Project, session: Session, kind: str = "") -> tuple[list[Moment], bool]:
    """Return a session's moments in order of time, and whether there are more than one answer may hold."""
    moments = Moment.objects.filter(project=project, session=session).select_related("stream")
    if kind:
        moments = moments.filter(kind=kind)
    found = list(moments.order_by("at", "id")[: MAX_MOMENTS + 1])
    return found[:MAX_MOMENTS], len(found) > MAX_MOMENTS


def find_moments(
    project: Project, wanted: MomentFilter | None = None, *, cursor: str | None = None, limit: int = 50
) -> Page[Moment]:
    """Return moments across the project's sessions, newest first, with session, stream and person; raise BadCursor."""
    wanted = wanted or MomentFilter()
    moments = (
        Moment.objects.filter(project=project, session__erased_at=None)
        .select_related("session__person", "session__project", "stream")
        .annotate(person_distinct_id=first_distinct_id("session__person_id"))
    )
    if wanted.kind:
        moments = moments.filter(kind=wanted.kind)
    if wanted.text:
        moments = moments.filter(Q(text__icontains=wanted.text) | Q(url__icontains=wanted.text))
    if wanted.person:
        moments = moments.filter(session__in=_sessions_of(project, wanted.person))
    return take_page(moments, "at", cursor, limit, lambda moment: moment.at)


def _sessions_of(project: Project, person: str) -> list[int] | QuerySet[Session]:
    """Return the visitor's sessions: by id when they are few, so that the database looks up just their moments."""
    theirs = Session.objects.filter(belongs_to(project, person), project=project)
    few = list(theirs.values_list("pk", flat=True)[: FEW_SESSIONS + 1])
    return few if len(few) <= FEW_SESSIONS else theirs
