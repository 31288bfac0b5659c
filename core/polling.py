"""Pages and fragments that refresh themselves, and cost little while nothing changes.

    def request_rows(request):
        unchanged = not_modified(request)
        if unchanged is not None:
            return unchanged
        ...
        return stamp(request, render(...))

What is compared is the version of the organization's pulse, which comes with the actor: a poll that
is answered 304 reads the session and the actor and nothing else.
"""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone, translation
from django.utils.http import parse_etags

from core.actor import Actor
from core.models import FeedCounter, Pulse

# “3 h left” goes stale by itself: an unchanged answer is given for so long at most.
STALE_SECONDS = 300
# Spreads the moments at which different people's answers go stale, lest all ask at once.
SPREAD = 37


def not_modified(request: HttpRequest, *extra: Any) -> HttpResponse | None:
    """The empty answer 304 when the asker has what the view would show; else None.

    `extra` are the view's own dependencies beside the organization's events: anything with a
    telling `str()`, the same as given to `stamp`.
    """
    tag = tag_of(request, *extra)
    if tag not in parse_etags(request.headers.get("If-None-Match", "")):
        return None
    response = HttpResponseNotModified()
    _set_headers(response, tag)
    return response


def stamp(request: HttpRequest, response: HttpResponse, *extra: Any) -> HttpResponse:
    """Marks what was shown, so that the next poll can be answered by `not_modified`."""
    if response.status_code == 200:
        _set_headers(response, tag_of(request, *extra))
    return response


def tag_of(request: HttpRequest, *extra: Any, path: str = "") -> str:
    """The ETag of what this asker sees at this address now.

    With `path` at that address: a page that holds a fragment gives it as the first
    `data-poll-tag`, so that the first poll is answered 304 as well. The version is the one that was
    read with the actor, before the view read anything: an event in between makes the tag older
    than the content, never newer.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    parts = [
        _version(request, actor),
        actor.user_id,
        actor.organization_id,
        actor.role,
        actor.staff,
        translation.get_language(),
        timezone.get_current_timezone_name(),
        path or request.get_full_path(),
        _period(actor),
        *extra,
    ]
    text = "\n".join(str(part) for part in parts)
    # Weak, as what compresses on the way makes it so anyway.
    return f'W/"{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"'


def go_by(request: HttpRequest, version: Any) -> None:
    """For this request `version` stands in the place of the pulse.

    For pages of staff, who act for no organization: the whole portal's counter changes with every
    event of anybody, a desk's list only with the desk. Read it before anything that is shown.
    """
    request._pulse_version = version  # type: ignore[attr-defined]


def _set_headers(response: HttpResponse, tag: str) -> None:
    response["ETag"] = tag
    # Polls keep the tag themselves: a browser that kept the page would show it again after a
    # redirect, without the message that an action left.
    response["Cache-Control"] = "private, no-store"


def _period(actor: Actor) -> int:
    shift = (actor.user_id or 0) * SPREAD
    return int(timezone.now().timestamp() + shift) // STALE_SECONDS


def _version(request: HttpRequest, actor: Actor) -> Any:
    """The pulse of the actor's organization; for staff without one the whole portal's."""
    known: Any = getattr(request, "_pulse_version", None)
    if known is None:
        known = _read_version(actor)
        request._pulse_version = known  # type: ignore[attr-defined]
    return known


def _read_version(actor: Actor) -> int:
    if actor.organization is None:
        counter = FeedCounter.objects.filter(pk=1).first() if actor.is_staff else None
        return counter.last if counter else 0
    return pulse_of(actor.organization)


def pulse_of(organization: Any) -> int:
    """How often something has happened to an organization; it is read with the actor."""
    try:
        return int(organization.pulse.version)
    except Pulse.DoesNotExist:
        return 0
