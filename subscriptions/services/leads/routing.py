"""Which agency is offered a lead, until when, and who is next when it lets the lead go."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind, PartyRole
from core.events import emit
from subscriptions.choices import LeadOfferState, LeadState
from subscriptions.models import Lead, LeadOffer, LeadRule
from subscriptions.services.requests.deadlines import calendar_of
from users.models import Organization

# What an agency took within so long is its load, beside what waits for it now.
LOAD = timedelta(days=7)
# Offers are looked back so far: beyond it an agency counts as never asked.
MEMORY = timedelta(days=30)
# A lead that no agency could take is tried again so long: limits of a day begin anew.
RETRIED = timedelta(days=3)
# Its first routing follows at once; what was left lying so long is taken up by the schedule.
FORGOTTEN = timedelta(minutes=2)
BATCH = 100
_NEVER = datetime.min.replace(tzinfo=ZoneInfo("UTC"))
_ROUTABLE = (LeadState.NEW, LeadState.UNROUTED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agency whose rules fit a lead, and what it has on its hands."""

    agency_id: int
    weight: int  # of its fitting rules the largest
    limit: int | None  # offers a day; None: as many as come
    load: int  # offers that wait, and leads taken within LOAD
    today: int  # offers made to it today, by its own clock
    asked_at: datetime | None  # the last offer within MEMORY

    @property
    def has_room(self) -> bool:
        return self.limit is None or self.today < self.limit


def choose(candidates: Iterable[Candidate]) -> Candidate | None:
    """Who is offered the lead: the least load for its weight, this lead counted in.

    Of equals the one asked longest ago; then the one registered first.
    """
    able = [one for one in candidates if one.has_room]
    return min(
        able,
        key=lambda one: (
            Fraction(one.load + 1, one.weight),
            one.asked_at or _NEVER,
            one.agency_id,
        ),
        default=None,
    )


def offer_lead(lead_id: int) -> LeadOffer | None:
    """Offers a lead that waits for an agency; None when it waits no more, or none can take it.

    Safe to run twice, also at once: the lead is locked, and looked at again.
    """
    with transaction.atomic():
        lead = Lead.objects.select_for_update().filter(pk=lead_id, state__in=_ROUTABLE).first()
        return offer_next(lead) if lead is not None else None


def offer_next(lead: Lead) -> LeadOffer | None:
    """Offers a locked lead to the next agency, never to one that was asked; else UNROUTED."""
    chosen = choose(candidates(lead))
    if chosen is None:
        _leave_unrouted(lead)
        return None
    agency = Organization.objects.get(pk=chosen.agency_id)
    now = clock.now()
    offer = LeadOffer.objects.create(
        lead=lead,
        agency=agency,
        offered_at=now,
        due_at=calendar_of(agency).add_hours(now, settings.LEAD_OFFER_MINUTES / 60),
    )
    lead.state, lead.agency = LeadState.OFFERED, agency
    lead.save(update_fields=["state", "agency"])
    told = {"due_at": offer.due_at.isoformat()}
    emit(system_actor(), "lead.offered", lead, {PartyRole.OWNER: agency}, told)
    return offer


def _leave_unrouted(lead: Lead) -> None:
    is_news = lead.state != LeadState.UNROUTED
    lead.state, lead.agency = LeadState.UNROUTED, None
    lead.save(update_fields=["state", "agency"])
    if is_news:
        emit(system_actor(), "lead.unrouted", lead, {})


def candidates(lead: Lead) -> list[Candidate]:
    """Agencies that may be offered a locked lead, with their load; in the lead's transaction.

    The fitting rules stay locked until its end: of two leads routed at once the second counts the
    offer of the first, so that no limit is passed. Rules are locked in one order by all.
    """
    rules = list(_fitting_rules(lead).select_for_update().order_by("pk"))
    by_agency: dict[int, list[LeadRule]] = {}
    for rule in rules:
        by_agency.setdefault(rule.agency_id, []).append(rule)
    zones = dict(Organization.objects.filter(pk__in=list(by_agency)).values_list("pk", "time_zone"))
    loads = _loads(zones)
    return [_candidate(pk, by_agency[pk], loads.get(pk)) for pk in sorted(by_agency)]


def _candidate(agency_id: int, rules: list[LeadRule], load: dict[str, Any] | None) -> Candidate:
    limits = [rule.daily_limit for rule in rules]
    known = load or {"load": 0, "today": 0, "asked_at": None}
    return Candidate(
        agency_id=agency_id,
        weight=max(rule.weight for rule in rules),
        limit=None if None in limits else max(limit for limit in limits if limit is not None),
        load=known["load"],
        today=known["today"],
        asked_at=known["asked_at"],
    )


def _fitting_rules(lead: Lead) -> Any:
    """Rules in force of agencies that may get visitors' data, and have not been asked yet."""
    agencies = Organization.objects.filter(
        kind=OrganizationKind.AGENCY, is_active=True, is_sandbox=False, verified_at__isnull=False
    )
    asked = list(lead.offers.values_list("agency_id", flat=True))
    rules = LeadRule.objects.filter(is_active=True, weight__gt=0, agency_id__in=agencies)
    rules = rules.exclude(agency_id__in=asked)
    city = lead.city
    if city is None:
        rules = rules.filter(city__isnull=True, region__isnull=True)
    else:
        rules = rules.filter(
            Q(city__isnull=True) | Q(city=city),
            Q(region__isnull=True) | Q(region_id=city.region_id),
        )
    wanted = list(lead.categories.values_list("pk", flat=True))
    if wanted:
        rules = rules.filter(Q(category__isnull=True) | Q(category_id__in=wanted))
    return rules


def _loads(zones: dict[int, str]) -> dict[int, dict[str, Any]]:
    """By agency: `load`, `today` and `asked_at` of `Candidate`; agencies never asked are left out.

    `zones` are time zones of the agencies by id. One query.
    """
    if not zones:
        return {}
    now = clock.now()
    pressing = Q(state=LeadOfferState.OPEN) | Q(
        state=LeadOfferState.TAKEN, decided_at__gte=now - LOAD
    )
    todays = reduce(
        or_,
        (
            Q(
                agency_id__in=[pk for pk, zone in zones.items() if zone == name],
                offered_at__gte=_midnight(name),
            )
            for name in set(zones.values())
        ),
    )
    rows = (
        LeadOffer.objects.filter(agency_id__in=list(zones), offered_at__gte=now - MEMORY)
        .order_by()
        .values("agency_id")
        .annotate(
            load=Count("pk", filter=pressing),
            today=Count("pk", filter=todays),
            asked_at=Max("offered_at"),
        )
    )
    return {row["agency_id"]: dict(row) for row in rows}


def _midnight(zone: str) -> datetime:
    """The beginning of today by the clock on the wall there."""
    where = ZoneInfo(zone)
    return timezone.make_aware(datetime.combine(clock.today(where), time.min), where)


# --- by the schedule --------------------------------------------------------------------------
def pass_on_expired() -> int:
    """Takes back every offer whose deadline has passed and offers the lead further; how many.

    Each lead is a transaction of its own; an offer is taken back once, by one worker.
    """
    passed = 0
    while batch := _expired():
        for offer_id, lead_id in batch:
            passed += _expire(offer_id, lead_id)
    return passed


def _expired() -> list[tuple[int, int]]:
    rows = LeadOffer.objects.filter(state=LeadOfferState.OPEN, due_at__lt=clock.now())
    return list(rows.order_by("due_at").values_list("pk", "lead_id")[:BATCH])


@transaction.atomic
def _expire(offer_id: int, lead_id: int) -> bool:
    # The lead first, as everywhere: whoever takes it at this moment holds it.
    lead = Lead.objects.select_for_update().select_related(None).get(pk=lead_id)
    now = clock.now()
    expired = LeadOffer.objects.filter(
        pk=offer_id, state=LeadOfferState.OPEN, due_at__lt=now
    ).update(state=LeadOfferState.EXPIRED, decided_at=now)
    if not expired:
        return False
    emit(system_actor(), "lead.expired", lead, {PartyRole.OWNER: lead.agency})
    lead.state = LeadState.NEW
    offer_next(lead)
    return True


def route_forgotten() -> int:
    """Routes leads whose first routing never ran; how many were offered."""
    before = clock.now() - FORGOTTEN
    return _offer_all(Lead.objects.filter(state=LeadState.NEW, created_at__lt=before))


def retry_unrouted() -> int:
    """Tries again the leads of the last days that no agency could take; how many were offered."""
    since = clock.now() - RETRIED
    return _offer_all(Lead.objects.filter(state=LeadState.UNROUTED, created_at__gte=since))


def _offer_all(leads: Any) -> int:
    waiting = list(leads.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return sum(offer_lead(pk) is not None for pk in waiting)
