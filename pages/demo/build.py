"""Fills an empty database with 90 days of work, through the services with the clock set back."""

import itertools
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from core import clock, ids
from core.actor import Actor
from core.attention import recount_attention
from core.events.emit import quietly
from core.working_hours import is_working_day
from locations.models import Building
from pages.demo import life, words
from pages.demo.changes import make_changes
from pages.demo.deadlines import watch_deadlines
from pages.demo.holdings import keep_holdings
from pages.demo.leads import create_rules, lives_of_leads
from pages.demo.metered import keep_metered
from pages.demo.offers import create_offers, state_buildings
from pages.demo.people import People, create_people, full_name, let_support_in
from pages.demo.places import Flats, build_streets, load_cities
from pages.demo.portfolios import keep_portfolio
from pages.demo.request_pages import furnish_pages
from pages.demo.support import keep_desk
from pages.demo.visits import keep_visits
from pages.demo.working import arrange_work
from subscriptions.choices import ClientKind
from subscriptions.selectors.availability import answer

SEED = 20260822
DAYS = 90
REQUESTS = 3_000
CLIENTS = 1_500
# How many times the company and the private person file for themselves; agents file the rest.
HOLDERS_FILE = (16, 4)
BUNDLE_SHARE = 0.16
# About so many steps a request takes; for the progress bar alone.
STEPS_OF_A_LIFE = 8

Progress = Callable[[str, int, int], None]  # what, done, of how many
Menu = list[tuple[str, list[int]]]  # category's code, ids of plans


def build(data: Path | None, progress: Progress) -> None:
    """Makes everything; `data` is the folder of region.csv and city.csv, where there is one."""
    chance = random.Random(SEED)
    now = clock.now()
    first_day = now - timedelta(days=DAYS + 1)
    with ids.drawn_from(chance), quietly():
        with clock.set_to(first_day), transaction.atomic():
            progress("places", 0, 3)
            cities = load_cities(data)
            progress("places", 1, 3)
            buildings = build_streets(cities, chance)
            progress("places", 2, 3)
            people = create_people(chance, [city.time_zone for city in cities])
            create_offers(people, cities, chance)
            state_buildings(people, buildings, chance)
            create_rules(people, buildings)
            progress("places", 3, 3)
        flats = Flats(chance)
        _live(people, buildings, flats, chance, now, progress)
        keep_portfolio(people.agents[0], buildings, flats, chance)
        keep_metered(people, buildings, chance)
        keep_holdings(people.holders, people.operators, buildings, flats, chance)
        keep_visits(people, chance)
        operator = people.operators[people.providers[0].pk][0]
        furnish_pages(operator, people.agents[0], chance)
        arrange_work(people)
        let_support_in(people)
        watch_deadlines(people)
        # A chance of its own: what the desk does changes nothing of the rest.
        keep_desk(people, buildings, random.Random(SEED + 1))
    recount_attention.call()


def _live(
    people: People,
    buildings: list[Building],
    flats: Flats,
    chance: random.Random,
    now: datetime,
    progress: Progress,
) -> None:
    town = life.Town(chance, people.operators)
    slots = _portfolios(people, buildings, flats, chance)
    wishes = _wishes(people, buildings, flats, slots, chance, now)
    lives = life.Lives()
    for moment, wish in wishes:
        lives.add(moment, life.filing(wish, town, lives.add))
    for slot in slots:
        if not slot.wished:
            lives.add(_moment(chance, now, slot.owner), life.adding(slot))
    lives_of_leads(people, buildings, flats, _menus(), town, lives.add, now)
    filed = 0
    for filed in lives.run(now):
        progress("requests", filed, max(len(wishes) * STEPS_OF_A_LIFE, filed + 1))
    progress("requests", filed, filed)
    with transaction.atomic():
        make_changes(people.holders, people.agents[0], town, now)


def _wishes(
    people: People,
    buildings: list[Building],
    flats: Flats,
    slots: list[life.Slot],
    chance: random.Random,
    now: datetime,
) -> list[tuple[datetime, life.Wish]]:
    """Everything that is going to be filed, with its moment."""
    wishes: list[tuple[datetime, life.Wish]] = []
    menu = _menus()
    filed = 0
    for actor, count in zip(people.holders, HOLDERS_FILE, strict=True):
        homes = iter(chance.sample(buildings, len(buildings)))
        found = (_wish(actor, home, None, flats, menu, chance) for home in homes)
        made = list(itertools.islice(filter(None, found), count))
        wishes += [(_moment(chance, now, actor), wish) for wish in made]
        filed += sum(len(wish.plan_ids) for wish in made)
    crews = _crews(people)
    while filed < REQUESTS:
        slot = chance.choice(slots)
        agent = chance.choice(crews[slot.owner.organization_id])
        wish = _wish(agent, slot.building, slot, flats, menu, chance)
        if wish is not None:
            wishes.append((_moment(chance, now, agent), wish))
            filed += len(wish.plan_ids)
    return sorted(wishes, key=lambda pair: pair[0])


def _crews(people: People) -> dict[int | None, list[Actor]]:
    crews: dict[int | None, list[Actor]] = {}
    for actor in (*people.agents, *people.builders):
        crews.setdefault(actor.organization_id, []).append(actor)
    return crews


def _portfolios(
    people: People, buildings: list[Building], flats: Flats, chance: random.Random
) -> list[life.Slot]:
    """1,500 clients; the agency of the demo account has the most."""
    agencies = [crew[0] for crew in _crews(people).values()]
    weights = [9, 6, 5, 4, 3, 2, 1, 1][: len(agencies)]
    slots = []
    for number in range(CLIENTS):
        building, unit = flats.give_one_of(buildings)
        company = chance.random() < 0.12
        name = f"ООО «{chance.choice(words.COMPANIES)}»" if company else full_name(chance)
        slots.append(
            life.Slot(
                owner=chance.choices(agencies, weights)[0],
                building=building,
                unit_number=unit,
                name=name,
                phone=f"+79{chance.choice('0126')}{number:04d}{chance.randrange(10_000):04d}",
                kind=ClientKind.COMPANY if company else ClientKind.PERSON,
            )
        )
    return slots


def _wish(
    agent: Actor,
    building: Building,
    slot: life.Slot | None,
    flats: Flats,
    menu: Callable[[Building, Actor], Menu],
    chance: random.Random,
) -> life.Wish | None:
    """One or two services that can be filed at the building; None where there are none.

    Who files for itself moves into a flat that nobody has.
    """
    wished = slot.wished if slot else set()
    offered = [(code, plans) for code, plans in menu(building, agent) if code not in wished]
    number = slot.unit_number if slot else flats.give(building)
    if not offered or number is None:
        return None
    chosen: dict[str, int] = {}
    for _ in range(2 if chance.random() < BUNDLE_SHARE else 1):
        weights = [words.DEMAND[code] for code, _plans in offered]
        code, plans = chance.choices(offered, weights)[0]
        chosen[code] = chance.choice(plans)
    wished.update(chosen)
    return life.Wish(agent, building, number, list(chosen.values()), slot)


def _menus() -> Callable[[Building, Actor], Menu]:
    """What can be filed at a building: read once, since nothing changes it meanwhile."""
    known: dict[int, Menu] = {}

    def menu(building: Building, agent: Actor) -> Menu:
        if building.pk not in known:
            known[building.pk] = [
                (found.category.code, plans)
                for found in answer(building, actor=agent).categories
                if (plans := [option.plan_id for option in found.options if option.can_be_filed])
            ]
        return known[building.pk]

    return menu


def _moment(chance: random.Random, now: datetime, actor: Actor) -> datetime:
    """A moment of an agent's working day: few on days off, a little more of late."""
    zone = ZoneInfo(actor.organization.time_zone)
    while True:
        day = (now - timedelta(days=DAYS * chance.random() ** 1.15)).astimezone(zone).date()
        if not is_working_day(day) and chance.random() > 0.2:
            continue
        hour = chance.choices(range(8, 21), [1, 4, 8, 9, 8, 5, 6, 8, 8, 7, 5, 3, 1])[0]
        moment = life.at(day, hour, zone, chance.randint(0, 59))
        if moment < now:
            return moment
