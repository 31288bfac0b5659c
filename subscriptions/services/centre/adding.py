"""Services that were not connected through the portal, written down by who holds them.

They hold no `in_force_key`: what a holder says of a unit must not keep a provider from connecting
somebody there. Their plan is the provider's of that name, or a private one (docs/decisions/017).
"""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import DomainError, Forbidden
from core.events import Draft, emit_many
from core.folding import fold
from core.ids import unused_number
from locations.models import Building, ServiceCategory, Unit
from locations.services.buildings import unit_of
from subscriptions.centre_rights import leads_holder
from subscriptions.choices import PriceReason, SubscriptionState
from subscriptions.models import Plan, Subscription, SubscriptionPrice, SubscriptionTag
from subscriptions.models.subscriptions import NUMBER_PREFIX
from subscriptions.selectors.address_list import understand
from subscriptions.services.centre.import_rows import Reader, Service
from subscriptions.services.centre.sorting import cost_centre_named, tag_named
from subscriptions.services.place_keys import place_key_of
from subscriptions.services.spend_later import refresh_later
from users.models import Organization


def add_services(
    actor: Actor, services: Sequence[Service]
) -> tuple[list[Subscription], list[Subscription]]:
    """Writes services down; returns those that are new, and those that were known already.

    Known is what has the same contract with the same provider, or without a contract the same
    provider and category at the same unit. Raises Forbidden, DomainError with `field`.
    """
    if not leads_holder(actor):
        raise Forbidden(_("Managers of who holds the services write them down."))
    with transaction.atomic():
        # Two who bring the same file at once: the second finds what the first has written.
        Organization.objects.select_for_update().get(pk=actor.organization.pk)
        made: list[Subscription] = []
        known: list[Subscription] = []
        for service in services:
            unit = _unit(actor, service)
            found = known_already(actor, service, unit)
            if found is not None:
                known.append(found)
            else:
                made.append(_create(actor, service, unit))
        _tell(actor, made)
    return made, known


def add_service(actor: Actor, cells: dict[str, str]) -> Subscription:
    """Writes one down from the words of a form (`import_rows.FIELDS`).

    Raises Forbidden, DomainError with `field`; one that is known already is refused.
    """
    if not leads_holder(actor):
        raise Forbidden(_("Managers of who holds the services write them down."))
    words = {name: " ".join(value.split()) for name, value in cells.items()}
    words.setdefault("figure", "")
    place = understand(actor, [words["address"]])[0]
    made, known = add_services(actor, [Reader(actor).read(0, words, place)])
    if known:
        raise DomainError(
            _("This service is there already: %(number)s.") % {"number": known[0].number}
        )
    return made[0]


def _unit(actor: Actor, service: Service) -> Unit:
    building = Building.objects.get(pk=service.building_id)
    try:
        return unit_of(actor, building, service.unit)
    except DomainError as error:
        raise DomainError(str(error.message), field="unit") from error


def known_already(actor: Actor, service: Service, unit: Unit | None) -> Subscription | None:
    """The holder's own service in force that the row means; `unit` None: it is not known."""
    own = Subscription.objects.visible_to(actor).filter(provider_id=service.provider_id)
    own = own.exclude(state=SubscriptionState.ENDED)
    if service.contract:
        found = own.filter(
            contract_number=service.contract, category_id=service.category.pk
        ).first()
        if found is not None:
            return found
    if unit is None:
        return None
    there = own.filter(unit=unit, category_id=service.category.pk)
    if service.contract:
        there = there.filter(contract_number="")
    return there.first()


def _create(actor: Actor, service: Service, unit: Unit) -> Subscription:
    owner = actor.organization
    building = unit.building
    plan = _plan(actor, service)
    centre = cost_centre_named(actor, service.centre) if service.centre else None
    zone = ZoneInfo(plan.provider.time_zone)
    row = Subscription.objects.create(
        number=unused_number(
            NUMBER_PREFIX, lambda number: Subscription.objects.filter(number=number).exists()
        ),
        owner=owner,
        holder=owner,
        provider_id=service.provider_id,
        unit=unit,
        building=building,
        city_id=building.city_id,
        category_id=service.category.pk,
        plan=plan,
        price=service.price,
        currency=plan.currency,
        contract_number=service.contract,
        account_number=service.account,
        started_at=timezone.make_aware(datetime.combine(service.started_on, time(12)), zone),
        term_ends_on=service.term_until,
        renew_months=service.renew,
        cost_centre=centre,
        place_key=place_key_of(building.city.search_key, building.search_key, unit.number),
        updated_at=clock.now(),
    )
    SubscriptionPrice.objects.create(
        subscription=row,
        plan=plan,
        price=service.price,
        currency=row.currency,
        starts_on=service.started_on,
        reason=PriceReason.STARTED,
    )
    links = SubscriptionTag.subscriptions.through
    links.objects.bulk_create(
        links(subscription_id=row.pk, subscriptiontag_id=tag_named(actor, name).pk)
        for name in dict.fromkeys(service.tags)
    )
    return row


def _plan(actor: Actor, service: Service) -> Plan:
    """The provider's plan of that name, or a private one of the holder's with its figure."""
    key = fold(service.plan)
    plans = Plan.objects.select_related("provider").filter(
        provider_id=service.provider_id, category_id=service.category.pk, search_key=key
    )
    for plan in plans.filter(private_to=None, is_published=True).order_by("-pk"):
        if all(plan.attributes.get(code) == own for code, own in service.attributes.items()):
            return plan
    for plan in plans.filter(private_to=actor.organization).order_by("pk"):
        if plan.attributes == service.attributes:
            return plan
    now = clock.now()
    plan = Plan(
        provider=Organization.objects.get(pk=service.provider_id),
        category=ServiceCategory.objects.get(pk=service.category.pk),
        name=service.plan,
        attributes=service.attributes,
        price=service.price,
        private_to=actor.organization,
        is_published=False,
        created_at=now,
        updated_at=now,
    )
    plan.save()
    return plan


def _tell(actor: Actor, made: Sequence[Subscription]) -> None:
    if not made:
        return
    drafts = [
        Draft(
            "subscription.added",
            row,
            {PartyRole.OWNER: actor.organization},
            {"number": row.number},
        )
        for row in made
    ]
    emit_many(actor, drafts)
    refresh_later([actor.organization_id])
