"""Limits and reminders that a holder sets."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from locations.models import ServiceCategory
from subscriptions.choices import LimitKind, UsageUnit
from subscriptions.models import Subscription, UsageLimit, UsageSettings
from subscriptions.models.usage_limits import LAST_DAY
from subscriptions.services.usage.checking import check_later
from subscriptions.services.usage.rows import check_amount
from subscriptions.usage_rights import may_keep_limits
from subscriptions.usage_rules import units_of

PERCENT_AT_MOST = 10_000


def set_limit(
    actor: Actor,
    kind: str,
    value: Decimal | int,
    *,
    subscription: Subscription | None = None,
    category: ServiceCategory | None = None,
    unit: str = "",
) -> UsageLimit:
    """Sets a limit on a subscription, or on all of a category (one of the two); replaces the old.

    `value`: an amount a month, a per cent above the usual, or a day of the month, by `kind`.
    Raises Forbidden, NotVisible, DomainError with field `value` or `unit`.
    """
    if (subscription is None) == (category is None):
        raise TypeError("A limit is on a subscription or on a category.")
    _require_right(actor)
    if subscription is not None:
        get_visible(Subscription.objects, actor, pk=subscription.pk)
    code = subscription.category.code if subscription else category.code  # type: ignore[union-attr]
    fields = _fields(kind, value, unit, code)
    of = f"s{subscription.pk}" if subscription else f"c{category.pk}"  # type: ignore[union-attr]
    with transaction.atomic():
        limit, _made = UsageLimit.objects.update_or_create(
            key=f"{actor.organization_id}:{kind}:{of}",
            defaults=fields,
            create_defaults={
                **fields,
                "owner": actor.organization,
                "kind": kind,
                "subscription": subscription,
                "category": category,
                "created_at": clock.now(),
            },
        )
        _tell(actor, limit)
        check_later(_concerned(actor, subscription, category))
    return limit


def remove_limit(actor: Actor, limit: UsageLimit) -> None:
    """Takes a limit away; once more changes nothing. Raises Forbidden."""
    _require_right(actor)
    with transaction.atomic():
        row = UsageLimit.objects.visible_to(actor).select_for_update().filter(pk=limit.pk).first()
        if row is not None:
            _tell(actor, row)
            row.delete()


def set_readings_day(actor: Actor, day: int | None) -> UsageSettings:
    """By which day of the month meters are to be read; None: nobody is reminded.

    Raises Forbidden, DomainError with field `readings_by`.
    """
    _require_right(actor)
    if day is not None and not 1 <= day <= LAST_DAY:
        raise DomainError(
            _("Choose a day from 1 to %(last)s.") % {"last": LAST_DAY}, field="readings_by"
        )
    with transaction.atomic():
        row, _made = UsageSettings.objects.update_or_create(
            organization=actor.organization, defaults={"readings_by": day}
        )
        emit(
            actor,
            "usage.settings_changed",
            actor.organization,
            {PartyRole.OWNER: actor.organization},
        )
    return row


def _fields(kind: str, value: Decimal | int, unit: str, category: str) -> Mapping[str, Any]:
    if kind == LimitKind.AMOUNT:
        units = units_of(category)
        if unit not in (units or UsageUnit.values):
            raise DomainError(_("This service is not measured in this unit."), field="unit")
        amount = check_amount(Decimal(value), "value")
        return {"amount": amount, "unit": unit, "percent": None, "day": None}
    most = PERCENT_AT_MOST if kind == LimitKind.RISE else LAST_DAY
    if kind not in LimitKind.values or int(value) != value or not 1 <= value <= most:
        raise DomainError(
            _("Write a whole number from 1 to %(most)s.") % {"most": most}, field="value"
        )
    name = "percent" if kind == LimitKind.RISE else "day"
    return {"amount": None, "unit": "", "percent": None, "day": None} | {name: int(value)}


def _concerned(
    actor: Actor, subscription: Subscription | None, category: ServiceCategory | None
) -> list[int]:
    if subscription is not None:
        return [subscription.pk]
    rows = Subscription.objects.filter(holder=actor.organization, category=category)
    return list(rows.values_list("pk", flat=True))


def _tell(actor: Actor, limit: UsageLimit) -> None:
    parties = {PartyRole.OWNER: actor.organization}
    emit(actor, "usage.limit_changed", actor.organization, parties, {"limit": limit.kind})


def _require_right(actor: Actor) -> None:
    if not may_keep_limits(actor):
        raise Forbidden(_("Only managers and owners of the organization can do this."))
