"""What this app does on events."""

from core.choices import Via
from core.events import handler
from core.jobs import enqueue_once
from core.models import Event
from locations.models import BuildingCoverage, CoverageZone
from subscriptions import (  # noqa: F401
    centre_handlers,
    operations,
    page_handlers,
    visit_handlers,  # letters about visits
)
from subscriptions.jobs import (
    match_watches_of_building,
    match_watches_of_provider,
    match_watches_of_zone,
)
from subscriptions.models import AvailabilityWatch, Subscription
from subscriptions.services import places  # noqa: F401 - says what moves with a building
from subscriptions.services.changes import close_changes_of
from subscriptions.services.coverage_refusals import note_refusal
from subscriptions.services.leads import offer_lead
from subscriptions.services.requests.rules import assign_filed


@handler("lead.received")
def route_lead(event: Event) -> None:
    offer_lead(event.subject_id)


@handler("request.submitted")
def give_out_request(event: Event) -> None:
    assign_filed(event.subject_id)


@handler("request.rejected")
def hold_refusal_against_coverage(event: Event) -> None:
    note_refusal(event.subject_id)


# A service that its holder wrote down ends by a change of terms.
@handler("subscription.ended", "subscription.terms_changed")
def close_what_was_asked_of_it(event: Event) -> None:
    close_changes_of(event.subject_id)


@handler("subscription.moved")
def close_what_was_asked_at_the_old_address(event: Event) -> None:
    moved = Subscription.objects.filter(pk=event.subject_id).values_list("moved_from_id", flat=True)
    for former in moved:
        if former is not None:
            close_changes_of(former)


@handler("coverage.changed")
def find_watches(event: Event) -> None:
    """Whoever waits there is told by a job of its own: a zone changed twice is looked at once.

    A statement that was withdrawn is no more: the hourly sweep finds what that made available.
    Those of a file are looked at when all of it has been read (see below).
    """
    if event.subject_type == CoverageZone._meta.label_lower:
        enqueue_once(match_watches_of_zone, str(event.subject_id), event.subject_id)
    elif event.via != Via.IMPORT:
        stated = BuildingCoverage.objects.filter(pk=event.subject_id).values("building")
        awaited = AvailabilityWatch.objects.waiting().filter(building__in=stated)
        for building in awaited.values_list("building_id", flat=True)[:1]:
            enqueue_once(match_watches_of_building, str(building), building)


@handler("coverage.imported")
def find_watches_of_file(event: Event) -> None:
    """All buildings of a file are looked at together: a list that waits is told once."""
    enqueue_once(match_watches_of_provider, str(event.subject_id), event.subject_id)
