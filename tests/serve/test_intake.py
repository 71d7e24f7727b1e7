"""What waits between the network and the application has a bound: of each socket, and of all together."""

from __future__ import annotations

from typing import Any

from replay.serve.intake import FAIR_BYTES, LEAST_BYTES, PAUSE_BYTES, RESUME_BYTES, Inbox, Intake

KIB = 1024


class Wire:
    """Stands for the transport of an inbox."""

    def __init__(self, intake: Intake) -> None:
        self._is_paused = False
        self.inbox = Inbox(intake)
        self.inbox.pause = lambda: self._set(True)
        self.inbox.resume = lambda: self._set(False)

    def _set(self, is_paused: bool) -> None:
        assert self._is_paused != is_paused, "told twice"
        self._is_paused = is_paused

    def is_paused(self) -> bool:
        return self._is_paused

    def bring(self, size_bytes: int) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", "bytes": bytes(size_bytes)})


def is_tight(intake: Intake) -> bool:
    return intake.is_tight


async def take(wire: Wire) -> dict[str, Any]:
    return await wire.inbox.get()


async def test_a_socket_whose_application_is_behind_is_read_no_further() -> None:
    wire = Wire(Intake(100 * PAUSE_BYTES))
    wire.bring(PAUSE_BYTES)
    assert not wire.is_paused()
    wire.bring(RESUME_BYTES)
    assert wire.is_paused()
    await take(wire)
    assert not wire.is_paused()


async def test_when_all_together_hold_too_much_the_large_stop_and_the_small_go_on() -> None:
    intake = Intake(1024 * KIB)
    large = [Wire(intake) for _ in range(4)]
    small = Wire(intake)
    for wire in large:
        wire.bring(300 * KIB)
    small.bring(FAIR_BYTES // 2)
    assert is_tight(intake)
    assert [wire.is_paused() for wire in large] == [False, False, False, True]  # who comes when it is tight
    large[0].bring(1)
    assert large[0].is_paused()
    assert not small.is_paused()
    for wire in large[1:3]:
        await take(wire)
    assert not is_tight(intake)
    assert not any(wire.is_paused() for wire in large)


async def test_half_a_message_counts_too() -> None:
    intake = Intake(100 * KIB)
    wire = Wire(intake)
    wire.inbox.note_partial(101 * KIB)
    assert is_tight(intake)
    assert wire.is_paused()
    wire.inbox.note_partial(0)
    assert (intake.size_bytes, wire.is_paused()) == (0, False)


async def test_what_a_connection_left_behind_is_given_back() -> None:
    intake = Intake(100 * KIB)
    wire = Wire(intake)
    wire.bring(20 * KIB)
    wire.inbox.note_partial(10 * KIB)
    wire.inbox.disconnect()
    assert intake.size_bytes == 20 * KIB  # the application may still take it
    wire.inbox.end()
    wire.bring(5)
    wire.inbox.note_partial(5)
    assert intake.size_bytes == 0


async def test_what_comes_after_the_application_ended_is_held_by_nobody() -> None:
    wire = Wire(Intake(100 * PAUSE_BYTES))
    wire.bring(PAUSE_BYTES)
    wire.inbox.end()
    wire.bring(PAUSE_BYTES)
    assert wire.inbox.empty()


async def test_many_small_messages_are_not_few_bytes() -> None:
    wire = Wire(Intake(100 * PAUSE_BYTES))
    for _ in range(PAUSE_BYTES // LEAST_BYTES + 1):
        wire.bring(1)
    assert wire.is_paused()
