"""Many browsers spend one link at the same instant, on a database that lets them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from replay.accounts import sign_in
from replay.accounts.models import User

AT_ONCE = 6  # below the pool's size: all of them hold a connection


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_of_many_is_signed_in() -> None:
    user = User.objects.create_user("alice@example.org")
    for _ in range(5):
        token = sign_in.mint_link(user)
        start = Barrier(AT_ONCE)

        def spend(token: str = token, start: Barrier = start) -> bool:
            try:
                start.wait(timeout=10)
                return sign_in.spend(token) is not None
            finally:
                connection.close()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            wins = [future.result() for future in [pool.submit(spend) for _ in range(AT_ONCE)]]
        assert sum(wins) == 1
