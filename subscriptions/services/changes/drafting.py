"""The draft of a change, and its filing: what it costs is on the draft, and must not be another."""

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.ids import unused_number
from core.querysets import get_visible
from core.workflow import touched
from locations.models import Building, Unit
from locations.services import hold_building, unit_of
from subscriptions.choices import RequestKind, RequestState
from subscriptions.models import ConnectionRequest, Plan, Subscription
from subscriptions.models.requests import NUMBER_PREFIX
from subscriptions.models.teams import at_places, works_at_places
from subscriptions.rights import files_for_itself
from subscriptions.services.in_force.offering import CHANGES, may_change
from subscriptions.services.in_force.terms import (
    SHOWN,
    check_change,
    copy_change_terms,
    figures_of,
    hold_subscription,
)
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.filing import COMMENT_LENGTH, VISIT_LENGTH, submit_request
from subscriptions.services.requests.input import clean_text


def draft_change(
    actor: Actor,
    subscription: Subscription,
    kind: str,
    *,
    plan: Plan | None = None,
    building: Building | None = None,
    unit_number: str = "",
    effective_on: date | None = None,
    until_on: date | None = None,
    comment: str = "",
    preferred_visit: str = "",
    form_token: UUID,
) -> ConnectionRequest:
    """Makes the draft of a change of `kind` (not CONNECT), with what it costs as things are now.

    `plan` is the one to change to, or to take along in a move (None: the present one); `building`
    and `unit_number` say where a move goes. `effective_on` is the first day of the change, of a
    disconnection the last day of the service, None: the day on which the provider does it;
    `until_on` the last day of a suspension. The same `form_token` gives the draft made first.
    Raises NotVisible, Forbidden, Conflict (not in force, something of the kind is in work), or
    DomainError with `field`: plan, building, unit_number, effective_on, until_on.
    """
    if kind not in CHANGES:
        raise DomainError(_("There is no such action."), field="kind")
    found = get_visible(Subscription.objects, actor, pk=subscription.pk)
    if not may_change(actor, found):
        raise Forbidden(_("Changes are asked for by who holds the service."))
    made = _made_by(actor, form_token)
    if made is not None:
        return made
    words = {
        "comment": clean_text(comment, COMMENT_LENGTH, "comment"),
        "preferred_visit": clean_text(preferred_visit, VISIT_LENGTH, "preferred_visit"),
    }
    try:
        with transaction.atomic():
            target = _target(actor, building, unit_number) if kind == RequestKind.RELOCATE else None
            draft = _new(actor, hold_subscription(found.pk), kind, plan, form_token, words)
            draft.target_unit = target
            draft.effective_on = None if kind == RequestKind.RELOCATE else effective_on
            draft.until_on = until_on if kind == RequestKind.SUSPEND else None
            check_change(draft)
            copy_change_terms(draft)
            draft.save(force_insert=True)
            told = {"number": draft.number}
            emit(actor, "request.drafted", draft, parties_of(draft), told)
    except IntegrityError:
        # The same form, sent twice at once: the other one was first.
        made = _made_by(actor, form_token)
        if made is None:
            raise
        return made
    return draft


def file_change(actor: Actor, draft: ConnectionRequest) -> ConnectionRequest:
    """Files a draft at the figures that it shows. Raises Conflict, with the new figures on the
    draft, when it would cost something else by now; otherwise as `submit_request`."""
    if _renew(actor, draft):
        raise Conflict(_("What it costs has changed: look at it once more before you file."))
    return submit_request(actor, draft)


@transaction.atomic
def _renew(actor: Actor, draft: ConnectionRequest) -> bool:
    """Writes what a draft costs as things are now; whether that is something else."""
    rows = ConnectionRequest.objects.visible_to(actor).select_for_update()
    row = rows.filter(pk=draft.pk, state=RequestState.DRAFT).first()
    if row is None or row.subscription_id is None or row.owner_id != actor.organization_id:
        # Filed already, or never the actor's: the filing itself says so.
        return False
    row.subscription = hold_subscription(row.subscription_id)
    if not may_change(actor, row.subscription):
        # Taken over meanwhile, or one who only reads: the filing itself says so.
        return False
    shown = figures_of(row)
    copy_change_terms(row)
    if figures_of(row) == shown:
        return False
    touched(row)
    row.save(update_fields=[*(name.removesuffix("_id") for name in SHOWN), "version", "updated_at"])
    return True


def _made_by(actor: Actor, form_token: UUID) -> ConnectionRequest | None:
    return ConnectionRequest.objects.filter(
        form_token=form_token, owner_id=actor.organization_id
    ).first()


def _target(actor: Actor, building: Building | None, unit_number: str) -> Unit:
    """The unit that a move goes to, made as in filing when nobody has named it before."""
    if building is None:
        raise DomainError(_("Choose an address."), field="building")
    here = Building.objects.visible_to(actor).filter(pk=building.pk)
    if not here.exists():
        raise DomainError(_("Choose an address."), field="building")
    places = at_places(here, actor, building="pk", city="city_id")
    if works_at_places(actor) and not places.exists():
        raise DomainError(_("This address is not among the places of your team."), field="building")
    hold_building(building)
    return unit_of(actor, building, unit_number)


def _new(
    actor: Actor,
    subscription: Subscription,
    kind: str,
    plan: Plan | None,
    form_token: UUID,
    words: dict[str, str],
) -> ConnectionRequest:
    now = clock.now()
    own = files_for_itself(actor)
    return ConnectionRequest(
        number=unused_number(
            NUMBER_PREFIX, lambda number: ConnectionRequest.objects.filter(number=number).exists()
        ),
        kind=kind,
        form_token=form_token,
        subscription=subscription,
        owner=actor.organization,
        provider_id=subscription.provider_id,
        holder=actor.organization if own else None,
        # The portfolio's record of the client is its owner's; who files for itself has none.
        client_id=None if own else subscription.client_id,
        unit_id=subscription.unit_id,
        building_id=subscription.building_id,
        city_id=subscription.city_id,
        category_id=subscription.category_id,
        plan=plan or subscription.plan,
        created_by=actor.user,
        state_since=now,
        created_at=now,
        updated_at=now,
        **words,
    )
