"""How events of watches are told; imported by `notifications`."""

from collections.abc import Collection
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.notifications import Subject, Telling, presenter, recipients, sentence
from subscriptions.models import AvailabilityWatch, WatchList
from subscriptions.selectors.catalogue import category_coded
from subscriptions.selectors.recipients import told_of_watch

WATCH, LIST = (model._meta.label_lower for model in (AvailabilityWatch, WatchList))


@presenter(WATCH)
def present_watches(ids: Collection[int]) -> dict[int, Subject]:
    """By the address; for whom it is awaited stands on the page of watches."""
    rows = AvailabilityWatch.objects.filter(pk__in=ids).values_list(
        "pk", "building__address", "building__public_id", "category__code"
    )
    return {
        pk: Subject(
            address,
            f"{reverse('availability_building', args=[public_id])}"
            f"?{urlencode({'category': category})}",
        )
        for pk, address, public_id, category in rows
    }


@presenter(LIST)
def present_lists(ids: Collection[int]) -> dict[int, Subject]:
    rows = WatchList.objects.filter(pk__in=ids).values_list("pk", "public_id")
    return {
        pk: Subject(_("A list of addresses"), f"{reverse('watches')}?{urlencode({'list': public})}")
        for pk, public in rows
    }


recipients(WATCH)(told_of_watch)
recipients(LIST)(told_of_watch)


@sentence("watch.came_true")
def came_true(telling: Telling) -> str:
    return _("%(service)s can be connected now") % {"service": _service(telling)}


@sentence("watch.expired")
def expired(telling: Telling) -> str:
    return _("%(service)s has not appeared within a year: ask anew if it is still needed") % {
        "service": _service(telling)
    }


@sentence("watch_list.came_true")
def list_came_true(telling: Telling) -> str:
    count = int(telling.data.get("count", 0))
    return ngettext(
        "%(service)s can be connected now at %(count)s building",
        "%(service)s can be connected now at %(count)s buildings",
        count,
    ) % {"service": _service(telling), "count": count}


@sentence("watch_list.expired")
def list_expired(telling: Telling) -> str:
    count = int(telling.data.get("count", 0))
    return ngettext(
        "%(service)s has not appeared within a year at %(count)s building",
        "%(service)s has not appeared within a year at %(count)s buildings",
        count,
    ) % {"service": _service(telling), "count": count}


def _service(telling: Telling) -> str:
    found = category_coded(str(telling.data.get("category", "")))
    return found.name if found else _("The service")
