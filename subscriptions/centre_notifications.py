"""How announced prices, ending terms and findings are told."""

from collections.abc import Collection
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.notifications import Subject, Telling, presenter, sentence
from core.parts.text import money
from subscriptions.choices import ReminderKind
from subscriptions.models import Finding, HolderReminder, Holding, PriceChange

CHANGE, REMINDER, HOLDING, FINDING = (
    model._meta.label_lower for model in (PriceChange, HolderReminder, Holding, Finding)
)
_WITHIN: dict[str, str] = {
    ReminderKind.TERM_30: "term_within=30",
    ReminderKind.TERM_7: "term_within=7",
}


@presenter(CHANGE)
def present_changes(ids: Collection[int]) -> dict[int, Subject]:
    """By plan and provider; it leads each side to its own subscriptions of that change."""
    rows = PriceChange.objects.filter(pk__in=ids).values_list(
        "pk", "public_id", "plan__name", "provider__name"
    )
    base = reverse("subscription_list")
    return {
        pk: Subject(
            _("%(plan)s, %(provider)s") % {"plan": plan, "provider": provider},
            f"{base}?{urlencode({'price_change': public_id})}",
        )
        for pk, public_id, plan, provider in rows
    }


@presenter(REMINDER)
def present_reminders(ids: Collection[int]) -> dict[int, Subject]:
    base = reverse("subscription_list")
    rows = HolderReminder.objects.filter(pk__in=ids).values_list("pk", "kind")
    return {
        pk: Subject(str(ReminderKind(kind).label), f"{base}?{_WITHIN.get(kind, 'state=SUSPENDED')}")
        for pk, kind in rows
    }


@presenter(HOLDING)
def present_holdings(ids: Collection[int]) -> dict[int, Subject]:
    return {pk: Subject(_("What could cost less"), reverse("finding_list")) for pk in ids}


@presenter(FINDING)
def present_findings(ids: Collection[int]) -> dict[int, Subject]:
    rows = Finding.objects.filter(pk__in=ids).values_list("pk", "subscription__number")
    return {pk: Subject(number, reverse("finding_list")) for pk, number in rows}


def _change(telling: Telling) -> dict[str, str | int]:
    price = money(Decimal(telling.data["price"]), telling.data["currency"])
    return {
        "price": price,
        "day": telling.day("starts_on"),
        "count": int(telling.data.get("count", 0)),
    }


@sentence("price_change.announced")
def announced(telling: Telling) -> str:
    said = _change(telling)
    return (
        ngettext(
            "from %(day)s %(count)s service costs %(price)s a month",
            "from %(day)s %(count)s services cost %(price)s a month each",
            int(said["count"]),
        )
        % said
    )


@sentence("price_change.reminded")
def reminded(telling: Telling) -> str:
    return _("the new price of %(price)s a month begins: %(day)s") % _change(telling)


@sentence("price_change.withdrawn")
def withdrawn(telling: Telling) -> str:
    return _("the announced price of %(price)s a month is withdrawn") % _change(telling)


@sentence("price_change.applied")
def applied(telling: Telling) -> str:
    return _("the price of %(price)s a month is in force") % _change(telling)


@sentence("subscriptions.terms_ending")
def terms_ending(telling: Telling) -> str:
    count = int(telling.data["count"])
    text = ngettext("%(count)s term ends: %(day)s", "%(count)s terms end: %(day)s", count)
    return text % {"count": count, "day": telling.day("day")}


@sentence("subscriptions.suspensions_ending")
def suspensions_ending(telling: Telling) -> str:
    count = int(telling.data["count"])
    text = ngettext(
        "%(count)s suspension ends: %(day)s", "%(count)s suspensions end: %(day)s", count
    )
    return text % {"count": count, "day": telling.day("day")}


@sentence("findings.made")
def findings_made(telling: Telling) -> str:
    count = int(telling.data["count"])
    text = ngettext(
        "%(count)s service could cost less, or looks doubled",
        "%(count)s services could cost less, or look doubled",
        count,
    )
    return text % {"count": count}
