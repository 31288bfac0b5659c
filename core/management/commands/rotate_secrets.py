"""Puts every stored secret under the first key of SECRETS_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.vault import SealedByLostKeyError, rotate_all


class Command(BaseCommand):
    help = (
        "Encrypts all stored secrets anew with the first key of SECRETS_KEYS. "
        "Put the new key first, restart, run this, then take the old key away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = rotate_all()
        except SealedByLostKeyError as error:
            raise CommandError(str(error)) from error
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count}")
