"""The life of an asset: wanted, kept, and gone with the last session that shows it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from replay.accounts.models import Project
from replay.index import assets
from replay.index.models import Asset, Session, SessionAsset
from replay.store.memory import MemoryStore
from replay.wire import limits
from replay.wire.assets import Answer, Offer
from replay.worker.assets import sweep_assets
from tests.factories import START, make_asset, make_session

CSS = b"b { margin: 0 }\n" * 99
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def session(project: Project) -> Session:
    return make_session(project)


def offer(session: Session, data: bytes = CSS) -> Answer:
    given = Offer(hashlib.sha256(data).hexdigest(), "stylesheet", "", len(data))
    return assets.answer_offers(session.project_id, session.uuid, [given], START)[0]


def test_it_stays_while_a_session_shows_it(session: Session) -> None:
    store = MemoryStore()
    make_asset(session, CSS, store)
    assert sweep_assets(store, START + 30 * DAY) == 0
    assert len(list(store.keys(""))) == 1


def test_it_goes_with_the_last_session_that_shows_it_and_not_before_its_readers(session: Session) -> None:
    store = MemoryStore()
    make_asset(session, CSS, store)
    SessionAsset.objects.all().delete()
    assert sweep_assets(store, START + HOUR) == 0
    assert sweep_assets(store, START + 2 * DAY) == 0
    assert Asset.objects.get().state == Asset.State.SWEPT
    assert len(list(store.keys(""))) == 1
    assert sweep_assets(store, START + 2 * DAY + HOUR) == 1
    assert not list(store.keys(""))
    assert not Asset.objects.exists()


def test_one_that_is_shown_again_in_time_stays(session: Session) -> None:
    store = MemoryStore()
    asset = make_asset(session, CSS, store)
    SessionAsset.objects.all().delete()
    sweep_assets(store, START + 2 * DAY)
    assert offer(session) == Answer.LATER
    assert sweep_assets(store, START + 3 * DAY) == 0
    assert offer(session) == Answer.KNOWN
    assert assets.read_asset(store, session.project, Asset.objects.get(pk=asset.pk)) == CSS


def test_one_that_is_shown_again_too_late_is_wanted_again(session: Session) -> None:
    store = MemoryStore()
    asset = make_asset(session, CSS, store)
    SessionAsset.objects.all().delete()
    sweep_assets(store, START + 2 * DAY)
    assert offer(session) == Answer.LATER
    assets.forget_swept([asset.pk])  # its bytes went while the offer came
    assert offer(session) == Answer.WANTED


def test_a_session_shows_so_many_and_no_more(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SESSION_ASSETS", 3)
    assert [offer(session, bytes([65 + at])) for at in range(5)] == [Answer.WANTED] * 3 + [Answer.TOO_MANY] * 2
    assert SessionAsset.objects.count() == 3


def test_a_large_one_is_named_as_missing(session: Session) -> None:
    given = Offer("cd" * 32, "font", "https://a.example/f.ttf", limits.MAX_FONT_BYTES + 1)
    assert assets.answer_offers(session.project_id, session.uuid, [given], START) == [Answer.TOO_LARGE]
    assert assets.assets_of(session.project, session).missing == [("https://a.example/f.ttf", "font", "too_large")]
