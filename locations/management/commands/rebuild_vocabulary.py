"""Makes the vocabulary of address search anew: `manage.py rebuild_vocabulary`."""

from typing import Any

from django.core.management.base import BaseCommand

from locations.services.vocabulary import rebuild


class Command(BaseCommand):
    help = (
        "Makes the words and keys by which streets are found although misspelled anew from the "
        "streets. Search works meanwhile, and finds less of what is misspelled."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        gone, learned = rebuild()
        self.stdout.write(f"{gone} rows taken away, {learned} names learned")
