"""What deadlines add to homes: promised against actual times."""

from typing import Any

from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind, StaffScope
from core.parts.charts import ChartRow
from core.parts.text import grouped
from core.registry import Column, Panel, contributes
from subscriptions.commission_filters import month_in_words
from subscriptions.models import ProviderPace
from subscriptions.selectors.pace import (
    LEAST_SAMPLE,
    days_in_words,
    own_paces,
    paces_in_charge,
)

PROVIDERS = frozenset({OrganizationKind.PROVIDER})


@contributes("home.panels", order=30, kinds=PROVIDERS)
def own_pace(actor: Actor, subject: None) -> Panel | None:
    """What the provider promises against what it does: by service, and by month."""
    found = own_paces(actor)
    services = [row for row in found if row.month is None and row.city_id is None]
    months = [row for row in found if row.month is not None and row.sample >= LEAST_SAMPLE]
    if not services:
        return None
    return Panel(
        "pace",
        _("Promised and actual"),
        "subscriptions/deadlines/pace_panel.html",
        {
            "rows": [_service(row) for row in services if row.sample >= LEAST_SAMPLE],
            "least": LEAST_SAMPLE,
            "months": [_month(row) for row in sorted(months, key=_newest_first)],
        },
        column=Column.MAIN,
    )


@contributes("home.panels", order=40, kinds=(), staff=True)
def paces_of_charge(actor: Actor, subject: None) -> Panel | None:
    """To account managers: how the providers in their charge keep their word."""
    if actor.staff != StaffScope.ACCOUNT_MANAGER:
        return None
    rows = [row for row in paces_in_charge(actor) if row.sample >= LEAST_SAMPLE]
    if not rows:
        return None
    return Panel(
        "paces",
        _("Providers in your charge: promised and actual"),
        "subscriptions/deadlines/charge_panel.html",
        {"rows": [_service(row) | {"provider": row.provider.name} for row in rows]},
        column=Column.MAIN,
    )


def _service(row: ProviderPace) -> dict[str, Any]:
    return {
        "name": row.category.name if row.category else _("All services"),
        "sample": grouped(row.sample),
        "percent": row.kept * 100 // row.sample,
        "promised": days_in_words(row.promised_median),
        "usual": days_in_words(row.connect_median),
        "p90": days_in_words(row.connect_p90),
        "check": _hours(row.check_median),
        "approve": _hours(row.approve_median),
    }


def _hours(hours: int | None) -> str:
    return "" if hours is None else _("%(count)s h") % {"count": hours}


def _month(row: ProviderPace) -> ChartRow:
    percent = row.kept * 100 // row.sample
    shown = _("%(share)s%%, usually %(days)s") % {
        "share": percent,
        "days": days_in_words(row.connect_median),
    }
    return ChartRow(month_in_words(row.month), percent, shown)  # type: ignore[arg-type]


def _newest_first(row: ProviderPace) -> int:
    return -row.month.toordinal()  # type: ignore[union-attr]
