"""What a portfolio of some years has: tags, second addresses, a client who was added twice."""

import random

from django.db import transaction

from core.actor import Actor
from locations.models import Building
from pages.demo.places import Flats
from subscriptions.choices import ClientKind
from subscriptions.models import Client
from subscriptions.services.clients import (
    add_address,
    create_client,
    tag_client,
    withdraw_consent,
)

TAGS = ["постоянный", "новостройка", "перезвонить", "офис"]
LABELS = ["дача", "родители", "квартира под сдачу"]
TAGGED, MOVED = 60, 12


def keep_portfolio(
    manager: Actor, buildings: list[Building], flats: Flats, chance: random.Random
) -> None:
    """Tags, addresses, a withdrawn consent and a duplicate in the portfolio of `manager`."""
    clients = list(Client.objects.visible_to(manager).order_by("-pk")[: TAGGED * 2])
    with transaction.atomic():
        for client in chance.sample(clients, min(TAGGED, len(clients))):
            tag_client(manager, client, chance.choice(TAGS))
        for client in chance.sample(clients, min(MOVED, len(clients))):
            building, unit = flats.give_one_of(buildings)
            add_address(
                manager,
                client,
                building=building,
                unit_number=unit,
                label=chance.choice(LABELS),
            )
        # Among those shown first, so that whoever tries the portal out meets them.
        first, second, *_rest = clients
        create_client(
            manager,
            name=first.name.split()[0],
            phone=str(first.phone),
            kind=ClientKind.PERSON,
            comment="Звонил сам, просил перезвонить после обеда",
        )
        withdraw_consent(manager, second)
