"""What the demo's holders and its agency change in what was connected: a few of every kind."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from core import clock
from core.actor import Actor
from pages.demo.life import Town
from subscriptions.choices import RequestKind, SubscriptionState
from subscriptions.models import ConnectionRequest, Plan, Subscription
from subscriptions.selectors.changes import plans_to_change_to
from subscriptions.services.changes import draft_change, file_change
from subscriptions.services.in_force.costs import today_at
from subscriptions.services.requests import move_request

K = RequestKind
DONE = ("start_check", "approve", "complete_remotely")
CHECKED = DONE[:1]
# What is asked for, how many days ago, when it counts (days from the asking), how far it has come.
WISHES: tuple[tuple[RequestKind, int, tuple[int, int] | None, tuple[str, ...]], ...] = (
    (K.CHANGE_PLAN, 12, None, DONE),
    (K.SUSPEND, 6, (0, 40), DONE),
    (K.DISCONNECT, 3, (45, 0), DONE),
    (K.CHANGE_PLAN, 1, None, CHECKED),
)


def make_changes(holders: list[Actor], agent: Actor, town: Town, now: datetime) -> None:
    """Each holder and the agent ask for WISHES, of one service each; the last are in work."""
    for actor in (*holders, agent):
        services = _services(actor, now)
        for wish in WISHES:
            _ask(actor, next(services, None), town, now, *wish)
    # Ended early: what the agency earned with it goes back.
    _ask(agent, next(_services(agent, now), None), town, now, K.DISCONNECT, 2, None, DONE)


def _services(actor: Actor, now: datetime) -> Iterator[Subscription]:
    """What has been in force for a while and nothing was asked of, the latest first."""
    rows = Subscription.objects.visible_to(actor).filter(
        state=SubscriptionState.ACTIVE,
        holder_id=actor.organization_id if actor.kind not in ("AGENCY", "BUILDER") else None,
        started_at__lt=now - timedelta(days=14),
        change_requests__isnull=True,
    )
    joined = rows.select_related("plan", "provider", "building")
    return iter(joined.order_by("-started_at", "pk")[: 3 * len(WISHES)])


def _ask(
    actor: Actor,
    row: Subscription | None,
    town: Town,
    now: datetime,
    kind: RequestKind,
    days_ago: int,
    counts: tuple[int, int] | None,
    moves: tuple[str, ...],
) -> None:
    if row is None:
        return
    asked_at = now - timedelta(days=days_ago)
    with clock.set_to(asked_at):
        plan = _other_plan(actor, row) if kind == K.CHANGE_PLAN else None
        if kind == K.CHANGE_PLAN and plan is None:
            return
        first, last = _days(row, counts)
        token = uuid.UUID(int=town.chance.getrandbits(128), version=4)
        draft = draft_change(
            actor,
            row,
            kind,
            plan=plan,
            effective_on=first,
            until_on=last,
            form_token=token,
        )
        request = file_change(actor, draft)
    _work(request, moves, town, asked_at)


def _days(row: Subscription, counts: tuple[int, int] | None) -> tuple[date | None, date | None]:
    """The first and the last day, by the provider's calendar: its day may already be the next."""
    if counts is None:
        return None, None
    first = today_at(row) + timedelta(days=counts[0])
    return first, first + timedelta(days=counts[1])


def _work(
    request: ConnectionRequest, moves: tuple[str, ...], town: Town, asked_at: datetime
) -> None:
    operator = town.operator_of(request)
    for hours, name in enumerate(moves, start=1):
        if request.needs_visit and name == DONE[-1]:
            return
        with clock.set_to(asked_at + timedelta(hours=hours)):
            request = move_request(operator, request.number, name)


def _other_plan(actor: Actor, row: Subscription) -> Plan | None:
    found = (
        one for one in plans_to_change_to(actor, row, row.building) if one.plan_id != row.plan_id
    )
    option = next(found, None)
    return Plan.objects.get(pk=option.plan_id) if option else None
