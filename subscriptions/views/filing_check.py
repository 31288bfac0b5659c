"""The wizard's last step: everything once more, each line by itself, before it is filed."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request
from core.ids import is_public_id
from core.querysets import get_visible
from subscriptions.models import ConnectionRequest, RequestBundle
from subscriptions.rights import earns_commission
from subscriptions.selectors.filing import lines_of, totals_of_lines
from subscriptions.selectors.visit_picks import attach_picks
from subscriptions.services.drafting import drafts_of, file_drafts
from subscriptions.services.requests import (
    Anyway,
    DuplicateFound,
    change_line,
    discard_bundle,
    drop_line,
)
from subscriptions.services.requests.offers import not_offered
from subscriptions.services.visits import hold_chosen
from subscriptions.views.filing import filers
from subscriptions.views.filing_fields import attach_fields, save_fields

_ANYWAY = "anyway-"


@filers
@require_http_methods(["GET", "POST"])
def request_check(request: Request, public_id: str) -> HttpResponse:
    """Drafts stay drafts until they are filed here.

    POST with `remove` or `change` (a draft's number) changes one line and shows the page again,
    with all that is typed in it; with `discard` all are removed; otherwise they are filed.
    """
    bundle = get_visible(RequestBundle.objects, request.actor, public_id=public_id)
    if request.method == "GET":
        return _page_or_filed(request, bundle)
    try:
        if "discard" in request.POST:
            discard_bundle(request.actor, bundle)
            messages.success(request, _("The draft is removed."))
            return redirect("request_drafts")
        if "remove" in request.POST:
            return _remove(request, bundle)
        if "change" in request.POST:
            return _change(request, bundle)
        _keep_beside(request, bundle)
        filed = file_drafts(
            request.actor, bundle, consent="consent" in request.POST, said=_said(request)
        )
    except (Forbidden, NotVisible):
        raise
    except DomainError as error:
        return _refused(request, bundle, error)
    messages.success(request, filed_message(filed))
    return redirect(after_filing(filed))


def _keep_beside(request: Request, bundle: RequestBundle) -> None:
    """Providers' own fields and chosen times of visits, where the page had any."""
    has_fields = any(name.endswith("-version") for name in request.POST)
    has_times = any(name.startswith("slot-") for name in request.POST)
    if has_fields or has_times:
        drafts = drafts_of(bundle)
        save_fields(request.actor, drafts, request.POST)
        hold_chosen(request.actor, drafts, request.POST)


def _page_or_filed(request: Request, bundle: RequestBundle, **told: Any) -> HttpResponse:
    """The page; or what became of the drafts where none is left, as after a colleague has filed."""
    drafts = drafts_of(bundle)
    if not drafts:
        return redirect(after_filing(list(bundle.requests.order_by("pk"))))
    return _page(request, bundle, drafts, **told)


def _remove(request: Request, bundle: RequestBundle) -> HttpResponse:
    number, drafts = request.POST["remove"], drafts_of(bundle)
    removed = next((draft for draft in drafts if draft.number == number), None)
    # The page sent once more after it was done: there is nothing left to do.
    if removed is not None:
        drop_line(request.actor, bundle, number, _version(request, number))
    left = drafts_of(bundle)
    if drafts and not left:
        messages.success(request, _("Nothing is left of the draft. Choose what to connect."))
        return redirect(choose_url(bundle, drafts))
    done = _("“%(plan)s” is removed.") % {"plan": removed.plan.name} if removed else ""
    return _page_or_filed(request, bundle, done=done)


def _change(request: Request, bundle: RequestBundle) -> HttpResponse:
    number = request.POST["change"]
    plan = request.POST.get(f"plan-{number}", "")
    if not is_public_id(plan) or not plan:
        raise _line_error(number, _("Choose a plan."))
    try:
        change_line(request.actor, bundle, number, plan, _version(request, number))
    except (Forbidden, NotVisible):
        raise
    except DomainError as error:
        raise _line_error(number, str(error)) from error
    return _page_or_filed(request, bundle, done=_("The plan is changed."))


def _version(request: Request, number: str) -> int | None:
    """What the person saw of the line; None where the form does not say."""
    given = request.POST.get(f"version-{number}", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None


def _said(request: Request) -> dict[str, Anyway]:
    """For each draft that is filed all the same: the duplicates that were shown, and why."""
    numbers = [key.removeprefix(_ANYWAY) for key in request.POST if key.startswith(_ANYWAY)]
    return {
        number: Anyway(
            frozenset(request.POST.get(f"known-{number}", "").split()[:50]),
            request.POST.get(f"reason-{number}", ""),
        )
        for number in numbers
    }


class _LineError(DomainError):
    """Refused for what one line says."""

    def __init__(self, number: str, message: str) -> None:
        super().__init__(message)
        self.number = number


def _line_error(number: str, message: str) -> _LineError:
    return _LineError(number, message)


def _refused(request: Request, bundle: RequestBundle, error: DomainError) -> HttpResponse:
    """The page with the sentence beside its line, or above all of them."""
    number = getattr(error, "number", "")
    if number:
        return _page_or_filed(request, bundle, errors={number: _told_beside(error)})
    return _page_or_filed(request, bundle, problem=str(error))


def _told_beside(error: DomainError) -> str:
    """What is there already stands on the line: said once more is what to do about it."""
    if isinstance(error, DuplicateFound) and not any(one.forbids for one in error.duplicates):
        return _("Tick that you file it all the same, and say why; or remove the line.")
    return str(error)


def _page(
    request: Request,
    bundle: RequestBundle,
    drafts: list[ConnectionRequest],
    *,
    errors: dict[str, str] | None = None,
    problem: str = "",
    done: str = "",
) -> HttpResponse:
    """Sums are of the plans as they are now: these terms are the ones that filing copies."""
    first = drafts[0]
    typed = {draft.number: request.POST.get(f"reason-{draft.number}", "") for draft in drafts}
    lines = lines_of(request.actor, drafts, typed, errors or {})
    attach_picks(request.actor, drafts)
    attach_fields(request.actor, drafts, request.POST or None)
    gone = {line.plan.public_id for line in lines if not line.is_offered}
    context: dict[str, Any] = {
        "bundle": bundle,
        "lines": lines,
        "totals": totals_of_lines(lines),
        "first": first,
        "ticked": {line.draft.number for line in lines if _is_ticked(request, line.draft.number)},
        "with_commission": earns_commission(request.actor),
        "asks_consent": first.client is not None and not first.client.has_consent,
        "is_blocked": any(line.forbids for line in lines),
        "choose_url": choose_url(bundle, drafts),
        "client_url": _client_step(bundle, drafts),
        "problem": problem or (not_offered(gone) if gone else ""),
        "errors": {key: one for key, one in (errors or {}).items() if key in typed},
        "done": done,
        "crumbs": [
            (_("Availability"), reverse("availability")),
            (first.building.address, choose_url(bundle, drafts)),
            (_("Check"), ""),
        ],
    }
    return render(request, "subscriptions/filing/check.html", context)


def _is_ticked(request: Request, number: str) -> bool:
    return f"{_ANYWAY}{number}" in request.POST


def choose_url(bundle: RequestBundle, drafts: list[ConnectionRequest]) -> str:
    """The plans at the address, with those of the drafts ticked; from there the drafts change."""
    page = reverse("availability_building", args=[drafts[0].building.public_id])
    return f"{page}?{urlencode(_query(bundle, drafts))}"


def _client_step(bundle: RequestBundle, drafts: list[ConnectionRequest]) -> str:
    building = [("building", drafts[0].building.public_id)]
    return f"{reverse('request_new')}?{urlencode(building + _query(bundle, drafts))}"


def _query(bundle: RequestBundle, drafts: list[ConnectionRequest]) -> list[tuple[str, str]]:
    pairs = [("unit", drafts[0].unit.number)]
    pairs += [("plan", draft.plan.public_id) for draft in drafts]
    return [pair for pair in [*pairs, ("bundle", bundle.public_id)] if pair[1]]


def filed_message(filed: list[ConnectionRequest]) -> str:
    done = [row for row in filed if row.submitted_at is not None]
    if len(done) == 1:
        return _("Request %(number)s is filed.") % {"number": done[0].number}
    return ngettext("%(count)s request is filed.", "%(count)s requests are filed.", len(done)) % {
        "count": len(done)
    }


def after_filing(requests: list[ConnectionRequest]) -> str:
    """The request's page, or the bundle's where several were filed."""
    filed = [row for row in requests if row.submitted_at is not None] or requests
    if len(filed) == 1:
        return reverse("request_detail", args=[filed[0].number])
    return reverse("request_bundle", args=[filed[0].bundle.public_id])  # type: ignore[union-attr]
