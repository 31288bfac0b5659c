"""How a subscription's use is found for its pages, and the way back."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.http import Request
from core.ids import is_public_id
from core.querysets import refuse_invisible
from subscriptions.models import Meter, MeterReading, Subscription
from subscriptions.selectors.request_page import place_in_words
from subscriptions.selectors.usage.subscription import visible_reading
from subscriptions.usage_rights import HOLDING_KINDS, metered

holders = access(only(*HOLDING_KINDS))
tellers = access(only(OrganizationKind.PROVIDER, *HOLDING_KINDS, least=Role.MEMBER))
providers = access(only(OrganizationKind.PROVIDER))


def usage_of(request: Request, number: str) -> Subscription:
    """The subscription whose use the page is about, or NotVisible."""
    return metered(request.actor, number)


def meter_of(request: Request, subscription: Subscription, public_id: str) -> Meter:
    rows = Meter.objects.visible_to(request.actor).filter(subscription=subscription)
    found = rows.filter(public_id=public_id).first() if is_public_id(public_id) else None
    if found is None:
        refuse_invisible()
    found.subscription = subscription
    return found


def reading_of(request: Request, subscription: Subscription, public_id: str) -> MeterReading:
    found = (
        visible_reading(request.actor, subscription, public_id) if is_public_id(public_id) else None
    )
    if found is None:
        refuse_invisible()
    found.meter.subscription = subscription
    return found


def crumbs_to(subscription: Subscription, here: str = "") -> list[tuple[str, str]]:
    number = subscription.number
    way = [
        (_("Subscriptions"), reverse("subscription_list")),
        (number, reverse("subscription_detail", args=[number])),
    ]
    if not here:
        return [*way, (_("Use"), "")]
    return [*way, (_("Use"), reverse("subscription_usage", args=[number])), (here, "")]


def named(subscription: Subscription) -> dict[str, object]:
    """What every page about a subscription's use says of it."""
    return {
        "row": subscription,
        "place": place_in_words(subscription.building.address, subscription.unit.number),
        "back_url": reverse("subscription_usage", args=[subscription.number]),
    }
