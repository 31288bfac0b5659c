"""Arguments of the routes of visits for the access tests; imported by `routes`."""

from datetime import timedelta

from core import clock
from core.actor import system_actor
from core.tests.route_samples import Kwargs, World, sample
from subscriptions.choices import RequestState, SlotExceptionKind
from subscriptions.models import CalendarFeed, ConnectionRequest, SlotPattern
from subscriptions.services.visits.feeds import create_feed
from subscriptions.services.visits.patterns import add_exceptions
from subscriptions.tests.factories import ClientFactory, PlanFactory, request_in
from subscriptions.tests.visits import pattern_of


def _request(world: World, state: str) -> ConnectionRequest:
    def make() -> ConnectionRequest:
        return request_in(
            state,
            owner=world.agency,
            plan=PlanFactory(provider=world.provider),
            client=ClientFactory(owner=world.agency),
        )

    return world.once(f"request of visits {state}", make)


def _pattern(world: World) -> SlotPattern:
    return world.once("slots", lambda: pattern_of(world.provider))


@sample("request_visit")
def a_request_without_a_visit(world: World) -> Kwargs:
    return {"number": _request(world, RequestState.CHECKING).number}


@sample("visit_done")
@sample("visit_link_act")
def a_request_with_a_visit(world: World) -> Kwargs:
    return {"number": _request(world, RequestState.SCHEDULED).number}


@sample("slot_edit")
@sample("slot_delete")
def some_slots(world: World) -> Kwargs:
    return {"public_id": _pattern(world).public_id}


@sample("slot_exception_remove")
def a_day_that_differs(world: World) -> Kwargs:
    day = clock.today() + timedelta(days=30)
    made = add_exceptions(system_actor(world.provider), SlotExceptionKind.CLOSED, day=day)
    found = made or [world.made["day that differs"]]
    world.made["day that differs"] = found[0]
    return {"public_id": found[0].public_id}


@sample("calendar_feed_revoke")
def a_feed(world: World) -> Kwargs:
    def make() -> CalendarFeed:
        return create_feed(world.people["AGENCY OWNER"], "OWN")

    return {"public_id": world.once("feed", make).public_id}


@sample("visit_link", shared=True)
@sample("calendar_feed", shared=True)
def a_forged_link(world: World) -> Kwargs:
    return {"token": "forged-0123456789-forged"}
