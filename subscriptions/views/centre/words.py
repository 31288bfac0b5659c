"""Tags and cost centres of an organization: made, renamed, thrown away."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import access, only
from core.choices import OrganizationKind
from core.errors import DomainError
from core.http import Request
from core.querysets import get_visible
from subscriptions.centre_rights import leads_holder, sorts
from subscriptions.models import CostCentre, SubscriptionTag
from subscriptions.services.centre.sorting import (
    cost_centre_named,
    keeps_tags,
    remove,
    rename,
    tag_named,
)

in_organization = access(only(*OrganizationKind))
_KINDS: dict[str, Any] = {"tags": SubscriptionTag, "centres": CostCentre}
_MAKE: dict[str, Any] = {"tags": tag_named, "centres": cost_centre_named}


@in_organization
@require_GET
def subscription_words(request: Request) -> HttpResponse:
    actor = request.actor
    tags = SubscriptionTag.objects.visible_to(actor).annotate(used=Count("subscriptions"))
    context = {
        "tags": list(tags),
        "centres": list(CostCentre.objects.visible_to(actor)) if leads_holder(actor) else [],
        "may_sort": sorts(actor),
        "may_keep": keeps_tags(actor),
        "may_lead": leads_holder(actor),
        "crumbs": [(_("Subscriptions"), reverse("subscription_list")), (_("Tags"), "")],
    }
    return render(request, "subscriptions/centre/words.html", context)


@in_organization
@require_POST
def subscription_word(request: Request, kind: str, pk: int) -> HttpResponse:
    """Makes one (`pk` 0), renames it, or throws it away."""
    wanted = request.POST.get("do", "")
    try:
        if wanted == "new":
            _MAKE[kind](request.actor, request.POST.get("name", ""))
            message = _("Added.")
        else:
            row = get_visible(_KINDS[kind].objects, request.actor, pk=pk)
            message = _changed(request, row, wanted)
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, str(error))
    else:
        messages.success(request, message)
    return redirect("subscription_words")


def _changed(request: Request, row: Any, wanted: str) -> str:
    if wanted == "rename":
        rename(request.actor, row, request.POST.get("name", ""))
        return _("Renamed.")
    if wanted == "remove":
        remove(request.actor, row)
        return _("Removed.")
    raise DomainError(_("Choose what to do."), field="do")


def cost_centre_in(request: Request) -> CostCentre | None:
    """The cost centre that a form names by its id; None for none. NotVisible for another's."""
    given = request.POST.get("centre", "")
    if given in ("", "none"):
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 18):
        raise DomainError(_("Choose a cost centre."), field="centre")
    row: CostCentre = get_visible(CostCentre.objects, request.actor, pk=int(given))  # type: ignore[arg-type]
    return row
