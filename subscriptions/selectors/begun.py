"""What a filing begins with: what was left unfinished, a request to file once more, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.http import QueryDict
from django.urls import reverse

from core.actor import Actor
from core.ids import is_public_id
from core.pagination import Page, paginate
from locations.models import Building
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, FilingDraft, RequestBundle
from subscriptions.rights import files_for_itself
from subscriptions.selectors.request_page import place_in_words

SHOWN_AT_HOME = 5


@dataclass(frozen=True, slots=True)
class Begun:
    """What stands in the form when it is opened; `source` says where it is from, "" for nowhere.

    "left": typed and not sent; "drafts": requests that are drafted and not filed, which the form
    then changes; "copy": another request of one's own.
    """

    form_token: UUID = field(default_factory=uuid4)
    unit: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    at: datetime | None = None


def begun_filing(actor: Actor, building: Building, unit: str, query: QueryDict) -> Begun:
    """What the wizard's first step begins with at `building` and `unit` (as typed, or "").

    `query` may name it: `fresh`, `draft` (of one's own), `bundle` (whose drafts are chosen anew),
    `like` (a request to file once more). Otherwise it is what one left at this very unit. What is
    not there, or not the actor's, counts as nothing. Three queries at most.
    """
    if "fresh" in query:
        return Begun()
    for name, find in (("draft", _left), ("bundle", _drafted), ("like", _copied)):
        given = query.get(name, "")
        found = find(actor, building, str(given)) if given else None
        if found is not None:
            return found
    if not unit and not building.is_private_house:
        return Begun()
    return _left_at(actor, building, unit) or _drafted_at(actor, building, unit) or Begun()


def _left(actor: Actor, building: Building, public_id: str) -> Begun | None:
    if not is_public_id(public_id):
        return None
    rows = FilingDraft.objects.visible_to(actor).filter(public_id=public_id, building=building)
    return _of_left(rows.first())


def _left_at(actor: Actor, building: Building, unit: str) -> Begun | None:
    rows = FilingDraft.objects.visible_to(actor).filter(building=building, unit_number=unit)
    return _of_left(rows.order_by("-updated_at", "-pk").first())


def _of_left(row: FilingDraft | None) -> Begun | None:
    if row is None:
        return None
    return Begun(row.form_token, row.unit_number, row.typed, "left", row.updated_at)


def _drafted(actor: Actor, building: Building, public_id: str) -> Begun | None:
    if not is_public_id(public_id):
        return None
    bundles = RequestBundle.objects.visible_to(actor).filter(public_id=public_id)
    rows = _drafts(actor).filter(building=building, bundle__in=bundles.values("pk"))
    return _of_drafts(rows.order_by("pk").first(), actor)


def _drafted_at(actor: Actor, building: Building, unit: str) -> Begun | None:
    rows = _drafts(actor).filter(
        building=building,
        unit__number=unit,
        created_by_id=actor.user_id,
        bundle__isnull=False,
    )
    return _of_drafts(rows.order_by("-pk").first(), actor)


def _drafts(actor: Actor) -> Any:
    rows = ConnectionRequest.objects.visible_to(actor).filter(
        state=RequestState.DRAFT, owner_id=actor.organization_id
    )
    return rows.select_related("bundle", "unit", "client")


def _of_drafts(row: ConnectionRequest | None, actor: Actor) -> Begun | None:
    if row is None or row.bundle is None:
        return None
    typed = _words_of(row, actor)
    return Begun(row.bundle.form_token, row.unit.number, typed, "drafts", row.updated_at)


def _copied(actor: Actor, building: Building, number: str) -> Begun | None:
    rows = ConnectionRequest.objects.visible_to(actor).filter(
        number=number, owner_id=actor.organization_id, building=building
    )
    row = rows.select_related("unit", "client").first()
    if row is None:
        return None
    return Begun(unit=row.unit.number, typed=_words_of(row, actor), source="copy")


def _words_of(row: ConnectionRequest, actor: Actor) -> dict[str, str]:
    typed = {"comment": row.comment, "preferred_visit": row.preferred_visit}
    if row.client is not None and not files_for_itself(actor):
        typed["client"] = row.client.public_id
    return typed


# --- filing once more -------------------------------------------------------------------------
def again_url(requests: Sequence[ConnectionRequest]) -> str:
    """The wizard with the plans, unit and client of requests of one unit; see `begun_filing`.

    What is not offered there any more is told of by the wizard.
    """
    first = requests[0]
    pairs = [("building", first.building.public_id), ("unit", first.unit.number)]
    pairs += [("plan", row.plan.public_id) for row in requests]
    return f"{reverse('request_new')}?{urlencode([*pairs, ('like', first.number)])}"


def other_provider_url(building: str, unit: str, category: str, number: str) -> str:
    """The plans of a category (code) at the building (public id), to file for the same client."""
    pairs = {"unit": unit, "category": category, "like": number}
    query = urlencode({name: value for name, value in pairs.items() if value})
    return f"{reverse('availability_building', args=[building])}?{query}"


# --- what waits to be finished ----------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Unfinished:
    """One thing to go on with: what it is of, where, and the page that goes on."""

    url: str
    place: str
    what: str
    client: str
    at: datetime
    # Of what is typed and not drafted: by it it is thrown away.
    draft: str = ""
    bundle: str = ""


def left_filings(actor: Actor, limit: int) -> list[Unfinished]:
    """Forms that the actor has begun, newest first; one query."""
    rows = FilingDraft.objects.visible_to(actor).select_related("building")
    return [_unfinished_form(row) for row in rows.order_by("-updated_at", "-pk")[:limit]]


def _unfinished_form(row: FilingDraft) -> Unfinished:
    pairs = [("building", row.building.public_id), ("unit", row.unit_number)]
    pairs += [("plan", plan) for plan in row.plans]
    pairs.append(("draft", row.public_id))
    return Unfinished(
        url=f"{reverse('request_new')}?{urlencode([pair for pair in pairs if pair[1]])}",
        place=place_in_words(row.building.address, row.unit_number),
        what="",
        client=row.typed.get("name", ""),
        at=row.updated_at,
        draft=row.public_id,
    )


def newest_unfinished(actor: Actor, limit: int = SHOWN_AT_HOME) -> list[Unfinished]:
    """What was touched last, of both kinds; two queries."""
    drafts = together(own_drafts(actor, size=limit).rows)
    both = [*left_filings(actor, limit), *drafts]
    return sorted(both, key=lambda one: one.at, reverse=True)[:limit]


def own_drafts(actor: Actor, cursor: str = "", size: int = 25) -> Page:
    """A page of draft requests that the actor made, newest first; see `together`."""
    rows = ConnectionRequest.objects.visible_to(actor).filter(
        owner_id=actor.organization_id, state=RequestState.DRAFT, created_by_id=actor.user_id
    )
    rows = rows.select_related("plan", "building", "unit", "client", "bundle")
    return paginate(rows, ("-id",), cursor, size)


def together(rows: Sequence[ConnectionRequest]) -> list[Unfinished]:
    """Drafts of one bundle as one line, in the order given."""
    groups: dict[Any, list[ConnectionRequest]] = {}
    for row in rows:
        groups.setdefault(row.bundle_id or row.number, []).append(row)
    return [_unfinished_drafts(group) for group in groups.values()]


def _unfinished_drafts(rows: list[ConnectionRequest]) -> Unfinished:
    first = rows[0]
    if first.bundle is not None:
        url = reverse("request_check", args=[first.bundle.public_id])
    else:
        url = reverse("request_detail", args=[first.number])
    return Unfinished(
        url=url,
        place=place_in_words(first.building.address, first.unit.number),
        what=", ".join(row.plan.name for row in reversed(rows)),
        client=first.client.name if first.client else "",
        at=first.updated_at,
        bundle=first.bundle.public_id if first.bundle else "",
    )
