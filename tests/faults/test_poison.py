"""One chunk that the database will not take, among many good ones in the same pack."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from replay.wire.frames import Kind
from tests.faults.world import World
from tests.ingest.client import open_socket
from tests.pages_say import PageStream, event

POISON = "poison for the tests"
CHUNKS, POISONED = 20, (3, 4, 11)
POSTGRES = (
    "CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN IF NEW.text = '{POISON}' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER choke BEFORE INSERT ON replay_moment FOR EACH ROW EXECUTE FUNCTION choke()",
)
SQLITE = (
    f"CREATE TRIGGER choke BEFORE INSERT ON replay_moment WHEN NEW.text = '{POISON}' BEGIN SELECT RAISE(ABORT, 'no'); END",
)


@contextmanager
def choking(world: World) -> Iterator[None]:
    """Let the database refuse a moment of a certain text, as it refuses a row that nobody thought of."""
    if world.postgres is not None:
        with world.connect() as stranger:
            for statement in POSTGRES:
                stranger.execute(statement)
    else:
        path = world.layout.data_dir / "playhead.sqlite3"
        with sqlite3.connect(path) as stranger_file:
            stranger_file.execute(SQLITE[0])
        stranger_file.close()
    try:
        yield
    finally:
        if world.postgres is not None:
            with world.connect() as stranger:
                stranger.execute("DROP TRIGGER choke ON replay_moment; DROP FUNCTION choke()")
        else:
            with sqlite3.connect(path) as stranger_file:
                stranger_file.execute("DROP TRIGGER choke")
            stranger_file.close()


@pytest.mark.parametrize("kind", ["broad", "small"])
async def test_poison_is_refused_and_its_neighbours_are_kept(kind: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(kind)
    page = PageStream(world.shop.write_key)
    names = [POISON if seq in POISONED else "fine" for seq in range(CHUNKS)]
    chunks = [page.chunk(seq, event("custom", page.now_ms, name=name, properties={})) for seq, name in enumerate(names)]
    with choking(world), world.crowd(seed=12, streams=4, posts=0, pace_s=0.005) as crowd:
        crowd.wait_acked(0.1)
        async with open_socket(world.layout.socket_url) as socket:
            await socket.hello(page)
            await asyncio.gather(*(socket.say(chunk) for chunk in chunks))
            refused: dict[int, str] = {}
            while len(refused) < len(POISONED) or socket.upto.get(page.stream, 0) < CHUNKS:
                heard, said = await socket.hear()
                if heard == Kind.NACK:
                    refused[said["seq"]] = said["code"]
                    assert said["permanent"]
                    await socket.say(page.gap(said["seq"], said["code"], "both"))
        await asyncio.to_thread(crowd.finish)
    assert refused == dict.fromkeys(POISONED, "bad_log")
    assert not crowd.refused, "a neighbour was refused too"
    await asyncio.to_thread(world.assert_kept, crowd)
    kept = await asyncio.to_thread(world.replayed, str(page.session))
    assert sorted(kept[page.stream].bodies) == list(range(CHUNKS))
    assert sorted((first, reason) for first, _, reason in kept[page.stream].holes) == [(seq, "bad_log") for seq in POISONED]
