"""Filing: drafts for one client and unit, and handing them to their providers."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.ids import unused_number
from locations.models import Building, Unit
from locations.services import hold_building, unit_of
from subscriptions.choices import RequestState
from subscriptions.models import Client, ConnectionRequest, Plan, RequestBundle
from subscriptions.models.requests import NUMBER_PREFIX
from subscriptions.models.teams import at_places, works_at_places
from subscriptions.rights import files_for_itself, may_file
from subscriptions.selectors.availability import answer
from subscriptions.services.clients.portfolio import standing_client
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.input import clean_text
from subscriptions.services.requests.moving import move_request
from subscriptions.services.requests.terms import check_not_open, check_plans, copy_terms

COMMENT_LENGTH = 1000
VISIT_LENGTH = 200
PLANS_AT_MOST = 20


def create_bundle(
    actor: Actor,
    *,
    building: Building,
    unit_number: str,
    plans: list[Plan],
    client: Client | None,
    comment: str = "",
    preferred_visit: str = "",
    form_token: UUID,
) -> RequestBundle:
    """Makes drafts, one for each plan, for one unit; nothing is seen by providers yet.

    Agencies and builders file for a `client` of theirs; companies and private persons for
    themselves (client None). The same `form_token` gives the bundle made first, also when both are
    sent at once. Raises Forbidden, NotVisible, or DomainError with `field` when a plan is not
    offered there or the same is in work already.
    """
    if not may_file(actor):
        raise Forbidden(_("You cannot file requests here."))
    made = _made_before(actor, form_token)
    if made is not None:
        return made
    _check_client(actor, client)
    _check_choice(actor, building, plans)
    words = {
        "comment": clean_text(comment, COMMENT_LENGTH, "comment"),
        "preferred_visit": clean_text(preferred_visit, VISIT_LENGTH, "preferred_visit"),
    }
    with transaction.atomic():
        bundle = _claim_token(actor, form_token)
        if bundle is None:
            return _made_at_once(actor, form_token)
        hold_building(building)
        unit = unit_of(actor, building, unit_number)
        check_not_open(actor.organization, unit.pk, plans)
        if client is not None:
            client = standing_client(client)
        for plan in plans:
            _draft(actor, bundle, unit, building, plan, client, words)
    return bundle


def submit_bundle(actor: Actor, bundle: RequestBundle) -> list[ConnectionRequest]:
    """Files every draft of the bundle, all or none; what is filed already stays as it is.

    Returns all requests of the bundle. Raises Forbidden, NotVisible, or DomainError when one of
    them may not be filed.
    """
    with transaction.atomic():
        drafts = list(
            ConnectionRequest.objects.select_for_update()
            .filter(bundle=bundle, state=RequestState.DRAFT)
            .order_by("pk")
        )
        for draft in drafts:
            submit_request(actor, draft)
    return list(ConnectionRequest.objects.filter(bundle=bundle).order_by("pk"))


def submit_request(actor: Actor, request: ConnectionRequest) -> ConnectionRequest:
    """Files a draft: its terms are copied from the plan as they are now, its deadline begins."""
    return move_request(actor, request.number, "submit")


def _check_client(actor: Actor, client: Client | None) -> None:
    if files_for_itself(actor):
        if client is not None:
            raise DomainError(_("You file for yourself: no client is needed."), field="client")
    elif client is None or client.owner_id != actor.organization_id:
        raise DomainError(_("Choose a client of yours."), field="client")


def _check_choice(actor: Actor, building: Building, plans: list[Plan]) -> None:
    here = Building.objects.visible_to(actor).filter(pk=building.pk)
    if not here.exists():
        raise DomainError(_("Choose an address."), field="building")
    places = at_places(here, actor, building="pk", city="city_id")
    if works_at_places(actor) and not places.exists():
        # Nor would the actor see the request that comes of it.
        raise DomainError(_("This address is not among the places of your team."), field="building")
    if not plans:
        raise DomainError(_("Choose at least one plan."), field="plans")
    if len(plans) > PLANS_AT_MOST:
        raise DomainError(_("Choose fewer plans."), field="plans")
    check_plans(plans, actor.organization)
    _check_one_of_each(plans)
    _check_covered(actor, building, plans)


def _check_one_of_each(plans: list[Plan]) -> None:
    """One plan of a category that a unit has once, one of a provider in the others."""
    chosen: set[tuple[int, int | None]] = set()
    for plan in plans:
        key = (plan.category_id, None if plan.category.one_per_unit else plan.provider_id)
        if key in chosen:
            raise DomainError(
                _("Choose one plan of the category “%(category)s”.")
                % {"category": plan.category.name},
                field="plans",
            )
        chosen.add(key)


def _check_covered(actor: Actor, building: Building, plans: list[Plan]) -> None:
    """The answer for this address offers each plan now: planned coverage cannot be filed yet."""
    options = answer(building, actor=actor).options()
    fileable = {option.plan_id for option in options if option.can_be_filed}
    for plan in plans:
        if plan.pk not in fileable:
            raise DomainError(
                _("The plan “%(plan)s” cannot be connected at this address.") % {"plan": plan.name},
                field="plans",
            )


def _claim_token(actor: Actor, form_token: UUID) -> RequestBundle | None:
    """The new bundle, or None when someone inserted the same token first.

    Insert and catch, never look and insert: between the two the other form may come. The savepoint
    keeps the transaction usable after the failed insert on PostgreSQL.
    """
    try:
        with transaction.atomic():
            return RequestBundle.objects.create(
                owner=actor.organization,
                form_token=form_token,
                created_by=actor.user,
                created_at=clock.now(),
            )
    except IntegrityError:
        return None


def _made_before(actor: Actor, form_token: UUID) -> RequestBundle | None:
    return RequestBundle.objects.filter(form_token=form_token, owner=actor.organization).first()


def _made_at_once(actor: Actor, form_token: UUID) -> RequestBundle:
    bundle = _made_before(actor, form_token)
    if bundle is None:
        raise Conflict(_("This form has been used: open it again."))
    return bundle


def _draft(
    actor: Actor,
    bundle: RequestBundle,
    unit: Unit,
    building: Building,
    plan: Plan,
    client: Client | None,
    words: dict[str, str],
) -> None:
    now = clock.now()
    request = ConnectionRequest(
        number=unused_number(
            NUMBER_PREFIX, lambda number: ConnectionRequest.objects.filter(number=number).exists()
        ),
        bundle=bundle,
        owner=actor.organization,
        provider_id=plan.provider_id,
        holder=actor.organization if files_for_itself(actor) else None,
        client=client,
        unit=unit,
        building=building,
        city_id=building.city_id,
        category_id=plan.category_id,
        plan=plan,
        created_by=actor.user,
        state_since=now,
        created_at=now,
        updated_at=now,
        **words,
    )
    copy_terms(request)
    request.save(force_insert=True)
    emit(actor, "request.drafted", request, parties_of(request), {"number": request.number})
