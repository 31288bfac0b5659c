"""Slots of the demo providers, their crews, and visits in them."""

import random
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from core import clock
from core.actor import Actor, system_actor
from core.choices import Role
from core.errors import DomainError
from pages.demo.people import People
from subscriptions.choices import RequestState, SlotExceptionKind
from subscriptions.models import ConnectionRequest, SlotPattern
from subscriptions.selectors.visit_slots import days_ahead, free_slots
from subscriptions.services.requests import move_request
from subscriptions.services.visits import hold_slot
from subscriptions.services.visits.patterns import add_exceptions, save_pattern
from users.models import Membership, Team
from users.services.members import change_member
from users.services.teams import create_team

CREWS = ("Бригада 1", "Бригада 2")
WORKING_WEEK, WITH_SATURDAY = range(5), range(6)
# So many visits ahead move into slots, and so many times are held.
IN_SLOTS, HELD = 30, 8


def keep_visits(people: People, chance: random.Random) -> None:
    """Every provider on the portal keeps slots; the first has crews, and visits in their slots."""
    for number, provider in enumerate(row for row in people.providers if row.is_claimed):
        manager = people.operators[provider.pk][0]
        with transaction.atomic():
            if number == 0:
                _keep_crews(manager, people.operators[provider.pk][1:])
                _fill(manager, people.agents[0], chance)
            else:
                _pattern(manager, None, time(9), time(19), capacity=3)


def _keep_crews(manager: Actor, members: list[Actor]) -> None:
    organization = manager.organization
    teams = [create_team(system_actor(organization), organization, name) for name in CREWS]
    for member, team in zip(members, teams, strict=False):
        membership = Membership.objects.get(user=member.user, organization=organization)
        change_member(system_actor(organization), membership, role=Role.MEMBER, team=team)
    first = _pattern(manager, teams[0], time(9), time(19), capacity=2)
    _pattern(manager, teams[1], time(10), time(20), capacity=1, weekdays=WITH_SATURDAY)
    day = clock.today(ZoneInfo(organization.time_zone))
    add_exceptions(
        manager,
        SlotExceptionKind.CAPACITY,
        day=day + timedelta(days=4),
        pattern=first,
        capacity=1,
        note="Половина бригады на обучении",
    )
    add_exceptions(
        manager,
        SlotExceptionKind.EXTRA,
        day=day + timedelta(days=2),
        pattern=first,
        starts=time(19),
        ends=time(21),
        capacity=2,
        note="Вечерний выезд",
    )


def _pattern(
    manager: Actor, team: Team | None, starts: time, ends: time, **fields: Any
) -> SlotPattern:
    given: dict[str, Any] = {
        "weekdays": WORKING_WEEK,
        "minutes": 120,
        "notice_hours": 12,
        "follows_calendar": True,
        "valid_from": clock.today() - timedelta(days=60),
    }
    return save_pattern(manager, None, team=team, starts=starts, ends=ends, **(given | fields))


def _fill(manager: Actor, agent: Actor, chance: random.Random) -> None:
    """Visits agreed upon stand in slots, and the agency holds times for what is checked."""
    rows = ConnectionRequest.objects.filter(provider=manager.organization).select_related(
        "provider", "building"
    )
    for row in rows.filter(state=RequestState.SCHEDULED).order_by("-pk")[:IN_SLOTS]:
        slot = _free(row, chance, with_notice=False)
        if slot is not None:
            move_request(manager, row.number, "reschedule", slot)
    open_states = [RequestState.SUBMITTED, RequestState.CHECKING, RequestState.APPROVED]
    for row in rows.filter(owner=agent.organization, state__in=open_states)[:HELD]:
        slot = _free(row, chance, with_notice=True)
        if slot is not None:
            try:
                hold_slot(agent, row, str(slot["slot"]))
            except DomainError:
                continue


def _free(
    row: ConnectionRequest, chance: random.Random, *, with_notice: bool
) -> dict[str, object] | None:
    """What a move takes of a free slot within the next days."""
    days = days_ahead(row.provider, 6)
    found = free_slots(row.provider, row.building, row.category_id, days, with_notice=with_notice)
    if not found:
        return None
    slot = chance.choice(found)
    return {"slot": slot.key, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
