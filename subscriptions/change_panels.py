"""What a change changes, on the page of its request."""

from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.registry import Column, Panel, contributes
from subscriptions.choices import RequestKind
from subscriptions.models import ConnectionRequest
from subscriptions.selectors.changes import change_for_page, facts_of, is_draft


@contributes("request.panels", order=5, staff=True)
def what_it_changes(actor: Actor, request: ConnectionRequest) -> Panel | None:
    if request.kind == RequestKind.CONNECT:
        return None
    found = change_for_page(actor, request.number)
    seen = found.sees_subscription  # type: ignore[attr-defined]
    context = {
        "facts": facts_of(found),
        "subscription": found.subscription if seen else None,
        "draft": found if is_draft(found) and actor.organization_id == found.owner_id else None,
    }
    template = "subscriptions/changes/request_panel.html"
    return Panel("change", _("What changes"), template, context, column=Column.WIDE)
