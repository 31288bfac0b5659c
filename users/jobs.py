"""What runs later for people: letters, and old sessions swept away."""

from typing import Any

from django.core.management import call_command

from core.jobs import job, schedule
from users import mails, organization_letters, presence, security_letters, sms_letters


@job(queue="outgoing")
def send_account_mail(template: str, email: str, facts: dict[str, Any]) -> None:
    mails.send_account_mail(template, email, facts)


@job(queue="outgoing")
def send_password_reset(email: str, language: str) -> None:
    mails.send_password_reset(email, language)


@job(queue="outgoing")
def send_phone_code(sealed: str) -> None:
    sms_letters.send_code(sealed)


@job(queue="outgoing")
def send_security_mail(record_id: int, email: str = "") -> None:
    security_letters.send_security_letter(record_id, email)


@job(queue="outgoing")
def send_deletion_put_off(user_id: int) -> None:
    security_letters.send_deletion_put_off(user_id)


@job(queue="outgoing")
def send_invitation(invitation_id: int) -> None:
    organization_letters.send_invitation(invitation_id)


@job(queue="outgoing")
def send_claim_refused(verification_id: int) -> None:
    organization_letters.send_claim_refused(verification_id)


@schedule("17 1 * * *")
@job()
def sweep_sessions() -> None:
    """Deletes the sessions that have run out, and where they had been from."""
    call_command("clearsessions")
    presence.forget_ended()


@schedule("41 1 * * *")
@job()
def purge_unconfirmed_registrations() -> None:
    """Forgets who never confirmed the address."""
    from users.services.registration import purge_unconfirmed

    purge_unconfirmed()
