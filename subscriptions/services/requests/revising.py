"""Drafts changed before they are filed: a line removed, another plan, the whole chosen anew.

Nobody but their owner has seen them. What is removed is cancelled, as any draft may be; a visit
held with a provider that is no longer asked is let go.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import Conflict, Forbidden
from core.events import Draft, emit_many
from core.querysets import get_visible
from core.workflow import touched
from locations.services import hold_building, unit_in
from subscriptions.choices import AppointmentState, CancelReason, RequestState, Side
from subscriptions.models import ConnectionRequest, Plan, RequestBundle
from subscriptions.request_workflow import FINAL_STATES, sides_of
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.filing import (
    Wanted,
    check_choice,
    draft_row,
    insert_drafts,
    tell_drafted,
)
from subscriptions.services.requests.moving import move_request
from subscriptions.services.requests.offers import offered_here, plans_of
from subscriptions.services.requests.terms import copy_terms
from subscriptions.services.visits import close_visits

_WORDS = ("comment", "preferred_visit")


def drop_line(
    actor: Actor, bundle: RequestBundle, number: str, version: int | None = None
) -> ConnectionRequest:
    """Removes one draft of a bundle: nobody is asked for it.

    Raises NotVisible, Forbidden, or Conflict when it is filed, or was changed since `version`.
    """
    get_visible(RequestBundle.objects, actor, pk=bundle.pk)
    with transaction.atomic():
        row = _draft(_locked(bundle), number)
        return _discard(actor, row, version)


def discard_bundle(actor: Actor, bundle: RequestBundle) -> int:
    """Removes every draft of a bundle; what is filed stays. Returns how many there were."""
    get_visible(RequestBundle.objects, actor, pk=bundle.pk)
    with transaction.atomic():
        drafts = _locked(bundle)
        for row in drafts:
            _discard(actor, row)
    return len(drafts)


def change_line(
    actor: Actor, bundle: RequestBundle, number: str, plan: str, version: int | None = None
) -> ConnectionRequest:
    """Asks for another plan (a public id) in place of one draft's, of whatever provider.

    Raises NotVisible, Forbidden, Conflict, or DomainError on `plans` when it is not offered there
    or does not go with the other lines.
    """
    get_visible(RequestBundle.objects, actor, pk=bundle.pk)
    with transaction.atomic():
        drafts = _locked(bundle)
        row = _draft(drafts, number)
        check_may_revise(actor, row)
        if version is not None and row.version != version:
            raise Conflict(_("A colleague has changed this draft meanwhile. Look again."))
        [chosen] = plans_of(offered_here(actor, row.building, [plan]))
        if chosen.pk == row.plan_id:
            return row
        others = [one for one in _standing(bundle) if one.pk != row.pk]
        check_choice([*(one.plan for one in others), chosen])
        _ask_for(row, chosen)
        row.save()
        _tell_revised(actor, [row])
    return row


def revise_bundle(actor: Actor, bundle: RequestBundle, wanted: Wanted) -> RequestBundle:
    """Makes the drafts of a bundle those of `wanted`: checked already, its client's row locked.

    Drafts of plans that are still wanted stay the same requests. Raises Forbidden, or DomainError
    on `plans` when they do not go with what of the bundle is filed.
    """
    with transaction.atomic():
        hold_building(wanted.building)
        unit = unit_in(wanted.building, wanted.unit_number)
        drafts = _locked(bundle)
        for row in drafts:
            check_may_revise(actor, row)
        plans = {plan.pk: plan for plan in wanted.plans}
        filed = [row for row in _standing(bundle) if row.state != RequestState.DRAFT]
        check_choice([*plans.values(), *(row.plan for row in filed)])
        there = {row.plan_id: row for row in drafts}
        for row in drafts:
            if row.plan_id not in plans:
                _discard(actor, row)
        kept = [row for pk, row in there.items() if pk in plans]
        client_id = wanted.client.pk if wanted.client else None
        place = {"unit_id": unit.pk, "client_id": client_id}
        words = {name: getattr(wanted, name) for name in _WORDS}
        _tell_revised(actor, [row for row in kept if _changed(row, place | words)])
        new = [
            draft_row(actor, unit, plan, wanted) for pk, plan in plans.items() if pk not in there
        ]
        if new:
            insert_drafts(bundle, new)
            tell_drafted(actor, new)
    return bundle


def check_may_revise(actor: Actor, row: ConnectionRequest) -> None:
    """Raises Forbidden unless the actor may change the draft: who made it, or a manager."""
    if not sides_of(actor, row) & {Side.AGENT, Side.STAFF}:
        raise Forbidden(_("Only a manager, or the one who made the draft, can change it."))


# --- within the transaction -------------------------------------------------------------------
def _locked(bundle: RequestBundle) -> list[ConnectionRequest]:
    rows = ConnectionRequest.objects.select_for_update().filter(
        bundle=bundle, state=RequestState.DRAFT
    )
    return list(rows.order_by("pk"))


def _standing(bundle: RequestBundle) -> list[ConnectionRequest]:
    """What of the bundle is drafted or filed, and neither refused nor cancelled."""
    rows = ConnectionRequest.objects.filter(bundle=bundle).exclude(
        state__in=sorted(FINAL_STATES - {RequestState.CONNECTED})
    )
    return list(rows.select_related("plan__category").order_by("pk"))


def _draft(drafts: list[ConnectionRequest], number: str) -> ConnectionRequest:
    for row in drafts:
        if row.number == number:
            return row
    raise Conflict(_("This draft is filed or removed already. Look again."))


def _discard(actor: Actor, row: ConnectionRequest, version: int | None = None) -> ConnectionRequest:
    reason = {"reason": CancelReason.DISCARDED.value}
    return move_request(actor, row.number, "cancel", reason, version)


def _ask_for(row: ConnectionRequest, plan: Plan) -> None:
    if row.provider_id != plan.provider_id:
        close_visits(row, AppointmentState.CANCELLED)
    row.plan, row.provider_id, row.category_id = plan, plan.provider_id, plan.category_id
    copy_terms(row)
    touched(row)


def _changed(row: ConnectionRequest, fields: dict[str, Any]) -> bool:
    """Sets what differs and saves the row; whether anything did."""
    differing = {name: value for name, value in fields.items() if getattr(row, name) != value}
    if not differing:
        return False
    for name, value in differing.items():
        setattr(row, name, value)
    touched(row)
    row.save()
    return True


def _tell_revised(actor: Actor, rows: list[ConnectionRequest]) -> None:
    emit_many(
        actor,
        [Draft("request.revised", row, parties_of(row), {"number": row.number}) for row in rows],
    )
