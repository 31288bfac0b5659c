"""What came out of requests: the subscriptions in force."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import MEMBERS, access
from core.actor import Actor
from core.choices import OrganizationKind
from core.parts.lists import Column, Columns
from subscriptions.models import ConnectionRequest
from subscriptions.outcome_filters import SubscriptionFilter
from subscriptions.rights import PORTFOLIO_KINDS
from subscriptions.selectors.changes import changes_of
from subscriptions.selectors.request_choices import request_choices
from subscriptions.selectors.request_page import place_in_words
from subscriptions.selectors.subscriptions import (
    knows_cost,
    subscription_for_page,
    subscription_rows,
)

_PROVIDER = Column("provider", gettext_lazy("Provider"))
_SERVICE = Column("service", gettext_lazy("Service"))


@access(MEMBERS)
def subscription_list(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    filterset = SubscriptionFilter(request.GET, actor=actor)
    page = subscription_rows(actor, filterset.qs, request.GET.get("after", ""))
    services = _services(actor)
    shows_client = actor.kind in PORTFOLIO_KINDS | {OrganizationKind.PROVIDER}
    context = {
        "filterset": filterset,
        "page": page,
        "lines": [
            (
                row,
                place_in_words(row.building__address, row.unit__number),
                services.get(row.category_id, ""),
            )
            for row in page.rows
        ],
        "columns": Columns(
            Column("number", gettext_lazy("Number")),
            Column("state", gettext_lazy("State")),
            *([Column("client", gettext_lazy("Client"))] if shows_client else []),
            Column("place", gettext_lazy("Address")),
            _SERVICE,
            *([] if actor.kind == OrganizationKind.PROVIDER else [_PROVIDER]),
            Column("price", gettext_lazy("A month"), numeric=True),
            Column("since", gettext_lazy("In force since")),
        ),
        "shows_client": shows_client,
        "shows_provider": actor.kind != OrganizationKind.PROVIDER,
        "base": reverse("subscription_list"),
        "crumbs": [(_("Subscriptions"), "")],
    }
    return render(request, "subscriptions/outcomes/subscriptions.html", context)


@access(MEMBERS)
def subscription_detail(request: HttpRequest, number: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = subscription_for_page(actor, number)
    # The request is linked where it may be opened: a holder sees those that name it.
    origin = (
        ConnectionRequest.objects.visible_to(actor).filter(pk=found.origin_id).first()
        if found.origin_id
        else None
    )
    context = {
        "row": found,
        "place": place_in_words(found.building.address, found.unit.number),
        "origin": origin,
        "knows_cost": knows_cost(actor, found),
        "changes": changes_of(actor, found),
        "crumbs": [(_("Subscriptions"), reverse("subscription_list")), (found.number, "")],
    }
    return render(request, "subscriptions/outcomes/subscription.html", context)


def _services(actor: Actor) -> dict[int, str]:
    return {row.pk: row.name for row in request_choices(actor).categories.values()}
