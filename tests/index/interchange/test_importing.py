"""A file becomes a session: what is in it, who it belongs to, again and again, and after every kind of break."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from replay.accounts.models import Project
from replay.index.interchange import importing, limits
from replay.index.interchange.errors import ImportRefused, Refusal
from replay.index.interchange.importing import Progress, Stopped
from replay.index.models import Chunk, Gap, Moment, Pack, Session, Stream
from replay.people.models import DistinctId, Person
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from tests.index.interchange.recordings import START_MS, bring, click, events_of, lines, own, page, take, text

EVENTS = [*page(), *(text(START_MS + 400 * n, f"line {n}") for n in range(1, 40)), click(START_MS + 20_000)]

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def test_a_file_of_events_becomes_a_session(store: MemoryStore, project: Project) -> None:
    made = bring(store, project, lines(EVENTS))
    session = Session.objects.get(uuid=made.session)
    assert (made.form, made.events, made.streams) == ("rrweb", len(EVENTS), 1)
    assert session.started_at == datetime.fromtimestamp(START_MS / 1000, UTC)
    assert (session.last_event_at - session.started_at).total_seconds() == 20
    assert (session.entry_url, session.pages, session.clicks) == ("https://shop.example/cart", 1, 1)
    assert (session.distinct_id, session.properties) == ("imported", {"imported": "rrweb"})
    assert (session.open_streams, session.viewport_width) == (0, 1280)
    assert list(Moment.objects.order_by("at").values_list("kind", "text")) == [
        ("navigation", "https://shop.example/cart"),
        ("click", "Pay now"),
    ]
    stream = Stream.objects.get()
    assert stream.next_seq == stream.end_seq == Chunk.objects.count() == len({chunk.seq for chunk in Chunk.objects.all()})
    assert stream.finished_at is not None
    assert set(Pack.objects.values_list("state", flat=True)) == {"kept"}


def test_the_same_file_again_is_the_same_session(store: MemoryStore, project: Project) -> None:
    first = bring(store, project, lines(EVENTS))
    before = (Chunk.objects.count(), Moment.objects.count(), Pack.objects.count(), Session.objects.get().clicks)
    again = bring(store, project, gzip.compress(lines(EVENTS)), distinct_id="somebody")
    assert (again.session, again.kept_bytes) == (first.session, 0)
    assert (Chunk.objects.count(), Moment.objects.count(), Pack.objects.count(), Session.objects.get().clicks) == before
    assert bring(store, project, lines(EVENTS[:-1])).session != first.session


def test_two_projects_each_have_their_own(store: MemoryStore, project: Project, other_project: Project) -> None:
    assert bring(store, project, lines(EVENTS)).session == bring(store, other_project, lines(EVENTS)).session
    assert Session.objects.count() == 2


class Breaking(MemoryStore):
    """A store that takes so many objects, then no more until it is mended."""

    def __init__(self, takes: int) -> None:
        super().__init__()
        self.takes = takes

    def put(self, key: str, data: bytes) -> None:
        if self.takes == 0:
            raise StoreUnavailable(key)
        self.takes -= 1
        super().put(key, data)


@pytest.mark.parametrize("takes", [0, 1, 3])
def test_a_broken_import_goes_on_where_it_was(takes: int, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PACK_CHUNKS", 3)
    whole = MemoryStore()
    wanted = take(whole, bring(whole, project, lines(EVENTS)), form="rrweb")
    Session.objects.all().delete()
    store = Breaking(takes)
    with pytest.raises(StoreUnavailable):
        bring(store, project, lines(EVENTS))
    assert Chunk.objects.count() == 3 * takes
    store.takes = -1
    made = bring(store, project, lines(EVENTS))
    assert take(store, made, form="rrweb") == wanted
    assert Session.objects.get().clicks == 1
    assert Stream.objects.get().next_seq == Chunk.objects.count()


def test_a_file_that_is_refused_leaves_nothing(store: MemoryStore, project: Project) -> None:
    with pytest.raises(ImportRefused) as refused:
        bring(store, project, lines([*EVENTS, {"type": 3}, *EVENTS]))
    assert (refused.value.code, refused.value.line) == (Refusal.NOT_AN_EVENT, len(EVENTS) + 1)
    assert f"line {len(EVENTS) + 1}, byte " in str(refused.value)
    assert not Session.objects.exists()
    assert not Pack.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("MOST_EVENTS", 5, Refusal.TOO_MANY_EVENTS),
        ("MOST_SPAN_MS", 10_000.0, Refusal.TOO_LONG),
        ("MOST_EVENT_BYTES", 100, Refusal.EVENT_TOO_LARGE),
    ],
)
def test_bounds_are_kept(
    name: str, value: Any, code: Refusal, store: MemoryStore, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, name, value)
    if name == "MOST_EVENT_BYTES":
        monkeypatch.setattr("replay.index.interchange.cursor.Cursor.take.__defaults__", (value,))
    with pytest.raises(ImportRefused) as refused:
        bring(store, project, lines(EVENTS))
    assert refused.value.code is code


def test_more_tabs_than_anybody_opens_are_refused(store: MemoryStore, project: Project) -> None:
    data = lines([[f"w{number}", page()[0]] for number in range(limits.MOST_STREAMS + 1)])
    with pytest.raises(ImportRefused) as refused:
        bring(store, project, data)
    assert refused.value.code is Refusal.TOO_MANY_STREAMS


def test_who_it_belongs_to_is_given_or_told_by_our_own_form(store: MemoryStore, project: Project) -> None:
    data = own([{"id": "s", "events": EVENTS}], id="old", distinct_id="ada", properties={"release": "2", "imported": "x"})
    session = Session.objects.get(uuid=bring(store, project, data).session)
    assert (session.distinct_id, session.person) == ("ada", DistinctId.objects.get(distinct_id="ada").person)
    assert session.properties == {"release": "2", "imported": "playhead", "imported_session": "old"}
    given = bring(store, project, own([{"id": "s", "events": EVENTS[:5]}], distinct_id="ada"), distinct_id="bert")
    assert Session.objects.get(uuid=given.session).distinct_id == "bert"


def test_a_file_identifies_and_merges_nobody(store: MemoryStore, project: Project) -> None:
    person = Person.objects.create(project=project, properties={"name": "Ada"}, is_identified=True)
    DistinctId.objects.create(project=project, person=person, distinct_id="ada", is_anonymous=False)
    log = [
        {"type": "identify", "id": "e1", "t": START_MS, "distinct_id": "ada", "properties": {"name": "Mallory"}},
        {"type": "alias", "id": "e2", "t": START_MS, "distinct_id": "ada", "alias": "mallory"},
    ]
    bring(store, project, own([{"id": "s", "events": EVENTS, "log": log}], distinct_id="mallory"))
    person.refresh_from_db()
    assert person.properties == {"name": "Ada"}
    assert Person.objects.count() == 2


def test_a_clock_that_was_wrong_stays_as_wrong_as_it_was(store: MemoryStore, project: Project) -> None:
    made = bring(store, project, own([{"id": "s", "clock_offset_ms": -7_200_000, "events": EVENTS}]))
    session = Session.objects.get(uuid=made.session)
    assert session.started_at.timestamp() * 1000 == START_MS - 7_200_000
    assert Stream.objects.get().clock_offset_ms == -7_200_000


@pytest.mark.parametrize("ms", [0.0, -1e12, 8.64e15 - 10, timezone.now().timestamp() * 1000 + 1e10])
def test_times_of_no_sensible_clock_harm_nobody(ms: float, store: MemoryStore, project: Project) -> None:
    made = bring(store, project, lines(page(ms)))
    session = Session.objects.get(uuid=made.session)
    assert session.started_at <= timezone.now() + timedelta(minutes=2)
    assert events_of(take(store, made, form="lines"))[1:] or events_of(take(store, made, form="lines"))


def test_gaps_come_back_as_gaps(store: MemoryStore, project: Project) -> None:
    gap = {"first_ms": START_MS + 100, "last_ms": START_MS + 300, "reason": "too_large", "body": "dom", "at_event": 2}
    bring(store, project, own([{"id": "s", "events": EVENTS, "gaps": [gap]}]))
    row = Gap.objects.get()
    assert (row.first_ms, row.last_ms, row.reason, row.body) == (START_MS + 100, START_MS + 300, "too_large", "dom")
    assert Chunk.objects.get(seq=row.first_seq).dom_codec == 0


def test_what_was_erased_does_not_come_back(store: MemoryStore, project: Project) -> None:
    bring(store, project, lines(EVENTS))
    Session.objects.update(erased_at=timezone.now())
    with pytest.raises(ImportRefused) as refused:
        bring(store, project, lines(EVENTS))
    assert refused.value.code is Refusal.ERASED


def test_progress_is_told_and_may_end_it(store: MemoryStore, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "TELL_EVERY_S", 0.0)
    heard: list[Progress] = []
    bring(store, project, lines(EVENTS), tell=heard.append)
    assert [each.done_bytes for each in heard] == sorted(each.done_bytes for each in heard)
    assert {each.total_bytes for each in heard} == {2 * len(lines(EVENTS))}

    def stop(progress: Progress) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        bring(store, project, lines(EVENTS[:-1]), tell=stop)


def test_no_page_can_append_to_what_was_imported(store: MemoryStore, project: Project) -> None:
    bring(store, project, lines(EVENTS))
    content = hashlib.sha256(lines(EVENTS)).digest()
    assert bytes(Session.objects.get().secret_hash) == hashlib.sha256(b"\xff" + content).digest()
    with pytest.raises(UnicodeDecodeError):
        (b"\xff" + content).decode()  # a page's secret is text


def test_json_of_every_kind_survives(store: MemoryStore, project: Project) -> None:
    odd = {"type": 3, "timestamp": START_MS + 1.25, "data": {"é": "\u2028", "n": [1e-7, -0.5, 2**53, "a\u0000b"], "x": None}}
    made = bring(store, project, lines([*page(), odd]))
    assert odd in events_of(take(store, made, form="lines"))
    halved = json.dumps(text(START_MS, "half \ud83d")).encode()
    made = bring(store, project, b"[" + halved + b"]")
    assert json.loads(halved) in events_of(take(store, made, form="rrweb"))
