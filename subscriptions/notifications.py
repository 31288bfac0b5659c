"""How events of requests are told: what they are about, to whom, and in which words."""

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext as _

from core.notifications import Subject, Telling, presenter, recipients, sentence
from core.parts.text import money
from subscriptions import (  # noqa: F401
    centre_notifications,
    change_notifications,
    client_notifications,
    deadline_notifications,
    lead_notifications,
    page_notifications,
    usage_notifications,
    visit_notifications,
    watch_notifications,
)
from subscriptions.choices import CancelReason, RejectReason, RequestState
from subscriptions.models import Commission, ConnectionRequest, Subscription
from subscriptions.selectors.recipients import (
    told_of_commission,
    told_of_request,
    told_of_subscription,
)
from subscriptions.selectors.request_page import plan_in_words

REQUEST, SUBSCRIPTION, COMMISSION = (
    model._meta.label_lower for model in (ConnectionRequest, Subscription, Commission)
)


# --- what it is about -------------------------------------------------------------------------
def _in_words(plan: str, provider: str, address: str, unit: str) -> str:
    """ "Start 300, Ufanet → Kazan, Chistopolskaya, 12, unit 47"."""
    service = _("%(plan)s, %(provider)s") % {"plan": plan, "provider": provider}
    place = _("%(address)s, unit %(unit)s") if unit else "%(address)s"
    return f"{service} → {place % {'address': address, 'unit': unit}}"


@presenter(REQUEST)
def present_requests(ids: Collection[int]) -> dict[int, Subject]:
    rows = ConnectionRequest.objects.filter(pk__in=ids).values_list(
        "pk", "number", "kind", "plan__name", "provider__name", "building__address", "unit__number"
    )
    return {
        pk: Subject(
            _in_words(plan_in_words(kind, plan), *words), reverse("request_detail", args=[number])
        )
        for pk, number, kind, plan, *words in rows
    }


@presenter(SUBSCRIPTION)
def present_subscriptions(ids: Collection[int]) -> dict[int, Subject]:
    rows = Subscription.objects.filter(pk__in=ids).values_list(
        "pk", "number", "plan__name", "provider__name", "building__address", "unit__number"
    )
    return {
        pk: Subject(_in_words(*words), reverse("subscription_detail", args=[number]))
        for pk, number, *words in rows
    }


@presenter(COMMISSION)
def present_commissions(ids: Collection[int]) -> dict[int, Subject]:
    rows = Commission.objects.filter(pk__in=ids).values_list(
        "pk",
        "request__number",
        "request__plan__name",
        "request__provider__name",
        "request__building__address",
        "request__unit__number",
    )
    return {
        pk: Subject(_in_words(*words), reverse("request_detail", args=[number]))
        for pk, number, *words in rows
    }


# --- who is told ------------------------------------------------------------------------------
recipients(REQUEST)(told_of_request)
recipients(SUBSCRIPTION)(told_of_subscription)
recipients(COMMISSION)(told_of_commission)


# --- in which words ---------------------------------------------------------------------------
def _label(choices: type[TextChoices], value: Any) -> str:
    """The label of a stored value; "" for none of the choices."""
    return str(choices(value).label) if value in choices.values else ""


def _with_reason(text: str, choices: type[TextChoices], telling: Telling) -> str:
    reason = _label(choices, telling.data.get("reason"))
    return f"{text} ({reason})" if reason else text


def _about(kind: str) -> Callable[[Callable[[Telling], str]], Callable[[Telling], str]]:
    """Registers what is said of a request after its number."""

    def register(words: Callable[[Telling], str]) -> Callable[[Telling], str]:
        sentence(kind)(lambda telling: f"{telling.number}: {words(telling)}")
        return words

    return register


@sentence("request.submitted")
def submitted(telling: Telling) -> str:
    return _("New request %(number)s") % {"number": telling.number}


@_about("request.moved")
def moved(telling: Telling) -> str:
    if telling.data.get("transition") == "cancel_visit":
        return _("the visit is cancelled, another is needed")
    return _label(RequestState, telling.data.get("to"))


@_about("request.needs_info")
def needs_info(telling: Telling) -> str:
    return _("the provider asks for more information")


@_about("request.answered")
def answered(telling: Telling) -> str:
    return _("your question is answered")


@_about("request.scheduled")
def scheduled(telling: Telling) -> str:
    text = (
        _("the visit is moved to %(when)s")
        if telling.data.get("from") == RequestState.SCHEDULED
        else _("visit scheduled for %(when)s")
    )
    return text % {"when": telling.moment("starts_at")}


@_about("request.rejected")
def rejected(telling: Telling) -> str:
    return _with_reason(_("rejected"), RejectReason, telling)


@_about("request.cancelled")
def cancelled(telling: Telling) -> str:
    return _with_reason(_("cancelled"), CancelReason, telling)


@_about("request.held")
def held(telling: Telling) -> str:
    until = telling.day("until")
    return _("on hold until %(day)s") % {"day": until} if until else _("on hold")


@_about("request.resumed")
def resumed(telling: Telling) -> str:
    return _("work goes on")


@_about("request.connected")
def connected(telling: Telling) -> str:
    return _("connected")


@_about("request.overdue")
def overdue(telling: Telling) -> str:
    return _("the deadline is missed")


@_about("note.added")
def noted(telling: Telling) -> str:
    return _("new note")


@_about("subscription.started")
def started(telling: Telling) -> str:
    return _("the subscription is in force")


@_about("commission.accrued")
def accrued(telling: Telling) -> str:
    amount = money(Decimal(telling.data["amount"]), telling.data["currency"])
    return _("commission %(amount)s") % {"amount": amount}
