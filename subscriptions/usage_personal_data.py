"""What metered use keeps of a person; imported by `personal_data`.

Use of a company's services is the company's, whoever read its meters. What a private person's own
services used is theirs.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind
from core.personal_data import erases, exports, exports_files
from core.personal_data.registry import Row
from subscriptions.models import (
    Meter,
    MeterReading,
    UsageAlert,
    UsageLimit,
    UsageMonth,
    UsageRecord,
)
from subscriptions.usage_text import sign
from users.erasure import own_organizations

BATCH = 500


@exports(
    "meters",
    _("Meters of your services"),
    order=64,
    fields={
        "subscription": _("Subscription"),
        "serial": _("Serial number"),
        "label": _("Where it is"),
        "installed": _("Installed"),
    },
)
def meters(user: Any) -> Iterable[Row]:
    rows = Meter.objects.filter(subscription__holder__in=_private(user))
    for row in rows.select_related("subscription").order_by("pk").iterator(BATCH):
        yield {
            "subscription": row.subscription.number,
            "serial": row.serial,
            "label": row.label,
            "installed": row.installed_on,
        }


@exports(
    "readings",
    _("Readings of your meters"),
    order=64,
    fields={
        "subscription": _("Subscription"),
        "serial": _("Serial number"),
        "day": _("Day"),
        "value": _("Figure"),
        "state": _("State"),
        "reason": _("Reason"),
    },
)
def readings(user: Any) -> Iterable[Row]:
    rows = _readings(user).select_related("meter__subscription").order_by("pk")
    for row in rows.iterator(BATCH):
        yield {
            "subscription": row.meter.subscription.number,
            "serial": row.meter.serial,
            "day": row.day,
            "value": row.value,
            "state": row.get_state_display(),
            "reason": row.reason,
        }


@exports(
    "usage",
    _("Use of your services by month"),
    order=64,
    fields={
        "subscription": _("Subscription"),
        "month": _("Month"),
        "amount": _("Used"),
        "unit": _("Unit of measure"),
    },
)
def usage(user: Any) -> Iterable[Row]:
    rows = UsageMonth.objects.filter(subscription__holder__in=_private(user))
    for row in rows.select_related("subscription").order_by("pk").iterator(BATCH):
        yield {
            "subscription": row.subscription.number,
            "month": row.month,
            "amount": row.amount,
            "unit": sign(row.unit),
        }


@exports_files("readings")
def photos(user: Any) -> Iterable[tuple[str, FieldFile]]:
    rows = _readings(user).exclude(photo="").select_related("meter")
    for row in rows.order_by("pk").iterator(BATCH):
        ending = (row.photo.name or "").rpartition(".")[2]
        yield f"{row.meter.serial} {row.day:%Y-%m-%d}.{ending}", row.photo


# Before the person's places in organizations go: these say what is private.
@erases(order=15)
def erase_use(user: Any) -> None:
    """All that is known of what a private person's own services used: it tells who was in, when."""
    for row in _readings(user).exclude(photo="").iterator(BATCH):
        row.photo.delete(save=True)
    own = _private(user)
    for model in (UsageMonth, UsageRecord, UsageAlert, Meter):
        model._default_manager.filter(subscription__holder__in=own).delete()
    UsageLimit.objects.filter(owner__in=own).delete()


def _readings(user: Any) -> QuerySet[MeterReading]:
    return MeterReading.objects.filter(meter__subscription__holder__in=_private(user))


def _private(user: Any) -> QuerySet:
    return own_organizations(user).filter(kind=OrganizationKind.PERSON)
