"""A session that goes on reaches open players by itself, also while a worker turns its chunks into segments."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, WebSocketRoute

from tests.journeys.api import Api
from tests.journeys.conftest import Visit, take_steps, visit, wait_kept
from tests.journeys.test_compaction import compact
from tests.journeys.until import until
from tests.journeys.watch import PAINTED, Player, sign_in
from tests.layouts import Layout, MadeProject


@pytest.mark.both_layouts
def test_open_players_follow_told_or_polling(
    layout: Layout, project: MadeProject, api: Api, origin: str, visitor: BrowserContext, viewer: BrowserContext
) -> None:
    going_on = visit(visitor, origin)
    take_steps(going_on.page, 2)
    wait_kept(api, going_on)
    sign_in(viewer, layout.sign_in_link())
    told, polls = Player(viewer.new_page()), Player(viewer.new_page())
    polls.page.route_web_socket("**/live", cut)
    for player in (told, polls):
        player.page.goto(f"{layout.base_url}/s/{project.id}/{going_on.session}")
        player.page.wait_for_function(PAINTED)
        player.page.keyboard.press("End")

    wait_step(going_on, 3, told, polls)
    wait_kept(api, going_on)
    compact(layout, api, going_on.session)  # under their eyes
    wait_step(going_on, 4, told, polls)
    assert api.manifest(going_on.session)["gaps"] == []


def cut(socket: WebSocketRoute) -> None:
    """Be a proxy that knows no sockets."""
    socket.close()


def wait_step(going_on: Visit, number: int, *players: Player) -> None:
    take_steps(going_on.page, 1)
    for player in players:
        wait_shown(player, f'"step {number}"')


def wait_shown(player: Player, text: str) -> None:
    until(lambda: text in "".join(player.form(boxes=False)), f"{text} on the stage")
