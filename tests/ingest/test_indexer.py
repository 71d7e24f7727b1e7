"""The thread that talks to the database: what hangs is cut, and the next may go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from django.db import OperationalError, connection

from replay.index.keep import IndexUnavailable
from replay.ingest import indexer
from replay.ingest.indexer import IndexThread


@pytest.fixture
async def thread() -> AsyncIterator[IndexThread]:
    thread = IndexThread("test-index")
    yield thread
    await thread.run(lambda: connection.close())  # the thread's own, and before the tables go
    thread.close()


def ask(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


@pytest.mark.django_db(transaction=True)
async def test_it_returns_what_the_call_returns(thread: IndexThread) -> None:
    assert await thread.run(ask, "SELECT 1") == (1,)


async def test_an_error_of_the_database_is_told_as_one(thread: IndexThread) -> None:
    def fail() -> None:
        raise OperationalError("gone")

    with pytest.raises(IndexUnavailable):
        await thread.run(fail)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
async def test_a_connection_that_says_nothing_is_cut(thread: IndexThread, monkeypatch: pytest.MonkeyPatch) -> None:
    await thread.run(ask, "SELECT 1")
    monkeypatch.setattr(indexer, "ANSWER_S", 0.2)
    with pytest.raises(IndexUnavailable):
        await thread.run(ask, "SELECT pg_sleep(2)")
    monkeypatch.setattr(indexer, "ANSWER_S", 10)
    sleepers = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
    assert await thread.run(ask, sleepers) == (1,)  # the thread is free again, on a new connection, while the server sleeps
    async with asyncio.timeout(10):
        while await thread.run(ask, sleepers) != (0,):  # nor may it sleep when the tables go
            await asyncio.sleep(0.05)
