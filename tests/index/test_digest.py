"""What log events mean to the index."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from replay.index.digest import Digest, digest
from replay.wire.log import parse_log
from tests.pages_say import click, event


def read(*events: dict[str, Any], page_url: str = "https://shop.example/") -> Digest:
    return digest(parse_log(json.dumps(events).encode()), page_url)


def test_a_click_is_named_by_what_the_person_saw() -> None:
    (moment,) = read(click("Pay now")).moments
    assert (moment.kind, moment.text, moment.url) == ("click", "Pay now", "https://shop.example/")
    assert moment.data["element"] == {"tag": "button", "text": "Pay now", "selector": "main > button"}


def test_moments_know_the_page_they_happened_on() -> None:
    result = read(click(), event("navigation", url="https://shop.example/cart", title="Cart", how="push"), click())
    assert [moment.url for moment in result.moments] == ["https://shop.example/", *["https://shop.example/cart"] * 2]
    assert (result.page_url, result.title, result.pages) == ("https://shop.example/cart", "Cart", 1)


def test_replacing_the_address_is_not_a_page() -> None:
    assert read(event("navigation", url="/#a", how="hash"), event("navigation", url="/?b", how="replace")).pages == 0


def test_only_console_errors_and_failed_requests_are_moments() -> None:
    result = read(
        event("console", level="log", args=["hi"]),
        event("console", level="error", args=["boom", "{}"]),
        event("network", url="https://api.example/cart?x=1", method="POST", status=500, failed=True, duration_ms=12.5),
        event("network", url="https://api.example/ok", status=200),
    )
    assert [(moment.kind, moment.text) for moment in result.moments] == [
        ("console_error", "boom {}"),
        ("request_failed", "POST /cart"),
    ]
    assert result.moments[1].url == "https://api.example/cart?x=1"
    assert (result.console_errors, result.failed_requests) == (1, 1)


def test_an_error_is_named_and_keeps_its_stack() -> None:
    (moment,) = read(event("error", name="TypeError", message="x is null", stack="at y", line=3)).moments
    assert (moment.text, moment.data["stack"], moment.data["line"]) == ("TypeError: x is null", "at y", 3)


def test_calls_and_counts_are_gathered() -> None:
    result = read(
        event("custom", name="order placed", properties={"total": 12.5}),
        event("identify", distinct_id="ada", anonymous_id="anon", properties={"plan": "pro"}),
        event("alias", distinct_id="ada", alias="ada@example.org"),
        event("properties", properties={"release": "1.2"}),
        event("activity", count=5),
        event("rage_click", element={"tag": "div"}, count=4),
        event("hologram"),
    )
    assert (result.custom_events, result.rage_clicks, len(result.calls), result.properties) == (1, 1, 2, {"release": "1.2"})
    assert [count for _, count in result.activity] == [5]
    assert [moment.kind for moment in result.moments] == ["custom", "identify", "rage_click"]


@given(
    st.text(),
    st.text(min_size=1, max_size=200),
    st.dictionaries(st.text(), st.text() | st.floats(allow_nan=False, allow_infinity=False) | st.integers()),
)
def test_everything_fits_its_column(text: str, name: str, bag: dict[str, Any]) -> None:
    result = read(
        event("navigation", url=text * 50, title=text * 50, how=text),
        event("custom", name=name, properties=bag),
        event("error", name=text, message=text * 99, stack=text * 99),
        event("network", url=text, method=text, failed=True),
        click(text),
    )
    for moment in result.moments:
        assert len(moment.text) <= 300
        assert len(moment.url) <= 2048
        json.dumps(moment.data, allow_nan=False).encode()
        assert "\\u0000" not in json.dumps([moment.text, moment.url, moment.data])
