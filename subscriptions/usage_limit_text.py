"""Limits and alerts of use in words."""

from django.utils.translation import gettext as _

from subscriptions.choices import LimitKind
from subscriptions.models import UsageAlert, UsageLimit
from subscriptions.selectors.usage.subscription import LimitLine
from subscriptions.usage_text import amount, month_of_year


def value_in_words(limit: UsageLimit) -> str:
    """ "300 kWh a month", "50 % above the usual", "by day 20"."""
    if limit.kind == LimitKind.AMOUNT:
        return _("%(amount)s a month") % {"amount": amount(limit.amount, limit.unit)}
    if limit.kind == LimitKind.RISE:
        return _("%(percent)s %% above the usual") % {"percent": limit.percent}
    return _("by day %(day)s of the month") % {"day": limit.day}


def limit_in_words(line: LimitLine) -> tuple[str, str, str]:
    """What a line says: the kind, its value, and where the value comes from."""
    kind = str(LimitKind(line.kind).label)
    if line.limit is not None:
        where = "" if line.own else _("set for the whole service")
        return kind, value_in_words(line.limit), where
    if line.included is not None:
        unit, included = line.included
        return (
            kind,
            _("%(amount)s a month") % {"amount": amount(included, unit)},
            _("included in the plan"),
        )
    return kind, "", ""


def alert_in_words(alert: UsageAlert) -> str:
    """A sentence about a limit that was passed."""
    told = {
        "month": month_of_year(alert.month),
        "amount": amount(alert.amount, alert.unit),
        "allowed": amount(alert.allowed, alert.unit),
    }
    if alert.kind == LimitKind.NO_READING:
        return _("%(month)s: no meter reading yet.") % told
    if alert.kind == LimitKind.RISE:
        if alert.is_forecast:
            return _("%(month)s: at this rate %(amount)s, much more than usual.") % told
        return _("%(month)s: %(amount)s, much more than usual.") % told
    if alert.is_forecast:
        return _("%(month)s: at this rate %(amount)s, the limit is %(allowed)s.") % told
    return _("%(month)s: %(amount)s, the limit is %(allowed)s.") % told
