"""How events of use are told; imported by `notifications`."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.notifications import Subject, Telling, presenter, sentence
from subscriptions.choices import LimitKind
from subscriptions.models import UsageSettings


@sentence("reading.doubted")
def doubted(telling: Telling) -> str:
    return _("%(number)s: a meter reading is to be checked") % {"number": telling.number}


@sentence("reading.accepted")
def accepted(telling: Telling) -> str:
    return _("%(number)s: the meter reading is accepted") % {"number": telling.number}


@sentence("reading.refused")
def refused(telling: Telling) -> str:
    return _("%(number)s: the meter reading is refused, enter another") % {"number": telling.number}


@sentence("usage.limit_passed")
def passed(telling: Telling) -> str:
    month = parse_date(str(telling.data.get("month", "")))
    told = {
        "number": telling.number,
        "month": date_format(month, "YEAR_MONTH_FORMAT") if month else "",
    }
    limit = telling.data.get("limit")
    if limit == LimitKind.RISE:
        return _("%(number)s: use has risen much in %(month)s") % told
    if limit == LimitKind.NO_READING:
        return _("%(number)s: no meter reading in %(month)s") % told
    return _("%(number)s: use is above the limit in %(month)s") % told


@sentence("usage.readings_due")
def readings_due(telling: Telling) -> str:
    count = int(telling.data.get("count", 0))
    return ngettext(
        "Read %(count)s meter by day %(day)s of the month",
        "Read %(count)s meters by day %(day)s of the month",
        count,
    ) % {"count": count, "day": telling.data.get("day", "")}


@sentence("usage.readings_missing")
def readings_missing(telling: Telling) -> str:
    count = int(telling.data.get("count", 0))
    return ngettext(
        "%(count)s meter was not read in time",
        "%(count)s meters were not read in time",
        count,
    ) % {"count": count}


@presenter(UsageSettings._meta.label_lower)
def present_settings(ids: Collection[int]) -> dict[int, Subject]:
    """What an organization is told of all its meters leads to its page of use."""
    return {pk: Subject(_("Use of your services"), reverse("usage")) for pk in ids}
