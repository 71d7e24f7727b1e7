"""Who is who: tabs of one browser, and a visitor who says who they are."""

from __future__ import annotations

from playwright.sync_api import BrowserContext

from tests.journeys.api import Api, Json
from tests.journeys.conftest import take_steps, visit
from tests.journeys.until import until


def test_two_tabs_make_one_session(api: Api, origin: str, visitor: BrowserContext) -> None:
    first, second = visit(visitor, origin), visit(visitor, f"{origin}/?from=10")
    take_steps(first.page, 1)
    take_steps(second.page, 1)

    assert first.session == second.session
    until(lambda: set(api.custom(first.session, "step")) == {1, 11}, "a step of each tab in one session")
    assert [row["id"] for row in api.sessions()] == [first.session]
    assert [len(window["streams"]) for window in api.manifest(first.session)["windows"]] == [1, 1]


def test_identify_puts_the_earlier_session_under_the_person(api: Api, origin: str, visitor: BrowserContext) -> None:
    anonymous = visit(visitor, origin)
    take_steps(anonymous.page, 1)
    until(lambda: api.custom(anonymous.session, "step"), "the anonymous visit")
    anonymous.page.close()
    _forget_session(visitor, origin)

    later = visit(visitor, origin)
    assert later.session != anonymous.session, "the visit is over, the visitor is the same"
    later.page.evaluate("playhead.identify('ada-1815', { email: 'ada@example.org', name: 'Ada Lovelace' })")

    rows = until(lambda: _rows_of_ada(api), "both sessions under Ada")
    assert {row["id"] for row in rows} == {anonymous.session, later.session}
    person = api.get(f"/persons/{rows[0]['person']['id']}")
    ids = [known["distinct_id"] for known in person["distinct_ids"]]
    assert "ada-1815" in ids
    assert len(ids) == 2, "the anonymous id and the customer's own"


def _forget_session(visitor: BrowserContext, origin: str) -> None:
    """End the visit as half an hour without a sign of life would."""
    page = visitor.new_page()
    page.route(origin, lambda route: route.fulfill(body=""))
    page.goto(origin)
    removed = page.evaluate(
        """() => Object.keys(localStorage).filter((key) => key.startsWith("playhead_session_"))
                 .map((key) => localStorage.removeItem(key)).length"""
    )
    assert removed == 1
    page.close()


def _rows_of_ada(api: Api) -> list[Json] | None:
    rows = api.sessions()
    named = [row for row in rows if (row["person"] or {}).get("distinct_id") == "ada-1815"]
    return named if len(named) == 2 else None
