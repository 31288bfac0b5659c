"""Letters in tests: their jobs run at once, and the links in what was sent."""

import re

from django.core import mail

from core.jobs.runner import run_due
from core.models import Job


def deliver() -> list[mail.EmailMessage]:
    """Runs the jobs that send letters, and returns what they sent."""
    before = len(mail.outbox)
    run_due(["outgoing"])
    assert not Job.objects.exclude(error="").exists()
    return mail.outbox[before:]


def link_in(letter: mail.EmailMessage, part: str) -> str:
    """The path of the link in a letter that contains `part`."""
    found = re.search(rf"https?://[^/\s]+(/\S*{part}\S*)", letter.body)
    assert found, letter.body
    return found.group(1)
