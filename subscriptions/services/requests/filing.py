"""Filing: drafts for one client and unit, and handing them to their providers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict, DomainError, Forbidden
from core.events import Draft, emit_many
from core.ids import new_number
from core.prepared import Prepared
from locations.models import Building, Unit
from locations.services import hold_building, unit_in
from subscriptions.choices import RequestState
from subscriptions.models import Client, ConnectionRequest, Plan, RequestBundle
from subscriptions.models.requests import NUMBER_PREFIX
from subscriptions.models.teams import at_places, works_at_places
from subscriptions.rights import files_for_itself, may_file
from subscriptions.selectors.availability import answer
from subscriptions.services.clients.portfolio import standing_client
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.duplicates import Anyway, file_anyway
from subscriptions.services.requests.input import clean_text
from subscriptions.services.requests.moving import move_request
from subscriptions.services.requests.notes import add_note
from subscriptions.services.requests.terms import check_plans, copy_terms

COMMENT_LENGTH = 1000
VISIT_LENGTH = 200
PLANS_AT_MOST = 20
# Of a million rows every tenth number is taken: so many in a row never are.
_NUMBERS_TRIED = 20


_ALL: Prepared[ConnectionRequest] = Prepared(
    lambda bundle: ConnectionRequest.objects.filter(bundle_id=bundle).order_by("pk")
)
_DRAFTS_LOCKED: Prepared[ConnectionRequest] = Prepared(
    lambda bundle: (
        ConnectionRequest.objects.select_for_update()
        .filter(bundle_id=bundle, state=RequestState.DRAFT)
        .order_by("pk")
    )
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drafted, checked but for the unit and the client's row.

    `unit_number` as it was typed; `client` None where one files for oneself.
    """

    building: Building
    unit_number: str
    plans: Sequence[Plan]
    client: Client | None
    comment: str
    preferred_visit: str


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
    sent at once. A draft may be a duplicate: that is asked at filing. Raises Forbidden, NotVisible,
    or DomainError with `field` when a plan is not offered there.
    """
    check_may_file(actor)
    made = _made_before(actor, form_token)
    if made is not None:
        return made
    check_client(actor, client)
    check_place(actor, building)
    check_choice(plans)
    _check_covered(actor, building, plans)
    words = checked_words(comment, preferred_visit)
    with transaction.atomic():
        held = None if client is None else standing_client(client)
        wanted = Wanted(building, unit_number, plans, held, *words)
        bundle, _is_new = make_bundle(actor, wanted, form_token)
    return bundle


def make_bundle(actor: Actor, wanted: Wanted, form_token: UUID) -> tuple[RequestBundle, bool]:
    """The drafts of what has been checked already, for a client whose row the caller has locked.

    With it whether they are new: else another form with this token was faster. In a transaction.
    """
    hold_building(wanted.building)
    unit = unit_in(wanted.building, wanted.unit_number)
    bundle = RequestBundle(
        owner=actor.organization,
        form_token=form_token,
        created_by=actor.user,
        created_at=clock.now(),
    )
    rows = [draft_row(actor, unit, plan, wanted) for plan in wanted.plans]
    made = _insert(actor, bundle, rows)
    if made is not bundle:
        return made, False
    tell_drafted(actor, rows)
    return bundle, True


def submit_bundle(
    actor: Actor, bundle: RequestBundle, said: Mapping[str, Anyway] | None = None
) -> list[ConnectionRequest]:
    """Files every draft of the bundle, all or none; what is filed already stays as it is.

    `said`: for a draft's number, that its duplicates are known and why it is filed all the same.
    Returns all requests of the bundle. Raises Forbidden, NotVisible, DuplicateFound, ReasonMissing,
    or DomainError when one of them may not be filed.
    """
    with transaction.atomic():
        submit_drafts(actor, bundle, said or {})
    return all_of(bundle)


def submit_drafts(actor: Actor, bundle: RequestBundle, said: Mapping[str, Anyway]) -> None:
    """Files what of the bundle is not filed yet, in a transaction. Raises as `submit_bundle`.

    Locked before the first is moved: who files the same at once finds them filed, and not gone.
    """
    for draft in _DRAFTS_LOCKED.fetch(bundle.pk):
        submit_request(actor, draft, said.get(draft.number))


def submit_request(
    actor: Actor, request: ConnectionRequest, anyway: Anyway | None = None
) -> ConnectionRequest:
    """Files a draft: its terms are copied from the plan as they are now, its deadline begins.

    `anyway` says that its duplicates are known; the reason becomes a note to the provider.
    """
    if anyway is None:
        return move_request(actor, request.number, "submit")
    with transaction.atomic():
        reason = file_anyway(actor, request, anyway)
        filed = move_request(actor, request.number, "submit")
        if reason:
            add_note(actor, filed, reason)
    return filed


def all_of(bundle: RequestBundle) -> list[ConnectionRequest]:
    """Every request of a bundle, in the order in which they were chosen."""
    return _ALL.fetch(bundle.pk)


# --- what is checked --------------------------------------------------------------------------
def check_may_file(actor: Actor) -> None:
    if not may_file(actor):
        raise Forbidden(_("You cannot file requests here."))


def check_client(actor: Actor, client: Client | None) -> None:
    """Raises DomainError on `client` unless it is one of the actor's, or none for oneself."""
    if files_for_itself(actor):
        if client is not None:
            raise DomainError(_("You file for yourself: no client is needed."), field="client")
    elif client is None or client.owner_id != actor.organization_id:
        raise DomainError(_("Choose a client of yours."), field="client")


def check_place(actor: Actor, building: Building) -> None:
    """Raises DomainError on `building` for one that the actor does not see, or work in."""
    here = Building.objects.visible_to(actor).filter(pk=building.pk)
    if not here.exists():
        raise DomainError(_("Choose an address."), field="building")
    if not works_at_places(actor):
        return
    if not at_places(here, actor, building="pk", city="city_id").exists():
        # Nor would the actor see the request that comes of it.
        raise DomainError(_("This address is not among the places of your team."), field="building")


def check_choice(plans: Sequence[Plan]) -> None:
    """Raises DomainError on `plans` for none, too many, or several of a kind.

    One plan of a category that a unit has once, one of a provider in the others.
    """
    if not plans:
        raise DomainError(_("Choose at least one plan."), field="plans")
    if len(plans) > PLANS_AT_MOST:
        raise DomainError(_("Choose fewer plans."), field="plans")
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


def checked_words(comment: str, preferred_visit: str) -> tuple[str, str]:
    """Both as they are kept. Raises DomainError with `field` for what is too long."""
    return (
        clean_text(comment, COMMENT_LENGTH, "comment"),
        clean_text(preferred_visit, VISIT_LENGTH, "preferred_visit"),
    )


def _check_covered(actor: Actor, building: Building, plans: Sequence[Plan]) -> None:
    """The answer for this address offers each plan now: planned coverage cannot be filed yet.

    It holds plans on sale of working providers of the actor's world alone: only what is not in it
    is asked about those.
    """
    options = answer(building, actor=actor).options()
    fileable = {option.plan_id for option in options if option.can_be_filed}
    missing = [plan for plan in plans if plan.pk not in fileable]
    if not missing:
        return
    check_plans(missing, actor.organization)
    raise DomainError(
        _("The plan “%(plan)s” cannot be connected at this address.") % {"plan": missing[0].name},
        field="plans",
    )


# --- what is written --------------------------------------------------------------------------
def draft_row(actor: Actor, unit: Unit, plan: Plan, wanted: Wanted) -> ConnectionRequest:
    """A draft of one plan, not saved and without its bundle."""
    now = clock.now()
    request = ConnectionRequest(
        owner=actor.organization,
        provider_id=plan.provider_id,
        holder=actor.organization if files_for_itself(actor) else None,
        client=wanted.client,
        unit=unit,
        building=wanted.building,
        city_id=wanted.building.city_id,
        category_id=plan.category_id,
        plan=plan,
        created_by=actor.user,
        state_since=now,
        created_at=now,
        updated_at=now,
        comment=wanted.comment,
        preferred_visit=wanted.preferred_visit,
    )
    copy_terms(request)
    return request


def insert_drafts(bundle: RequestBundle, rows: Sequence[ConnectionRequest]) -> None:
    """Saves drafts of a bundle under numbers that nobody has."""
    for _attempt in range(_NUMBERS_TRIED):
        number_drafts(rows)
        if _saved(bundle, rows):
            return
    raise RuntimeError("There are hardly any numbers left for requests.")


def number_drafts(rows: Sequence[ConnectionRequest]) -> None:
    for row in rows:
        row.number = new_number(NUMBER_PREFIX)


def tell_drafted(actor: Actor, rows: Sequence[ConnectionRequest]) -> None:
    emit_many(
        actor,
        [Draft("request.drafted", row, parties_of(row), {"number": row.number}) for row in rows],
    )


def _insert(
    actor: Actor, bundle: RequestBundle, rows: Sequence[ConnectionRequest]
) -> RequestBundle:
    """Saves the bundle and its drafts; or gives the bundle that another form of the token made.

    Insert and catch, never look and insert: between the two the other form may come, or another
    draft of the same number.
    """
    for _attempt in range(_NUMBERS_TRIED):
        number_drafts(rows)
        if _saved(bundle, rows):
            return bundle
        made = RequestBundle.objects.filter(form_token=bundle.form_token).first()
        if made is not None and made.owner_id == actor.organization_id:
            return made
        if made is not None:
            raise Conflict(_("This form has been used: open it again."))
    raise RuntimeError("There are hardly any numbers left for requests.")


def _saved(bundle: RequestBundle, rows: Sequence[ConnectionRequest]) -> bool:
    """False where a token or a number is taken. The savepoint keeps the transaction usable after
    the failed insert on PostgreSQL."""
    is_new = bundle.pk is None
    try:
        with transaction.atomic():
            if is_new:
                bundle.save(force_insert=True)
            for row in rows:
                row.bundle = bundle
            ConnectionRequest.objects.bulk_create(rows)
    except IntegrityError:
        if is_new:
            bundle.pk = None
        for row in rows:
            row.pk = None
        return False
    return True


def _made_before(actor: Actor, form_token: UUID) -> RequestBundle | None:
    return RequestBundle.objects.filter(form_token=form_token, owner=actor.organization).first()
