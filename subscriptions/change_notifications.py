"""How events of changes are told; imported by `notifications`."""

from decimal import Decimal

from django.utils.translation import gettext as _

from core.notifications import Telling, sentence
from core.parts.text import money
from subscriptions.choices import RequestKind


@sentence("request.lapsed")
def lapsed(telling: Telling) -> str:
    return _("%(number)s: not done, the service has ended or changed before the day") % {
        "number": telling.number
    }


@sentence("subscription.change_agreed")
def agreed(telling: Telling) -> str:
    kind = telling.data.get("kind")
    if kind == RequestKind.DISCONNECT:
        text = _("%(number)s: will be disconnected, the last day is %(day)s")
    elif kind in RequestKind.values:
        text = _("%(number)s: %(kind)s agreed from %(day)s")
    else:
        return telling.number
    return text % {
        "number": telling.number,
        "kind": RequestKind(kind).label.lower(),
        "day": telling.day("on"),
    }


@sentence("subscription.changed")
def changed(telling: Telling) -> str:
    return _("%(number)s: the plan is changed") % {"number": telling.number}


@sentence("subscription.moved")
def moved(telling: Telling) -> str:
    return _("%(number)s: the service works at the new address") % {"number": telling.number}


@sentence("subscription.suspended")
def suspended(telling: Telling) -> str:
    return _("%(number)s: suspended until %(day)s") % {
        "number": telling.number,
        "day": telling.day("until"),
    }


@sentence("subscription.resumed")
def resumed(telling: Telling) -> str:
    return _("%(number)s: in force again") % {"number": telling.number}


@sentence("subscription.ended")
def ended(telling: Telling) -> str:
    return _("%(number)s: the service has ended") % {"number": telling.number}


@sentence("commission.reversed")
def commission_reversed(telling: Telling) -> str:
    amount = money(Decimal(telling.data["amount"]), telling.data["currency"])
    return _("%(number)s: the service ended early, commission %(amount)s") % {
        "number": telling.number,
        "amount": amount,
    }
