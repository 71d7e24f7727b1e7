"""Origins as people write them, kept as browsers send them."""

from __future__ import annotations

import pytest

from replay.accounts.origins import BadOrigin, parse_origin


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:8001", "http://localhost:8001"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://käse.example", "https://xn--kse-qla.example"),
    ],
)
def test_it_is_kept_as_the_browser_sends_it(text: str, origin: str) -> None:
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "shop.example",
        "ftp://shop.example",
        "https://",
        "https://shop.example/cart",
        "https://a@shop.example",
        "https://*.example",
        "https://shop.example:99999",
        "https://shop.example?x",
        "https://a b.example",
        "null",
        "https://[::1",
        "https://" + "a" * 70 + ".x",
    ],
)
def test_what_no_browser_would_send_is_refused(text: str) -> None:
    with pytest.raises(BadOrigin):
        parse_origin(text)
