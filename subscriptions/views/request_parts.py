"""Parts of a request's page: what was looked at last, the checklist, the provider's own fields."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from core import clock
from core.actor import Actor
from core.prepared import Prepared
from subscriptions.forms.custom_fields import FieldsForm
from subscriptions.models import ChecklistItem
from subscriptions.selectors.custom_fields import filled_in
from subscriptions.selectors.request_page import corresponds
from subscriptions.services.checklists import may_tick

_NUMBER_LENGTH = 18


@dataclass(frozen=True, slots=True)
class Look:
    """When the person looked at the request before, and how far they read; None: never."""

    event_id: int | None = None
    at: datetime | None = None

    @property
    def query(self) -> str:
        """For the address of the timeline, so that marks stay while the page is open."""
        if self.event_id is None or self.at is None:
            return ""
        return "&" + urlencode({"seen": self.event_id, "since": int(self.at.timestamp())})

    def or_now(self, newest: int) -> "Look":
        """From here on, for who never looked: what comes while the page is open is new to them."""
        return self if self.event_id is not None else Look(newest, clock.now())


NO_LOOK = Look()


def look_of(request: Any) -> Look:
    """Of a request that was read for its page."""
    return Look(request.seen_event, request.seen_at)


def look_of_query(query: QueryDict) -> Look:
    """What the page said of itself when it was drawn; nonsense is no look at all."""
    given = [query.get(name, "") for name in ("seen", "since")]
    if not all(
        text.isascii() and text.isdecimal() and len(text) <= _NUMBER_LENGTH for text in given
    ):
        return NO_LOOK
    try:
        return Look(int(given[0]), datetime.fromtimestamp(int(given[1]), UTC))
    except (ValueError, OverflowError, OSError):
        return NO_LOOK


# --- checklist --------------------------------------------------------------------------------
_ITEMS = Prepared(
    lambda request: (
        ChecklistItem.objects.filter(request_id=request)
        .select_related("done_by")
        .order_by("position", "pk")
    )
)


def checklist_of(actor: Actor, request: Any) -> dict[str, Any] | None:
    """The checklist for those who correspond; None where there is none."""
    if not getattr(request, "has_checklist", True) or not corresponds(actor, request):
        return None
    items = _ITEMS.fetch(request.pk)
    if not items:
        return None
    return {
        "items": items,
        "done": sum(item.done_at is not None for item in items),
        "total": len(items),
        "may_tick": may_tick(actor, request),
        # Each side knows its own people.
        "names": actor.is_staff or actor.organization_id == request.provider_id,
    }


# --- own fields -------------------------------------------------------------------------------
def fields_panel(actor: Actor, request: Any, form: FieldsForm | None = None) -> dict | None:
    """What is filled in, and the form for what the actor may fill in; None where there is none."""
    if not getattr(request, "has_fields", True):
        return None
    found = filled_in(actor, request)
    if found is None:
        return None
    if form is None and found.fields:
        form = FieldsForm(found.fields, values=found.values, version=found.version)
    return {"lines": found.lines, "form": form}
