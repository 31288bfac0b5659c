"""Letters and messages about visits: to the client who has given an address, else to the agent.

Written and sent by jobs. Times are those of the city that the crew comes to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from core.jobs import PermanentFailure
from subscriptions.choices import AppointmentState
from subscriptions.models import Appointment
from subscriptions.selectors.recipients import WORKING
from subscriptions.services.visits.links import link_for, notice_of, token_of
from users import sms
from users.models import Membership

KINDS = frozenset({"agreed", "cancelled", "day", "hours"})
REMINDERS = frozenset({"day", "hours"})


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom a letter goes, and in which language."""

    email: str
    language: str
    is_client: bool


def send_letter(pk: int, kind: str) -> None:
    """Sends the letter `kind` of a visit, unless it is no longer so; a client without an address
    gets reminders as text messages where the operator wants them (VISIT_SMS)."""
    if kind not in KINDS:
        raise PermanentFailure(f"there is no letter {kind!r}")
    visit = (
        Appointment.objects.filter(pk=pk, starts_at__gt=clock.now())
        .select_related(
            "slot__pattern", "provider", "request__client", "request__owner",
            "request__building__city", "request__unit", "request__category",
            "request__created_by", "request__target_unit__building__city",
        )
        .first()
    )  # fmt: skip
    wanted = AppointmentState.CANCELLED if kind == "cancelled" else AppointmentState.CONFIRMED
    # What happens in a sandbox leaves the portal by no way.
    if visit is None or visit.state != wanted or visit.request.owner.is_sandbox:
        return
    if kind in REMINDERS and _sends_message(visit):
        _send_message(visit)
        return
    reader = reader_of(visit)
    # An agent is reminded under the bell; twice would be once too often.
    if reader is not None and (reader.is_client or kind not in REMINDERS):
        _send_mail(visit, kind, reader)


def reader_of(visit: Appointment) -> Reader | None:
    """The client, where there is an address and consent; else who filed, if still at work there."""
    request = visit.request
    client = request.client
    if client is not None and client.email and client.has_consent:
        return Reader(client.email, settings.LANGUAGE_CODE, True)
    agent = request.created_by
    if agent is None or not agent.is_active:
        return None
    at_work = Membership.objects.filter(
        user=agent, organization_id=request.owner_id, is_active=True, role__in=WORKING
    )
    return Reader(agent.email, agent.language, client is None) if at_work.exists() else None


def _send_mail(visit: Appointment, kind: str, reader: Reader) -> None:
    with _as_read_in(visit, reader.language):
        context = {
            "visit": visit,
            "request": visit.request,
            "kind": kind,
            "when": when_in_words(visit),
            "moved": visit.request.appointments.filter(
                pk__lt=visit.pk, told_at__isnull=False
            ).exists(),
            "is_client": reader.is_client,
            **(_link_of(visit) if kind != "cancelled" else {}),
        }
        subject = render_to_string("subscriptions/mail/visit_subject.txt", context)
        body = render_to_string("subscriptions/mail/visit_message.txt", context)
    EmailMessage(
        " ".join(subject.split()),
        body.strip() + "\n",
        settings.DEFAULT_FROM_EMAIL,
        [reader.email],
        headers={"Auto-Submitted": "auto-generated"},
    ).send()


def _link_of(visit: Appointment) -> dict[str, str]:
    """The address by which the visit is moved, and until when; nothing where it is too late."""
    until = visit.starts_at - notice_of(visit)
    link = link_for(visit) if until > clock.now() else None
    if link is None:
        return {}
    address = reverse("visit_link", args=[token_of(link)])
    return {"link_url": settings.SITE_URL + address, "until": moment_in_words(until)}


# --- text messages ----------------------------------------------------------------------------
def _sends_message(visit: Appointment) -> bool:
    client = visit.request.client
    return bool(
        settings.VISIT_SMS
        and client is not None
        and not client.email
        and client.phone
        and client.has_consent
    )


def _send_message(visit: Appointment) -> None:
    try:
        gateway = sms.gateway()
    except LookupError as error:
        raise PermanentFailure(str(error)) from error
    with _as_read_in(visit, settings.LANGUAGE_CODE):
        # Short: one message holds 70 letters, and each is paid for.
        text = _("%(provider)s comes %(when)s.") % {
            "provider": visit.provider.name[:20],
            "when": when_in_words(visit),
        }
    gateway.send(str(visit.request.client.phone), text)  # type: ignore[union-attr]


# --- words ------------------------------------------------------------------------------------
@contextmanager
def _as_read_in(visit: Appointment, language: str) -> Iterator[None]:
    """The reader's language, and the time zone of the city that the visit is in."""
    zone = ZoneInfo(visit.request.visited.city.time_zone)
    with translation.override(language), timezone.override(zone):
        yield


def when_in_words(visit: Appointment) -> str:
    """ "30 November, Monday, 10:00–12:00", in the present time zone."""
    starts_at, ends_at = timezone.localtime(visit.starts_at), timezone.localtime(visit.ends_at)
    day = date_format(starts_at, "j E, l")
    if translation.get_language() == "ru":
        # Days of the week are written small there; Django's stand as in a calendar.
        day = day.lower()
    return f"{day}, {starts_at:%H:%M}–{ends_at:%H:%M}"


def moment_in_words(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{date_format(local, 'j E')}, {local:%H:%M}"
