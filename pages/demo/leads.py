"""Wishes left on the public site in the last days, and what agencies made of them."""

import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from core import clock
from core.actor import Actor
from locations.models import Building
from pages.demo import life
from pages.demo.people import People, full_name
from pages.demo.places import Flats
from subscriptions.choices import ClientKind, LeadHold
from subscriptions.models import ClientAttribution, ConnectionRequest, Plan
from subscriptions.services.clients import create_client
from subscriptions.services.drafting import file_drafts
from subscriptions.services.leads import (
    Wish,
    close_lead,
    offer_lead,
    pass_lead,
    save_rule,
    submit_lead,
    take_lead,
)
from subscriptions.services.requests import DuplicateFound, create_bundle, submit_bundle

DAYS = 6
# What becomes of the wishes, in the order they are left; the last ones wait now.
FATES = ["filed", "closed", "filed", "passed", "taken", "filed", "passed", "taken", "filed"]
WAITING_MINUTES = (14, 8, 3)
COMMENTS = ["", "Звоните после 18:00, пожалуйста.", "Нужен Wi-Fi на две комнаты.", ""]
NOTES = ["Передумали, останутся со своим провайдером.", "Не отвечает на звонки третий день."]
REASONS = ["Нет свободных агентов на этой неделе.", "Далеко от наших районов."]

Menu = Callable[[Building, Actor], list[tuple[str, list[int]]]]


def create_rules(people: People, buildings: list[Building]) -> None:
    """The demo agency takes all that comes from its city; another whatever comes, a little."""
    managers = _managers(people)
    save_rule(managers[0], None, city=buildings[0].city, daily_limit=20)
    for manager in managers[1:3]:
        save_rule(manager, None, region=buildings[0].city.region, daily_limit=3)


def lives_of_leads(
    people: People,
    buildings: list[Building],
    flats: Flats,
    menu: Menu,
    town: life.Town,
    spawn: Callable[[datetime, life.Life], None],
    now: datetime,
) -> None:
    """Puts every wish on the clock, up to those that wait now, and a dispute."""
    chance, home = town.chance, buildings[0].city_id
    near = [building for building in buildings if building.city_id == home]
    crews = _crews(people)
    step = timedelta(days=DAYS) / len(FATES)
    for number, fate in enumerate(FATES):
        moment = now - timedelta(days=DAYS) + step * number
        spawn(moment, _wish(fate, *flats.give_one_of(near), menu, crews, town, spawn))
    for minutes in WAITING_MINUTES:
        moment = now - timedelta(minutes=minutes)
        spawn(moment, _wish("waits", *flats.give_one_of(near), menu, crews, town, spawn))
    spawn(now - timedelta(hours=5), _nobody(chance))
    spawn(now - timedelta(hours=3), _spam(chance, near[0]))
    spawn(now - timedelta(hours=26), _claim(people, menu))


def _wish(
    fate: str,
    building: Building,
    unit: str,
    menu: Menu,
    crews: dict[int, list[Actor]],
    town: life.Town,
    spawn: Callable[[datetime, life.Life], None],
) -> life.Life:
    chance = town.chance
    somebody = next(iter(crews.values()))[0]
    offered = menu(building, somebody)
    plans = [chance.choice(ids) for _code, ids in offered[:1]]
    lead = submit_lead(
        Wish(
            name=full_name(chance),
            phone=_phone(chance),
            building=building,
            unit_number=unit,
            comment=chance.choice(COMMENTS),
            plans=plans,
            categories=list(
                Plan.objects.filter(pk__in=plans).values_list("category_id", flat=True)
            ),
        ),
        form_token=_token(chance),
    )
    offer = offer_lead(lead.pk)
    if fate == "waits" or offer is None:
        return
    yield clock.now() + timedelta(minutes=chance.randint(2, 20))
    agent = chance.choice(crews[offer.agency_id])
    if fate == "passed":
        pass_lead(agent, lead, chance.choice(REASONS))
        lead.refresh_from_db()
        if lead.agency_id is None:
            return
        agent = chance.choice(crews[lead.agency_id])
        yield clock.now() + timedelta(minutes=chance.randint(2, 20))
    taken = take_lead(agent, lead)
    yield clock.now() + timedelta(minutes=chance.randint(10, 90))
    if fate == "closed":
        close_lead(agent, taken, chance.choice(NOTES))
    elif fate == "filed" and taken.bundle is not None:
        for request in file_drafts(agent, taken.bundle):
            found = ConnectionRequest.objects.select_related("provider").get(pk=request.pk)
            spawn(clock.now(), life.RequestLife(agent, found, town).live())


def _nobody(chance: random.Random) -> life.Life:
    """A wish for a place where no agency works: staff look at it."""
    lead = submit_lead(
        Wish(
            name=full_name(chance),
            phone=_phone(chance),
            address="Дальнегорск, Набережная 14",
            comment="Нужен интернет в частный дом.",
        ),
        form_token=_token(chance),
    )
    offer_lead(lead.pk)
    return
    yield


def _spam(chance: random.Random, building: Building) -> life.Life:
    submit_lead(
        Wish(
            name="Продвижение сайтов",
            phone=_phone(chance),
            building=building,
            comment="Выведем ваш сайт в топ: https://promo.example/top",
        ),
        form_token=_token(chance),
        held_as=LeadHold.LINKS,
    )
    return
    yield


def _claim(people: People, menu: Menu) -> life.Life:
    """Another agency files for a flat where the demo agency has registered a client: a dispute."""
    first, claimant = _managers(people)[:2]
    marks = ClientAttribution.objects.filter(
        agency=first.organization, lasts_until__gt=clock.now(), client__isnull=False
    )
    for mark in marks.select_related("unit__building", "client").order_by("-pk")[:50]:
        wanted = [ids for _code, ids in menu(mark.unit.building, claimant)]
        plans = Plan.objects.filter(
            pk__in=[pk for ids in wanted for pk in ids], category_id=mark.category_id
        ).select_related("category", "provider")
        if not plans or mark.client is None:
            continue
        client = create_client(
            claimant,
            name=mark.client.name,
            phone=str(mark.client.phone),
            kind=ClientKind.PERSON,
            consent=True,
        )
        bundle = create_bundle(
            claimant,
            building=mark.unit.building,
            unit_number=mark.unit.number,
            plans=[plans[0]],
            client=client,
            form_token=uuid.UUID(int=mark.pk, version=4),
        )
        try:
            submit_bundle(claimant, bundle)
        except DuplicateFound:
            continue  # it is in force by now: there is nothing to dispute any more
        return
    return
    yield


def _managers(people: People) -> list[Actor]:
    return [crew[0] for crew in _crews(people).values()]


def _crews(people: People) -> dict[int, list[Actor]]:
    """The people of each agency, its manager first."""
    crews: dict[int, list[Actor]] = {}
    for actor in people.agents:
        crews.setdefault(actor.organization.pk, []).append(actor)
    return crews


def _phone(chance: random.Random) -> str:
    return f"+7900{chance.randrange(10_000_000):07d}"


def _token(chance: random.Random) -> uuid.UUID:
    return uuid.UUID(int=chance.getrandbits(128), version=4)
