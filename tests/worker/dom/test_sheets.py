"""What scripts did to stylesheets."""

from __future__ import annotations

from typing import Any

from tests.worker.dom.events import (
    Raw,
    add,
    body_of,
    change,
    document,
    element,
    incremental,
    page_of,
    said,
    snapshot,
    text,
)


def style(node_id: int, css: str, *children: Raw) -> Raw:
    return element(node_id, "style", *children, _cssText=css)


def put(rule: str, index: Any = 0, **target: Any) -> Raw:
    return incremental(8, adds=[{"rule": rule, "index": index}], **target)


def take(index: Any, **target: Any) -> Raw:
    return incremental(8, removes=[{"index": index}], **target)


def declare(value: str, prop: str = "top", **target: Any) -> Raw:
    return incremental(13, index=[0], set={"property": prop, "value": value}, **target)


def test_rules_follow_the_snapshot_in_order() -> None:
    page = page_of(snapshot(style(6, "a{}")), put("b{}", id=6), put("c{}", 1, id=6), take(0, id=6))
    (rules,) = said(page, 8)
    assert rules == {"id": 6, "adds": [{"rule": "b{}", "index": 0}, {"rule": "c{}", "index": 1}], "removes": [{"index": 0}]}


def test_a_plain_rule_that_comes_and_goes_leaves_nothing() -> None:
    page = page_of(snapshot(style(6, "")), *[each for _ in range(50) for each in (put(".a { top: 0 }", id=6), take(0, id=6))])
    assert said(page, 8) == []


def test_a_rule_that_a_browser_may_refuse_is_kept_though_it_goes() -> None:
    page = page_of(snapshot(style(6, "a{}")), put(":-moz-x { top: 0 }", id=6), take(0, id=6))
    assert len(said(page, 8)) == 1


def test_a_property_that_runs_is_told_once_for_each_kind_of_value() -> None:
    page = page_of(snapshot(style(6, "a{}")), *[declare(f"{n}px", id=6) for n in range(99)], declare("auto", id=6))
    assert [data["set"]["value"] for data in said(page, 13)] == ["98px", "auto"]


def test_rules_and_properties_keep_their_order() -> None:
    page = page_of(snapshot(style(6, "a{}")), declare("1px", id=6), put("b{}", id=6), declare("2px", id=6))
    assert [event["data"]["source"] for event in page.keyframe(0)[1:]] == [13, 8, 13]


def test_what_was_inserted_goes_when_the_text_is_written_anew() -> None:
    page = page_of(snapshot(style(6, "a{}", text(7, ""))), put("b{}", id=6), change(texts=[{"id": 7, "value": "c{}"}]))
    assert (said(page, 8), body_of(page)) == ([], "<style>c{}</style>")


def test_the_texts_of_a_style_share_what_was_recorded_at_once() -> None:
    whole = style(6, "a{}/* rr_split */b{}", text(7, ""), text(8, ""))
    page = page_of(snapshot(whole), change(texts=[{"id": 8, "value": "c{}"}]))
    assert body_of(page) == "<style>a{}c{}</style>"


def test_the_first_text_of_a_new_style_takes_the_sheet_over() -> None:
    page = page_of(snapshot(), change(adds=[add(5, style(6, "a{}")), add(6, text(7, ""))]))
    assert body_of(page) == '<style _cssText="a{}"></style>'
    page.apply(change(adds=[add(6, text(8, "b{}"))]))
    assert body_of(page) == "<style>a{}b{}</style>"


def test_a_link_becomes_the_sheet_that_it_loaded() -> None:
    page = page_of(
        snapshot(element(6, "link", rel="stylesheet")), change(attributes=[{"id": 6, "attributes": {"_cssText": "a{}"}}])
    )
    assert body_of(page) == '<link rel="stylesheet" _cssText="a{}"></link>'


def test_adopted_sheets_are_made_by_their_document_and_then_adopted() -> None:
    shadowed = {**element(7, "b"), "isShadow": True}
    host = {**element(6, "x-a"), "isShadowHost": True, "childNodes": [shadowed]}
    rules = [{"rule": "a{}", "index": 0}]
    page = page_of(
        snapshot(host),
        incremental(15, id=6, styleIds=[1], styles=[{"styleId": 1, "rules": rules}]),
        put("b{}", styleId=1),
        incremental(15, id=1, styleIds=[1]),
        incremental(15, id=6, styleIds=[]),
    )
    assert said(page, 15) == [{"id": 1, "styleIds": [1], "styles": [{"styleId": 1, "rules": rules}]}]
    assert said(page, 8) == [{"styleId": 1, "adds": [{"rule": "b{}", "index": 0}]}]


def test_a_sheet_that_is_replaced_forgets_its_rules() -> None:
    page = page_of(
        snapshot(),
        incremental(15, id=1, styleIds=[1], styles=[{"styleId": 1, "rules": [{"rule": "a{}", "index": 0}]}]),
        put("b{}", styleId=1),
        incremental(8, styleId=1, replaceSync="c{}"),
        put("d{}", 1, styleId=1),
    )
    assert said(page, 15)[0]["styles"] == [{"styleId": 1, "rules": []}]
    assert said(page, 8) == [{"styleId": 1, "replaceSync": "c{}"}, {"styleId": 1, "adds": [{"rule": "d{}", "index": 1}]}]


def test_a_document_does_not_adopt_the_sheet_of_another() -> None:
    frame = change(adds=[add(6, document(20, element(21, "html")))], isAttachIframe=True)
    made = incremental(15, id=1, styleIds=[1], styles=[{"styleId": 1, "rules": []}])
    page = page_of(snapshot(element(6, "iframe")), frame, made, incremental(15, id=20, styleIds=[1]))
    assert [data["id"] for data in said(page, 15)] == [1]
