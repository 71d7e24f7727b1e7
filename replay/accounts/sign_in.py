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


def _good_link(token: str) -> SignInLink | None:
    """Return the link that would sign somebody in now."""
    links = SignInLink.objects.select_related("user").filter(used_at=None, expires_at__gt=timezone.now())
    return links.filter(token_hash=hash_token(token), user__is_active=True).first()


def is_good(token: str) -> bool:
    """Say whether the link would sign somebody in now; changes nothing."""
    return _good_link(token) is not None


def spend(token: str) -> User | None:
    """Use the link up and return its user, or None when it is unknown, used or expired.

    The UPDATE decides between two that come at once. It must not join: PostgreSQL looks again only at the row itself
    when it had to wait for it, and both would win.
    """
    link = _good_link(token)
    if link is None or not SignInLink.objects.filter(pk=link.pk, used_at=None).update(used_at=timezone.now()):
        return None
    return link.user
