"""A page follows its events, and a keyframe builds it again."""

from __future__ import annotations

import copy

from tests.worker.dom.events import (
    add,
    attributes,
    body_of,
    change,
    document,
    element,
    incremental,
    page_of,
    said,
    snapshot,
    text,
    typed,
)


def test_a_page_without_a_snapshot_has_no_keyframe() -> None:
    page = page_of(change(adds=[add(1, element(2))]))
    assert (page.is_whole, page.keyframe(0)) == (False, [])


def test_nodes_are_added_moved_and_removed() -> None:
    page = page_of(
        snapshot(element(6, "p", text(7, "one")), element(8, "p", text(9, "two"))),
        change(adds=[add(5, element(10, "b"), 8), add(10, text(11, "new"))]),
    )
    assert body_of(page) == "<p>one</p><b>new</b><p>two</p>"
    page.apply(change(removes=[{"parentId": 5, "id": 6}]))
    assert body_of(page) == "<b>new</b><p>two</p>"


def test_adds_may_come_in_any_order() -> None:
    page = page_of(snapshot(), change(adds=[add(6, text(7, "a"), 8), add(5, element(6, "p")), add(6, text(8, "b"))]))
    assert body_of(page) == "<p>ab</p>"


def test_texts_and_attributes_change() -> None:
    page = page_of(
        snapshot(element(6, "p", text(7, "one"), title="old", lang="en")),
        change(texts=[{"id": 7, "value": "uno"}], attributes=[{"id": 6, "attributes": {"title": "new", "lang": None}}]),
    )
    assert body_of(page) == '<p title="new">uno</p>'


def test_missing_bytes_blind_it_until_the_next_snapshot() -> None:
    page = page_of(snapshot(text(6, "one")))
    page.lose()
    page.apply(change(texts=[{"id": 6, "value": "two"}]))
    assert (page.is_whole, page.keyframe(0)) == (False, [])
    page.apply(snapshot(text(6, "three")))
    assert body_of(page) == "three"


def test_what_was_recorded_is_never_written_to() -> None:
    events = [
        snapshot(element(6, "p", text(7, "one"), title="old"), element(8, "textarea", value="a")),
        change(texts=[{"id": 7, "value": "two"}], attributes=[{"id": 6, "attributes": {"title": "new"}}]),
        attributes(8, value="b"),
        typed(8, "c"),
    ]
    told = copy.deepcopy(events)
    page_of(*events).keyframe(0)
    assert told == events


def test_what_one_keyframe_said_does_not_change_with_the_page() -> None:
    page = page_of(snapshot(element(6, "p", text(7, "one"), title="old")), attributes(6, title="new"))
    first = page.keyframe(0)
    told = copy.deepcopy(first)
    for event in (attributes(6, title="newer", style={"top": "1px"}), change(texts=[{"id": 7, "value": "two"}])):
        page.apply(event)
    assert first == told


def test_a_keyframe_builds_the_same_page() -> None:
    page = page_of(snapshot(element(6, "p", text(7, "one"))), change(adds=[add(6, element(8, "i"), 7)]))
    assert page_of(*page.keyframe(0)).keyframe(0) == page.keyframe(0)


def test_all_of_a_keyframe_happens_at_its_instant() -> None:
    page = page_of(snapshot(element(6, "input")), typed(6, "a"), incremental(3, id=1, x=0, y=9))
    assert {event["timestamp"] for event in page.keyframe(77.5)} == {77.5}


def test_the_viewport_is_that_of_the_last_resize() -> None:
    meta = {"type": 4, "timestamp": 0, "data": {"href": "http://a.example/", "width": 800, "height": 600}}
    page = page_of(meta, snapshot(), incremental(4, width=400, height=300))
    assert page.keyframe(0)[0]["data"] == {"href": "http://a.example/", "width": 400, "height": 300}


def test_an_add_without_its_next_sibling_is_dropped() -> None:
    page = page_of(snapshot(text(6, "a")), change(adds=[add(5, text(7, "b"), 99), add(5, text(8, "c"))]))
    assert body_of(page) == "ac"


def test_a_node_that_is_told_twice_is_moved() -> None:
    page = page_of(snapshot(element(6, "p"), element(7, "i")), change(adds=[add(5, element(6, "p"))]))
    assert body_of(page) == "<i></i><p></p>"


def test_a_node_of_the_same_id_that_is_another_leaves_the_first_where_it_is() -> None:
    page = page_of(snapshot(element(6, "p")), change(adds=[add(5, element(6, "b"))]), attributes(6, title="b's"))
    assert body_of(page) == '<p></p><b title="b\'s"></b>'


def test_shadow_roots_have_their_own_children() -> None:
    shadowed = {**element(7, "b"), "isShadow": True}
    page = page_of(snapshot(element(6, "x-a", text(8, "light"))), change(adds=[add(6, shadowed)]))
    (host,) = page.keyframe(0)[0]["data"]["node"]["childNodes"][1]["childNodes"][1]["childNodes"]
    assert (host["isShadowHost"], [child.get("isShadow", False) for child in host["childNodes"]]) == (True, [False, True])
    page.apply(change(removes=[{"parentId": 6, "id": 7, "isShadow": True}]))
    assert body_of(page) == "<x-a>light</x-a>"


def test_a_frame_holds_a_document_even_when_that_came_first() -> None:
    inner = document(20, element(21, "html", element(22, "body", text(23, "inside"))))
    attach = change(adds=[add(6, inner)], isAttachIframe=True)
    page = page_of(snapshot(), attach, change(adds=[add(5, element(6, "iframe"))]), change(texts=[{"id": 23, "value": "in"}]))
    (said_inside,) = said(page, 0)
    assert said_inside["adds"][0]["node"]["childNodes"][0]["childNodes"][0]["childNodes"][0]["textContent"] == "in"


def test_single_style_properties_follow_in_the_order_in_which_they_were_set() -> None:
    page = page_of(
        snapshot(element(6, "p", style="color: red")),
        attributes(6, style={"padding-left": "1px", "padding": ["2px", "important"]}),
        attributes(6, style={"padding-left": "3px", "color": False}),
    )
    assert body_of(page) == '<p style="color: red"></p>'
    (styles,) = said(page, 0)
    style = styles["attributes"][0]["attributes"]["style"]
    assert list(style.items()) == [("padding", ["2px", "important"]), ("padding-left", "3px"), ("color", False)]
    page.apply(attributes(6, style="top: 0"))
    assert (body_of(page), said(page, 0)) == ('<p style="top: 0"></p>', [])


def test_scroll_is_told_last_and_lost_with_the_node() -> None:
    scrolled = element(6, "div", rr_scrollTop=5)
    page = page_of(snapshot(scrolled), incremental(3, id=1, x=0, y=70))
    assert said(page, 3) == [{"id": 1, "x": 0, "y": 70}, {"id": 6, "x": 0, "y": 5}]
    page.apply(change(removes=[{"parentId": 5, "id": 6}], adds=[add(5, scrolled)]))
    assert said(page, 3) == [{"id": 1, "x": 0, "y": 70}]


def test_a_film_plays_on_until_the_keyframe() -> None:
    film = element(6, "video", rr_mediaState="paused", rr_mediaCurrentTime=3, rr_mediaLoop=True)
    page = page_of(snapshot(film, at=1_000), incremental(7, at=5_000, id=6, type=0, currentTime=4, playbackRate=2))
    assert 'rr_mediaState="played" rr_mediaCurrentTime="8.0"' not in body_of(page)
    (full,) = page.keyframe(7_000)
    attributes_then = full["data"]["node"]["childNodes"][1]["childNodes"][1]["childNodes"][0]["attributes"]
    assert (attributes_then["rr_mediaState"], attributes_then["rr_mediaCurrentTime"]) == ("played", 8.0)
    assert attributes_then["rr_mediaLoop"] is True


def test_of_several_modal_dialogs_the_last_opened_lies_on_top() -> None:
    page = page_of(
        snapshot(element(6, "dialog"), element(7, "dialog")),
        attributes(7, open="", rr_open_mode="modal"),
        attributes(6, open="", rr_open_mode="modal"),
    )
    (opened,) = said(page, 0)
    assert [each["id"] for each in opened["attributes"]] == [7, 6]
    assert body_of(page) == "<dialog></dialog><dialog></dialog>"


def test_a_canvas_keeps_what_was_drawn_since_it_was_last_whole() -> None:
    whole = [{"property": "clearRect", "args": [0, 0, 9, 9]}, {"property": "drawImage", "args": ["…", 0, 0]}]
    stroke = [{"property": "fillRect", "args": [1, 1, 2, 2]}]
    drawn = [incremental(9, id=6, type=0, commands=each) for each in (stroke, whole, stroke)]
    assert [data["commands"] for data in said(page_of(snapshot(element(6, "canvas")), *drawn), 9)] == [whole, stroke]


def test_pointer_focus_and_selection_are_told_at_the_end() -> None:
    chosen = {"start": 6, "startOffset": 0, "end": 6, "endOffset": 1}
    page = page_of(
        snapshot(text(6, "words"), element(7, "input")),
        incremental(1, positions=[{"x": 1, "y": 2, "id": 5, "timeOffset": -50}, {"x": 3, "y": 4, "id": 7, "timeOffset": 0}]),
        incremental(2, type=5, id=7),
        incremental(14, ranges=[chosen]),
    )
    assert [event["data"]["source"] for event in page.keyframe(0)[1:]] == [2, 14, 1]
    assert said(page, 1) == [{"positions": [{"x": 3, "y": 4, "id": 7, "timeOffset": 0}]}]
    page.apply(change(removes=[{"parentId": 5, "id": 6}, {"parentId": 5, "id": 7}]))
    assert [event["data"]["source"] for event in page.keyframe(0)[1:]] == [1]


def test_a_font_is_loaded_once() -> None:
    font = incremental(10, family="Own", fontSource="url(a.woff2)", buffer=False, descriptors={"weight": "400"})
    assert len(said(page_of(font, snapshot(), font), 10)) == 1
