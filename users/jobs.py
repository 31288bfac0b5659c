"""What runs later for people: letters, and old sessions swept away."""

from typing import Any

from django.core.management import call_command

from core.jobs import job, schedule
from users import mails


@job(queue="outgoing")
def send_account_mail(template: str, email: str, facts: dict[str, Any]) -> None:
    mails.send_account_mail(template, email, facts)


@job(queue="outgoing")
def send_password_reset(email: str, language: str) -> None:
    mails.send_password_reset(email, language)


@schedule("17 1 * * *")
@job()
def sweep_sessions() -> None:
    """Deletes the sessions that have run out."""
    call_command("clearsessions")
