"""What of this app moves when two rows of one house become one (locations.services.merging)."""

from typing import Any

from core import clock
from core.actor import system_actor
from locations.models import Building, Unit
from locations.services.merging import locks_first, moves
from subscriptions.choices import DisputeState, WatchState
from subscriptions.models import (
    AttributionDispute,
    AvailabilityWatch,
    ClientAddress,
    ClientAttribution,
    ConnectionRequest,
    Lead,
    Subscription,
)
from subscriptions.models.teams import TeamPlace
from subscriptions.services.attribution import tell_dispute
from subscriptions.services.watches.watching import CLOSED_FIELDS, close, key_at


@locks_first
def lock_what_is_there(building_id: int) -> None:
    """In the order in which clients are merged, and before the building: see there."""
    for model in (Lead, ConnectionRequest, Subscription):
        rows: Any = model._default_manager.select_for_update().filter(building_id=building_id)
        list(rows.order_by("pk").values_list("pk", flat=True))
    moving_in = ConnectionRequest.objects.select_for_update().filter(
        target_unit__in=Unit.objects.filter(building_id=building_id).values("pk")
    )
    list(moving_in.order_by("pk").values_list("pk", flat=True))


@moves("subscriptions.Subscription.unit")
def move_subscriptions(source: Unit, target: Unit) -> None:
    """With the key of what a unit has once. Where both have one, the one that stands there keeps
    the key; the other has it when that one ends (`in_force.ending`)."""
    rows = Subscription.objects.select_for_update().filter(unit=source)
    keyed = list(rows.filter(in_force_key__isnull=False).select_related(None).order_by("pk"))
    keys = {row.pk: f"{target.pk}:{row.category_id}" for row in keyed}
    there = Subscription.objects.filter(in_force_key__in=list(keys.values()))
    taken = set(there.values_list("in_force_key", flat=True))
    for row in keyed:
        row.in_force_key = None if keys[row.pk] in taken else keys[row.pk]
        row.save(update_fields=["in_force_key"])
    rows.update(unit=target)


@moves("subscriptions.ConnectionRequest.building")
def move_requests(source: Building, target: Building) -> None:
    """With the city, which lists filter by; who has the request open sees that it was changed."""
    ConnectionRequest.objects.filter(building=source).update(
        building=target, city_id=target.city_id, updated_at=clock.now()
    )


@moves("subscriptions.Lead.building")
def move_leads(source: Building, target: Building) -> None:
    Lead.objects.filter(building=source).update(building=target, city_id=target.city_id)


@moves("subscriptions.TeamPlace.building")
def move_team_places(source: Building, target: Building) -> None:
    """A team that works at both keeps one place."""
    there = TeamPlace.objects.filter(building=target).values_list("team_id", flat=True)
    TeamPlace.objects.filter(building=source, team_id__in=list(there)).delete()
    TeamPlace.objects.filter(building=source).update(building=target)


@moves("subscriptions.AvailabilityWatch.building")
def move_watches(source: Building, target: Building) -> None:
    """Who waits at both for one thing waits once; what is over moves as it is."""
    rows = AvailabilityWatch.objects.select_for_update().filter(building=source)
    waiting = list(rows.filter(open_key__isnull=False).order_by("pk"))
    keys = {row.pk: key_at(row, target) for row in waiting}
    there = AvailabilityWatch.objects.filter(open_key__in=list(keys.values()))
    taken = set(there.values_list("open_key", flat=True))
    for row in waiting:
        if keys[row.pk] in taken:
            close(row, WatchState.CANCELLED)
        else:
            row.open_key = keys[row.pk]
        row.save(update_fields=CLOSED_FIELDS)
    rows.update(building=target, latitude=target.latitude, longitude=target.longitude)


@moves("subscriptions.ClientAddress.unit")
def move_client_addresses(source: Unit, target: Unit) -> None:
    """A client who has both keeps one, with a label if either has one."""
    kept = {row.client_id: row for row in ClientAddress.objects.filter(unit=target)}
    for row in ClientAddress.objects.filter(unit=source).order_by("pk"):
        other = kept.get(row.client_id)
        if other is None:
            row.unit = target
            row.save(update_fields=["unit"])
            continue
        if row.label and not other.label:
            other.label = row.label
            other.save(update_fields=["label"])
        row.delete()


@moves("subscriptions.ClientAttribution.unit")
def move_attributions(source: Unit, target: Unit) -> None:
    """Of two registrations of one flat and category the one that lasts counts, and of two that
    last the earlier; the other agency's claim becomes a dispute, which staff decide."""
    rows = ClientAttribution.objects.select_for_update()
    there = {row.category_id: row for row in rows.filter(unit=target)}
    for row in rows.filter(unit=source).order_by("pk"):
        other = there.get(row.category_id)
        if other is None:
            row.unit = target
            row.save(update_fields=["unit"])
        else:
            _unite(row, other, target)


def _unite(row: ClientAttribution, other: ClientAttribution, target: Unit) -> None:
    now = clock.now()
    first, later = sorted(
        (row, other), key=lambda one: (one.lasts_until <= now, one.registered_at, one.pk)
    )
    claimed = AttributionDispute.objects.filter(attribution=first).values_list(
        "claimant_id", flat=True
    )
    moving = AttributionDispute.objects.filter(attribution=later)
    moving.exclude(claimant_id__in=list(claimed)).exclude(claimant_id=first.agency_id).update(
        attribution=first
    )
    if later.agency_id == first.agency_id:
        first.lasts_until = max(first.lasts_until, later.lasts_until)
        first.client_id = first.client_id or later.client_id
    elif later.lasts_until > now:
        _open_dispute(first, later)
    # Before the other takes its place: a unit and category are registered once.
    later.delete()
    first.unit = target
    first.save(update_fields=["unit", "lasts_until", "client"])


def _open_dispute(first: ClientAttribution, later: ClientAttribution) -> None:
    known = AttributionDispute.objects.filter(attribution=first, claimant_id=later.agency_id)
    if known.exists():
        return
    newest = ConnectionRequest.objects.filter(
        unit_id=later.unit_id, category_id=later.category_id, owner_id=later.agency_id
    )
    dispute = AttributionDispute.objects.create(
        attribution=first,
        claimant_id=later.agency_id,
        request=newest.order_by("-pk").first(),
        state=DisputeState.OPEN,
        created_at=clock.now(),
    )
    tell_dispute(system_actor(), "dispute.opened", dispute)
