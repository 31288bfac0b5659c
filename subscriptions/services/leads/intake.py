"""Takes in what a visitor leaves on the public site."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import ANONYMOUS
from core.choices import PartyRole
from core.errors import DomainError
from core.events import emit
from core.folding import fold
from locations.models import Building, City
from subscriptions.choices import LeadState
from subscriptions.models import Lead
from subscriptions.phones import parse_phone
from subscriptions.services.requests.input import clean_text

# The text of the consent in force (`templates/subscriptions/leads/consent.html`).
CONSENT_VERSION = "2026-11"
# The same phone for the same address within so long is the same wish.
SAME_WISH = timedelta(days=1)
NAME_LENGTH, ADDRESS_LENGTH, COMMENT_LENGTH, UNIT_LENGTH = 200, 300, 1000, 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed and chosen. `categories` and `plans` are ids; a building or an address."""

    name: str
    phone: str
    email: str = ""
    building: Building | None = None
    city: City | None = None
    address: str = ""
    unit_number: str = ""
    comment: str = ""
    categories: Sequence[int] = field(default_factory=tuple)
    plans: Sequence[int] = field(default_factory=tuple)


def submit_lead(wish: Wish, *, form_token: UUID, held_as: str = "", source: str = "") -> Lead:
    """Keeps a wish; the visitor has consented to the text CONSENT_VERSION.

    `held_as` (LeadHold) keeps it from agencies until staff let it through. The same form sent twice
    leaves one lead, and the same phone for the same address within SAME_WISH adds to the lead that
    is there. Routing follows by the event. Raises DomainError with `field`.
    """
    lead = _cleaned(wish, held_as, source)
    lead.form_token = form_token
    try:
        with transaction.atomic():
            if wish.building is not None:
                # Of two wishes for one address sent at once the second finds the first.
                Building.objects.select_for_update().get(pk=wish.building.pk)
            made = Lead.objects.filter(form_token=form_token).first()
            same = made or _same_wish(lead)
            if same is not None:
                return same if made else _join(same, lead, wish)
            lead.save(force_insert=True)
            lead.categories.set(wish.categories)
            lead.plans.set(wish.plans)
            emit(ANONYMOUS, "lead.received", lead, {})
    except IntegrityError:
        # The same form, sent twice at once: the other one has won.
        made = Lead.objects.filter(form_token=form_token).first()
        if made is None:
            raise
        return made
    return lead


def _cleaned(wish: Wish, held_as: str, source: str) -> Lead:
    name = " ".join(clean_text(wish.name, NAME_LENGTH, "name").split())
    if not fold(name):
        raise DomainError(_("Write how to address you."), field="name")
    address = wish.building.address if wish.building else " ".join(wish.address.split())
    if not fold(address):
        raise DomainError(_("Write the address: the street and the house."), field="address")
    now = clock.now()
    return Lead(
        state=LeadState.SPAM if held_as else LeadState.NEW,
        held_as=held_as,
        name=name,
        phone=parse_phone(wish.phone),
        email=wish.email,
        building=wish.building,
        city=wish.building.city if wish.building else wish.city,
        address=clean_text(address, ADDRESS_LENGTH, "address"),
        unit_number=clean_text(wish.unit_number, UNIT_LENGTH, "unit_number"),
        comment=clean_text(wish.comment, COMMENT_LENGTH, "comment"),
        consent_version=CONSENT_VERSION,
        consent_at=now,
        source=_printable(source)[:200],
        created_at=now,
    )


def _printable(text: str) -> str:
    return "".join(one for one in text if not unicodedata.category(one).startswith("C"))


def _same_wish(lead: Lead) -> Lead | None:
    """The newest lead of the day with this phone and address; one that is held joins held ones."""
    known = Lead.objects.filter(phone=lead.phone, created_at__gte=lead.created_at - SAME_WISH)
    known = known.filter(building=lead.building).exclude(state=LeadState.CLOSED)
    held = {LeadState.SPAM}
    for found in known.order_by("-pk")[:20]:
        same_place = lead.building is not None or fold(found.address) == fold(lead.address)
        if same_place and (found.state in held) == (lead.state in held):
            return found
    return None


def _join(first: Lead, second: Lead, wish: Wish) -> Lead:
    """Adds to the first lead what it did not say; whoever works it is told."""
    row = Lead.objects.select_for_update().get(pk=first.pk)
    row.categories.add(*wish.categories)
    row.plans.add(*wish.plans)
    row.email = row.email or second.email
    row.unit_number = row.unit_number or second.unit_number
    if second.comment and second.comment not in row.comment:
        row.comment = f"{row.comment}\n{second.comment}".strip()[:COMMENT_LENGTH]
    row.save(update_fields=["email", "unit_number", "comment"])
    emit(ANONYMOUS, "lead.repeated", row, {PartyRole.OWNER: row.agency})
    return row
