"""The golden conversations, which the TypeScript twins read as well; and that they leave nothing out."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import replay.wire
from replay.wire.errors import REFUSALS, Code
from scripts.talks.play import play_page, play_server

FOUND = json.loads((Path(replay.wire.__file__).parent / "vectors" / "conversations.json").read_text())
ARROWS = """
idle     → opening waiting posting finished
waiting  → opening posting idle finished
opening  → greeting waiting idle finished
greeting → open waiting idle stopped finished
open     → waiting idle stopped finished
posting  → opening idle stopped finished
"""
EFFECTS = {"open", "close", "send", "post", "acked", "snapshot", "new_stream", "new_session", "stop", "finished"}
COMMANDS = {"admit", "keep", "send", "close", "clock"}


def talks(side: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("talk", FOUND[side], ids=[talk["name"] for talk in FOUND[side]])


@talks("page")
def test_the_page_answers_as_agreed(talk: dict[str, Any]) -> None:
    for call, answer, agreed in zip(talk["calls"], play_page(talk), talk["answers"], strict=True):
        assert (call, answer) == (call, agreed)


@talks("server")
def test_the_server_answers_as_agreed(talk: dict[str, Any]) -> None:
    for call, answer, agreed in zip(talk["calls"], play_server(talk, FOUND["frames"]), talk["answers"], strict=True):
        assert (call, answer) == (call, agreed)


def test_every_arrow_between_the_pages_states_is_walked_and_no_other() -> None:
    drawn = {(start, end) for line in ARROWS.split("\n") if line for start, _, *ends in [line.split()] for end in ends}
    walked = set()
    for talk in FOUND["page"]:
        states = ["idle", *(answer["state"] for answer in talk["answers"])]
        walked |= {(start, end) for start, end in pairwise(states) if start != end}
    assert walked == drawn


def test_every_effect_and_every_command_occurs() -> None:
    effects = {_name(effect) for talk in FOUND["page"] for answer in talk["answers"] for effect in answer["effects"]}
    commands = {_name(command) for talk in FOUND["server"] for answer in talk["answers"] for command in answer}
    assert (effects, commands) == (EFFECTS, COMMANDS)


def test_every_code_is_said_and_heard() -> None:
    said = {
        command["refused"][0]
        for talk in FOUND["server"]
        for answer in talk["answers"]
        for command in answer
        if "refused" in command
    }
    heard = {call["frame"]["json"].get("code") for talk in FOUND["page"] for call in talk["calls"] if _is_json(call)}
    assert said == set(Code)
    assert heard >= set(Code)


def test_a_nack_is_heard_for_bytes_and_for_a_gap() -> None:
    names = {talk["name"] for talk in FOUND["page"]}
    assert {f"{code} for a gap" for code in Code if not REFUSALS[code].ends} <= names


def _name(shown: Any) -> str:
    return shown if isinstance(shown, str) else next(iter(shown))


def _is_json(call: dict[str, Any]) -> bool:
    return call["call"] == "received" and isinstance(call["frame"], dict)
