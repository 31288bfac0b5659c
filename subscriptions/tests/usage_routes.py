"""Arguments of the routes of metered use for the access tests; imported by `routes`."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

from core import clock
from core.actor import system_actor
from core.operations import prepare_operation
from core.tests.route_samples import Kwargs, World, sample
from subscriptions.choices import ReadingState
from subscriptions.models import Meter, MeterReading, Subscription, UsageLimit
from subscriptions.services.usage import NewMeter, NewReading, add_meter, enter_reading, set_limit
from subscriptions.tests.usage import subscription_of


def _subscription(world: World) -> Subscription:
    """Electricity of the company at the provider, handed over by another agency."""
    return world.once(
        "metered",
        lambda: subscription_of(world.people["COMPANY"], world.people["PROVIDER OWNER"]),
    )


def _meter(world: World) -> Meter:
    def hang() -> Meter:
        day = clock.today() - timedelta(days=60)
        new = NewMeter("KWH", "00123456", day, {"ALL": Decimal(100)})
        return add_meter(system_actor(), _subscription(world), new)

    return world.once("meter", hang)


def _reading(world: World) -> MeterReading:
    """A doubtful one with a photo."""

    def read() -> MeterReading:
        meter = _meter(world)
        (made,) = enter_reading(
            system_actor(),
            meter,
            NewReading(clock.today() - timedelta(days=1), {"ALL": Decimal(200)}),
        )
        made.photo.save("sample.jpg", ContentFile(b"\xff\xd8\xff"))
        MeterReading.objects.filter(pk=made.pk).update(state=ReadingState.DOUBTFUL)
        return made

    return world.once("reading", read)


@sample("subscription_usage")
@sample("usage_figure_new")
@sample("usage_meter_new")
@sample("subscription_limit")
def a_metered_subscription(world: World) -> Kwargs:
    return {"number": _subscription(world).number}


@sample("usage_reading_new")
@sample("usage_meter_remove")
def a_meter(world: World) -> Kwargs:
    return {"number": _subscription(world).number, "public_id": _meter(world).public_id}


@sample("usage_reading_correct")
@sample("usage_reading_decide")
@sample("usage_reading_photo")
def a_reading(world: World) -> Kwargs:
    return {"number": _subscription(world).number, "public_id": _reading(world).public_id}


@sample("usage_limit_remove")
def a_limit(world: World) -> Kwargs:
    def limit() -> UsageLimit:
        return set_limit(
            world.people["COMPANY"], "NO_READING", 20, subscription=_subscription(world)
        )

    return {"public_id": world.once("limit", limit).public_id}


@sample("usage_import_check")
def an_import_of_use(world: World) -> Kwargs:
    prepared: Any = prepare_operation(
        world.people["PROVIDER OWNER"],
        "usage.import",
        {"ending": "csv", "mapping": ["subscription", "month", "amount"]},
        source=ContentFile("Номер;Месяц;Расход\nES-1234-5674;10.2026;12\n".encode()),
    )
    return {"public_id": prepared.public_id}


@sample("usage_import_template", shared=True)
def an_example_of_use(world: World) -> Kwargs:
    return {"ending": "csv"}
