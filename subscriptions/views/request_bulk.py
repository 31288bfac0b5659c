"""Acting on several requests of the queue at once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import access, only
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from subscriptions.services.bulk import Outcome, assign_many, move_many
from subscriptions.views.way_back import way_back
from users.models import CustomUser

NOBODY = "none"


@access(only(OrganizationKind.PROVIDER, least=Role.MEMBER))
@require_POST
def request_bulk(request: HttpRequest) -> HttpResponse:
    """Does `do` (`assign` or a move) with the requests `selected`; lists what became of each."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    numbers = request.POST.getlist("selected")
    outcomes = _do(actor, request.POST.get("do", ""), numbers, request.POST.get("user", ""))
    back = way_back(request, reverse("request_list"))
    return render(
        request,
        "subscriptions/requests/bulk.html",
        {
            "done": [row for row in outcomes if not row.refusal],
            "refused": [row for row in outcomes if row.refusal],
            "back": back,
            "crumbs": [(_("Requests"), back), (_("What was done"), "")],
        },
    )


def _do(actor: Actor, action: str, numbers: list[str], person: str) -> list[Outcome]:
    if action != "assign":
        return move_many(actor, numbers, action)
    if not person:
        raise DomainError(_("Choose whom to assign."), field="user")
    user = None if person == NOBODY else _colleague(actor, person)
    return assign_many(actor, numbers, user)


def _colleague(actor: Actor, public_id: str) -> CustomUser:
    found = CustomUser.objects.filter(
        public_id=public_id, memberships__organization=actor.organization
    ).first()
    if found is None:
        raise DomainError(_("Choose someone who works here."), field="user")
    return found
