"""What staff do with leads that no agency has, and what time does."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict
from core.events import emit
from subscriptions.choices import LeadState
from subscriptions.models import Lead
from subscriptions.services.attribution import finish_lead
from subscriptions.services.leads.routing import offer_next
from users.services.organizations import require_administrator

# Held leads that nobody let through hold strangers' phones: they are not kept.
SPAM_KEPT = timedelta(days=30)
_STAFFS = (LeadState.SPAM, LeadState.UNROUTED, LeadState.NEW)


def route_as_staff(actor: Actor, lead: Lead) -> Lead:
    """Lets a held lead through, or tries again to route one that no agency had.

    Raises Forbidden for all but administrators, Conflict when it is with an agency or closed.
    """
    require_administrator(actor)
    with transaction.atomic():
        row = _locked(lead)
        row.held_as = ""
        row.save(update_fields=["held_as"])
        emit(actor, "lead.released", row, {})
        offer_next(row)
    return row


def close_as_staff(actor: Actor, lead: Lead, note: str = "") -> Lead:
    """Closes a lead that is with no agency. Raises as `route_as_staff`."""
    require_administrator(actor)
    with transaction.atomic():
        row = _locked(lead)
        finish_lead(actor, row, note)
    return row


def forget_spam() -> int:
    """Deletes held leads older than SPAM_KEPT; how many."""
    old = Lead.objects.filter(state=LeadState.SPAM, created_at__lt=clock.now() - SPAM_KEPT)
    with transaction.atomic():
        _rows, by_model = old.delete()
    return by_model.get(Lead._meta.label, 0)


def _locked(lead: Lead) -> Lead:
    row = Lead.objects.select_for_update().get(pk=lead.pk)
    if row.state not in _STAFFS:
        raise Conflict(_("This lead is with an agency, or closed."))
    return row
