"""A million requests, inserted in bulk: the same every time, uneven as real portfolios are."""

import random
import sys
import time

from django.core.management import CommandError
from django.db import connection

from bench.data.clients import make_clients
from bench.data.common import NOW, SEED
from bench.data.organizations import agencies, companies, make_organizations, providers
from bench.data.outcomes import make_companies, make_subscriptions
from bench.data.places import make_offers, make_places
from bench.data.requests import make_events, make_figures, make_requests
from bench.data.tickets import make_tickets
from bench.shape import Shape
from locations.models import Building
from subscriptions.models import ConnectionRequest, Subscription
from subscriptions.services.spend import holders, refresh
from users.models import Organization

__all__ = ["NOW", "agencies", "companies", "ensure", "providers"]


def ensure(shape: Shape) -> None:
    """Fills an empty database; leaves one that this benchmark filled with the same shape alone.

    Raises CommandError for a database that holds anything else: figures would mean nothing, and
    nobody's data is to be touched.
    """
    have = Organization.objects.count()
    if have == 0:
        _fill(shape)
    elif not (
        Organization.objects.filter(name="Bench agency 1").exists()
        and have == shape.agencies + shape.providers + shape.companies
    ):
        raise CommandError(
            "DATABASE_URL names a database with other data in it; the benchmark needs an empty one."
        )


def sum_up() -> None:
    """What holders' pages read, counted as the job counts it after every change."""
    for owner_id in holders():
        refresh(owner_id)


def _fill(shape: Shape) -> None:
    chance = random.Random(SEED)
    steps = [
        ("organizations", lambda: make_organizations(shape)),
        ("places", lambda: make_places(shape, chance)),
        ("zones and plans", lambda: make_offers(shape, chance)),
        ("clients", lambda: make_clients(shape, chance)),
        ("requests", lambda: make_requests(shape, chance)),
        ("companies", lambda: make_companies(shape)),
        ("subscriptions", lambda: make_subscriptions(shape, chance)),
        ("events", make_events),
        ("tickets", lambda: make_tickets(shape)),
        ("figures", make_figures),
        ("sums of holders", sum_up),
    ]
    for name, step in steps:
        began = time.monotonic()
        step()
        print(f"  {name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            tables = ", ".join(
                model._meta.db_table for model in (ConnectionRequest, Subscription, Building)
            )
            cursor.execute(f"ANALYZE TABLE {tables}")
        else:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
