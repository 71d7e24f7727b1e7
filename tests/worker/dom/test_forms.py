"""What fields hold at an instant, whatever their markup says."""

from __future__ import annotations

from typing import Any

from tests.worker.dom.events import Raw, add, attributes, body_of, change, element, page_of, said, snapshot, text, typed


def radio(node_id: int, name: str = "size", **more: Any) -> Raw:
    return element(node_id, "input", type="radio", name=name, **more)


def option(node_id: int, content: str, **more: Any) -> Raw:
    return element(node_id, "option", text(node_id + 100, content), **more)


def test_a_field_keeps_what_was_typed() -> None:
    page = page_of(snapshot(element(6, "input", value="default")), typed(6, ""), attributes(6, value="another"))
    assert body_of(page) == '<input value="another"></input>'
    assert said(page, 5) == [{"id": 6, "text": "", "isChecked": False}]


def test_a_box_keeps_its_tick_taken_out() -> None:
    page = page_of(snapshot(element(6, "input", type="checkbox", checked="")), typed(6, "on"))
    assert said(page, 5) == [{"id": 6, "text": "on", "isChecked": False}]


def test_a_textarea_is_its_value() -> None:
    page = page_of(snapshot(element(6, "textarea", value="first")), attributes(6, value="second"))
    assert body_of(page) == '<textarea value="second"></textarea>'


def test_of_a_group_of_radio_buttons_one_is_on() -> None:
    page = page_of(snapshot(element(6, "form", radio(7, checked=""), radio(8))), typed(8, "m", is_on=True))
    assert said(page, 5) == [{"id": 8, "text": "m", "isChecked": True}]


def test_radio_buttons_of_two_forms_do_not_know_each_other() -> None:
    forms = element(6, "form", radio(7, checked="")), element(8, "form", radio(9, checked=""))
    page = page_of(snapshot(*forms), typed(7, "s"))
    assert said(page, 5) == [{"id": 7, "text": "s", "isChecked": False}]


def test_a_radio_button_that_comes_checked_turns_the_others_off() -> None:
    page = page_of(snapshot(radio(6)), typed(6, "s", is_on=True), change(adds=[add(5, radio(7, checked=""), 6)]))
    assert said(page, 5) == [{"id": 6, "text": "s", "isChecked": False}]


def test_the_first_of_two_checked_buttons_wins_when_it_came_last() -> None:
    page = page_of(snapshot(), change(adds=[add(5, radio(7, checked="")), add(5, radio(6, checked=""), 7)]))
    (late,) = said(page, 0)
    assert late["attributes"] == [{"id": 6, "attributes": {"checked": ""}}]
    assert "checked" not in body_of(page).split(">", maxsplit=1)[0]


def test_a_select_shows_what_was_chosen_by_value() -> None:
    page = page_of(snapshot(element(6, "select", option(7, "a"), option(8, "b"))), typed(6, "b"))
    assert said(page, 5) == [{"id": 6, "text": "b", "isChecked": False}]


def test_a_select_falls_back_when_its_choice_goes() -> None:
    page = page_of(
        snapshot(element(6, "select", option(7, "a", disabled=""), option(8, "b"), option(9, "c"))),
        typed(6, "c"),
        change(removes=[{"parentId": 6, "id": 9}]),
    )
    assert said(page, 5) == []  # b, as a new one shows


def test_options_that_come_from_last_to_first_leave_the_last_chosen() -> None:
    adds = [add(5, element(6, "select")), add(6, element(9, "option")), add(6, element(7, "option"), 9)]
    page = page_of(snapshot(), change(adds=[*adds, add(9, text(10, "z")), add(7, text(8, "a"))]))
    assert said(page, 5) == [{"id": 6, "text": "z", "isChecked": False}]


def test_a_value_that_no_option_has_leaves_none_chosen() -> None:
    page = page_of(snapshot(element(6, "select", option(7, "a"))), typed(6, "***"))
    assert said(page, 5) == [{"id": 6, "text": "***", "isChecked": False}]


def test_the_second_of_two_options_of_one_value_can_be_chosen() -> None:
    adds = [add(5, element(6, "select")), add(6, element(8, "option", value="x")), add(6, element(7, "option", value="x"), 8)]
    page = page_of(snapshot(), change(adds=adds))
    assert said(page, 5) == [{"id": 6, "text": "-", "isChecked": False}]
    assert said(page, 0)[0]["attributes"] == [{"id": 8, "attributes": {"selected": ""}}]


def test_of_many_options_those_that_were_marked_after_the_choice_stay() -> None:
    many = element(6, "select", option(7, "a", selected=""), option(8, "b"), option(9, "c"), multiple="")
    page = page_of(snapshot(many), typed(6, "b"), attributes(9, selected=""))
    assert said(page, 5) == [{"id": 6, "text": "b", "isChecked": False}]
    assert said(page, 0)[0]["attributes"] == [{"id": 9, "attributes": {"selected": ""}}]
