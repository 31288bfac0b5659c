"""What filing adds to homes and to the page of a request; imported by `panels`."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.registry import Column, Panel, contributes
from subscriptions.choices import RequestKind, RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.request_workflow import FINAL_STATES
from subscriptions.rights import FILING_KINDS, may_file
from subscriptions.selectors.begun import (
    again_url,
    other_provider_url,
)


@contributes("home.panels", order=20, kinds=FILING_KINDS)
def unfinished(actor: Actor, subject: None) -> Panel | None:
    """What one has begun and not filed: fetched by itself, a home has no query to spare."""
    if not may_file(actor):
        return None
    url = reverse("request_drafts")
    return Panel("drafts", _("Drafts"), "subscriptions/filing/home.html", {"url": url}, url=url)


@contributes("request.panels", order=5, kinds=FILING_KINDS)
def once_more(actor: Actor, request: ConnectionRequest) -> Panel | None:
    """To who filed it: the same once more, another provider after a refusal."""
    if request.owner_id != actor.organization_id:
        return None
    links: dict[str, str] = {}
    if may_file(actor) and request.kind == RequestKind.CONNECT:
        links["again_url"] = again_url([request])
        ended = request.state in FINAL_STATES - {RequestState.CONNECTED}
        links["again_label"] = _("Repeat") if ended else _("Copy")
        if request.state == RequestState.REJECTED:
            links["other_url"] = other_provider_url(
                request.building.public_id,
                request.unit.number,
                request.category.code,
                request.number,
            )
    if not links:
        return None
    return Panel(
        "once_more", _("Next"), "subscriptions/filing/next.html", links, column=Column.ASIDE
    )
