"""Calendar feeds: the page on which they are made and revoked, and the feeds themselves."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import http_date, parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.access import MEMBERS, PUBLIC, access, members_alone
from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request
from subscriptions.forms.calendar_feeds import FeedForm
from subscriptions.forms.errors import show
from subscriptions.models import CalendarFeed
from subscriptions.selectors.visit_calendar import calendar_of_visits, etag_of, visits_of_feed
from subscriptions.services.leads.screening import count_from
from subscriptions.services.visits.feeds import (
    create_feed,
    feed_at,
    feeds_of,
    revoke_feed,
    secret_of,
)
from users.addresses import client_address
from users.views.own_organization import own_organization

# Of one network in an hour: programs ask every few minutes, and know their address.
WRONG_AT_MOST = 30
READ_NOTED = timedelta(hours=1)


@access(members_alone(MEMBERS))
@require_http_methods(["GET", "POST"])
def calendar_feeds(request: Request) -> HttpResponse:
    """`?shown=` shows the address of one of them."""
    own_organization(request)
    form = FeedForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            feed = create_feed(request.actor, **form.arguments())
        except (Forbidden, NotVisible):
            raise
        except DomainError as refused:
            show(form, refused)
        else:
            messages.success(request, _("The address is made: add it to your calendar program."))
            return redirect(f"{reverse('calendar_feeds')}?shown={feed.public_id}")
    feeds = list(feeds_of(request.actor))
    shown = next((row for row in feeds if row.public_id == request.GET.get("shown")), None)
    context = {
        "form": form,
        # Staff who act for an organization come and go: what they made would stay.
        "is_member": request.actor.role is not None,
        "feeds": feeds,
        "shown": shown,
        "address": _address(shown) if shown else "",
    }
    status = 422 if form.errors else 200
    response = render(request, "subscriptions/visits/feeds.html", context, status=status)
    if shown:
        response["Cache-Control"] = "private, no-store"
    return response


@access(members_alone(MEMBERS))
@require_POST
def calendar_feed_revoke(request: Request, public_id: str) -> HttpResponse:
    revoke_feed(request.actor, public_id)
    messages.success(request, _("The address works no more."))
    return redirect("calendar_feeds")


@access(PUBLIC)
@require_safe
def calendar_feed(request: Request, token: str) -> HttpResponse:
    """The feed for a calendar program; 304 while nothing changed."""
    found = feed_at(token)
    if found is None:
        count_from(client_address(request), "calendar-feeds", WRONG_AT_MOST)
        raise Http404
    feed, actor = found
    _note_reading(feed)
    visits = visits_of_feed(feed, actor)
    tag = etag_of(feed, visits)
    known = parse_etags(request.headers.get("If-None-Match", ""))
    response: HttpResponse
    if tag in known or f"W/{tag}" in known:
        response = HttpResponseNotModified()
    else:
        with translation.override(feed.user.language):
            response = HttpResponse(
                calendar_of_visits(feed, visits), content_type="text/calendar; charset=utf-8"
            )
        response["Content-Disposition"] = 'inline; filename="visits.ics"'
    response["ETag"] = tag
    changed = [(visit.updated_at or visit.created_at).timestamp() for visit in visits]
    if changed:
        response["Last-Modified"] = http_date(max(changed))
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


def _note_reading(feed: CalendarFeed) -> None:
    """That it is used, to the hour: a write for every reading would cost more than the reading."""
    now = clock.now()
    if feed.read_at is None or now - feed.read_at > READ_NOTED:
        CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now)


def _address(feed: CalendarFeed) -> str:
    return settings.SITE_URL + reverse("calendar_feed", args=[secret_of(feed)])
