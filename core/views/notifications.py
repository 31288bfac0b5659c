"""The bell, its list, and opening one of its lines."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import IN_CABINET, access
from core.actor import Actor
from core.errors import DomainError, NotVisible
from core.models import Notification
from core.notifications.delivering import may_still_read
from core.notifications.reading import (
    lines_of,
    mark_all_read,
    mark_read,
    newest_of,
    notifications_of,
    unread_count,
)
from core.pagination import paginate
from core.polling import not_modified, stamp

NEWEST = 7
# Counted up in the session when something is read: the bells of other tabs then differ.
READS = "bell"


@access(IN_CABINET)
@require_GET
def notification_list(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = notifications_of(actor).select_related("event")
    page = paginate(rows, ["-id"], request.GET.get("after", ""))
    context = {
        "page": page,
        "lines": lines_of(page.rows),
        "has_unread": unread_count(actor) > 0,
        "newest": page.rows[0].pk if page.rows else 0,
        "crumbs": [(_("Notifications"), "")],
    }
    return render(request, "core/notifications/list.html", context)


@access(IN_CABINET)
@require_GET
def notification_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks a notification as read and goes to what it is about.

    One for another organization of the reader offers to switch to it first.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    own = Notification.objects.filter(user=actor.user)
    row = own.select_related("event", "organization", "user").filter(pk=pk).first()
    if row is None or not may_still_read(row):
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    if row.organization_id != actor.organization_id:
        context = {"organization": row.organization, "crumbs": [(_("Notifications"), "")]}
        return render(request, "core/notifications/elsewhere.html", context)
    if mark_read(actor, [row.pk]):
        _count_read(request)
    (line,) = lines_of([row])
    return redirect(line.target or "notification_list")


# The switcher comes back here with the other organization.
notification_open.is_personal = True  # type: ignore[attr-defined]


@access(IN_CABINET)
@require_POST
def notification_read_all(request: HttpRequest) -> HttpResponse:
    newest = request.POST.get("newest", "")
    if not newest.isdecimal() or len(newest) > 18:
        raise DomainError(_("This form is out of date. Open the list anew."))
    mark_all_read(request.actor, int(newest))  # type: ignore[attr-defined]
    _count_read(request)
    return redirect("notification_list")


@access(IN_CABINET)
@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """The fragment in the top bar: how many are unread, and the newest."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    reads = request.session.get(READS, 0)
    if actor.organization is None:
        # No pulse beats for staff as such: what they were told last stands in its place.
        reads = f"{reads}:{newest_of(actor)}"
    unchanged = not_modified(request, reads)
    if unchanged is not None:
        return unchanged
    newest = notifications_of(actor).select_related("event").order_by("-id")[:NEWEST]
    context = {"unread": unread_count(actor), "lines": lines_of(list(newest))}
    return stamp(request, render(request, "core/notifications/bell.html", context), reads)


def _count_read(request: HttpRequest) -> None:
    request.session[READS] = request.session.get(READS, 0) + 1
