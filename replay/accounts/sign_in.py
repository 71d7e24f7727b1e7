"""One-time sign-in links: minted for a user, kept as a hash, good once and for a while."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from replay.accounts.gates import hash_token
from replay.accounts.models import SignInLink, User

LINK_MINUTES = 60  # long enough for a cold start and a coffee, short enough for a log file


def mint_link(user: User, minutes: int = LINK_MINUTES) -> str:
    """Return a new token that signs this user in once within so many minutes."""
    token = secrets.token_urlsafe(24)
    SignInLink.objects.create(user=user, token_hash=hash_token(token), expires_at=timezone.now() + timedelta(minutes=minutes))
    return token


def link_url(token: str) -> str:
    """Return the address at which the token is good."""
    return settings.PUBLIC_URL + reverse("sign-in-link", args=[token])


def is_good(token: str) -> bool:
    """Say whether the link would sign somebody in now; changes nothing."""
    return SignInLink.objects.filter(
        token_hash=hash_token(token), used_at=None, expires_at__gt=timezone.now(), user__is_active=True
    ).exists()


def spend(token: str) -> User | None:
    """Use the link up and return its user, or None when it is unknown, used or expired.

    The UPDATE decides between two that come at once: only one of them changes the row.
    """
    now = timezone.now()
    fresh = SignInLink.objects.filter(token_hash=hash_token(token), used_at=None, expires_at__gt=now, user__is_active=True)
    if not fresh.update(used_at=now):
        return None
    return SignInLink.objects.select_related("user").get(token_hash=hash_token(token)).user
