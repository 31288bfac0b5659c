"""Arguments of the routes of the subscriptions centre for the access tests."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import timezone

from core import clock
from core.operations import prepare_operation
from core.tests.route_samples import Kwargs, World, sample
from subscriptions.choices import FindingKind, RequestState
from subscriptions.models import Finding, PriceChange, Subscription, SubscriptionFile
from subscriptions.tests.centre import held
from subscriptions.tests.factories import ClientFactory, PlanFactory, request_in


def _own(world: World) -> Subscription:
    """A service that the agency filed for a client of its own."""

    def make() -> Subscription:
        plan = PlanFactory(provider=world.provider)
        request = request_in(
            RequestState.CONNECTED,
            owner=world.agency,
            plan=plan,
            client=ClientFactory(owner=world.agency),
        )
        return request.outcome

    return world.once("subscription", make)


def _held(world: World) -> Subscription:
    """A service that the company filed for itself."""

    def make() -> Subscription:
        plan = PlanFactory(provider=world.provider)
        request = request_in(
            RequestState.CONNECTED,
            owner=world.company,
            holder=world.company,
            plan=plan,
            client=None,
        )
        return request.outcome

    return world.once("held subscription", make)


@sample("subscription_detail")
@sample("subscription_terms")
@sample("subscription_note")
@sample("subscription_sort")
@sample("subscription_file_add")
def a_subscription(world: World) -> Kwargs:
    return {"number": _own(world).number}


@sample("subscription_price")
@sample("subscription_end")
def a_service_written_down(world: World) -> Kwargs:
    row = world.once(
        "record", lambda: held(world.company, plan=PlanFactory(provider=world.provider))
    )
    return {"number": row.number}


@sample("subscription_file")
@sample("subscription_file_remove")
def a_paper(world: World) -> Kwargs:
    row = _own(world)
    stored = SubscriptionFile.objects.create(
        subscription=row,
        kind="CONTRACT",
        file=ContentFile(b"plain text", name="contract.txt"),
        name="contract.txt",
        size=10,
        organization=world.agency,
        created_at=timezone.now(),
    )
    return {"number": row.number, "public_id": stored.public_id}


@sample("subscription_word", shared=True)
def a_new_tag(world: World) -> Kwargs:
    return {"kind": "tags", "pk": 0}


@sample("subscription_import_template", shared=True)
@sample("spend_export", shared=True)
def an_ending(world: World) -> Kwargs:
    return {"ending": "csv"}


@sample("subscription_import_check")
def an_import(world: World) -> Kwargs:
    prepared = prepare_operation(
        world.people["COMPANY"],
        "subscriptions.import",
        {"ending": "csv", "mapping": ["address", "category", "provider", "price"]},
        source=ContentFile("Адрес;Услуга;Провайдер;Цена\nКазань, Мира, 1;tv;Нет;1\n".encode()),
    )
    return {"public_id": prepared.public_id}


@sample("finding_decide")
def a_finding(world: World) -> Kwargs:
    row = _held(world)
    found = Finding.objects.create(
        owner=world.company,
        kind=FindingKind.OVERPRICED,
        subscription=row,
        plan=row.plan,
        saving_month=Decimal(10),
        once=Decimal(0),
        saving_year=Decimal(120),
        key=f"O:{row.pk}:{uuid4().hex[:8]}",
        found_at=timezone.now(),
    )
    return {"public_id": found.public_id}


@sample("price_change_new")
def a_plan_with_subscribers(world: World) -> Kwargs:
    return {"public_id": _own(world).plan.public_id}


@sample("price_change")
@sample("price_change_withdraw")
def a_price_change(world: World) -> Kwargs:
    change = PriceChange.objects.create(
        provider=world.provider,
        plan=_own(world).plan,
        price=Decimal(700),
        starts_on=clock.today() + timedelta(days=40),
        state="ANNOUNCED",
        form_token=uuid4(),
        created_at=timezone.now(),
    )
    return {"public_id": change.public_id}
