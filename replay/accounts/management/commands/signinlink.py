"""Print a link that signs somebody in once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from replay.accounts import sign_in
from replay.accounts.models import User


class Command(BaseCommand):
    help = "Print a link that signs this account in once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--minutes", type=int, default=sign_in.LINK_MINUTES, help="how long the link is good")

    def handle(self, *args: Any, email: str, minutes: int, **options: Any) -> None:
        user = User.objects.filter(email=email.lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"There is no account {email!r}. Make one: manage.py createowner {email} --project NAME")
        if not 1 <= minutes <= 10_080:
            raise CommandError("A link is good for 1 minute to 7 days (10080 minutes).")
        self.stdout.write(sign_in.link_url(sign_in.mint_link(user, minutes)))
