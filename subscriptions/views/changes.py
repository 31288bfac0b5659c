"""Changes of a subscription: a page that asks, a page that says what it costs, and it is filed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.access import MEMBERS, access
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.http import Request
from core.parts.lists import Column, Columns
from locations.models import Building
from locations.selectors.buildings import visible_building
from subscriptions.choices import RequestKind, RequestState
from subscriptions.forms.changes import FORMS, ChangeForm, MoveServiceForm, PlanChangeForm
from subscriptions.forms.errors import show
from subscriptions.models import ConnectionRequest, Subscription
from subscriptions.selectors.availability import Option
from subscriptions.selectors.changes import (
    KINDS,
    change_for_page,
    change_url,
    compare_plans,
    difference_in_words,
    goes_back,
    main_label,
    main_value,
    once_of,
    plans_to_change_to,
    purpose_of,
    term_in_words,
)
from subscriptions.selectors.request_page import place_in_words
from subscriptions.selectors.subscriptions import subscription_for_page
from subscriptions.selectors.typed_address import read_address
from subscriptions.services.changes import draft_change, file_change, may_change, offered_changes
from subscriptions.services.in_force.costs import cost_of
from subscriptions.services.in_force.offering import offered

K = RequestKind


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def subscription_change(request: Request, number: str, slug: str) -> HttpResponse:
    """Asks for what a change needs; POST makes the draft, which the next page shows with its costs.

    A move is first asked where to (`?q=` typed, `?building=` chosen).
    """
    kind = KINDS.get(slug)
    if kind is None:
        raise Http404
    row = subscription_for_page(request.actor, number)
    if not may_change(request.actor, row):
        raise Forbidden(_("Changes are asked for by who holds the service."))
    if request.method == "GET" and kind not in [one.kind for one in _offered(request, row)]:
        messages.warning(request, _("This cannot be asked for now: see what is in work."))
        return redirect("subscription_detail", number)
    if kind == K.RELOCATE:
        return _move(request, row)
    if kind == K.CHANGE_PLAN:
        options = [
            one
            for one in plans_to_change_to(request.actor, row, row.building)
            if one.plan_id != row.plan_id
        ]
        form: ChangeForm = PlanChangeForm(
            request.POST or None,
            subscription=row,
            options=options,
            chosen=request.GET.get("plan", ""),
        )
        return _asked(request, row, kind, form, options)
    return _asked(request, row, kind, FORMS[kind](request.POST or None, subscription=row))


def _offered(request: Request, row: Subscription) -> list[Any]:
    return offered_changes(request.actor, row)


def _move(request: Request, row: Subscription) -> HttpResponse:
    chosen = request.GET.get("building", "")
    building = visible_building(request.actor, chosen) if chosen else None
    typed = read_address(request.actor, "" if building else request.GET.get("q", ""))
    if building is None and typed.building is not None:
        building = visible_building(request.actor, typed.building.public_id)
    if building is None:
        context = _context(row, K.RELOCATE) | {
            "typed": typed,
            "suggest_url": f"{reverse('suggest')}?for=here",
        }
        return render(request, "subscriptions/changes/address.html", context)
    options = plans_to_change_to(request.actor, row, building)
    form = MoveServiceForm(
        request.POST or None,
        subscription=row,
        options=options,
        chosen=row.plan.public_id,
        building=building,
        unit=typed.unit or request.GET.get("unit", ""),
    )
    return _asked(request, row, K.RELOCATE, form, options, building)


def _asked(
    request: Request,
    row: Subscription,
    kind: RequestKind,
    form: ChangeForm,
    options: list[Option] | None = None,
    building: Building | None = None,
) -> HttpResponse:
    """The form; or the draft that a right form makes."""
    status = 200
    if request.method == "POST":
        status = 422
        draft = _draft(request, row, kind, form) if form.is_valid() else None
        if draft is not None:
            return redirect("change_check", draft.number)
    context = _context(row, kind) | {
        "form": form,
        "columns": _columns(row),
        "main": main_value(row.plan),
        "building": building,
        "here": f"?building={building.public_id}" if building else "",
        "rows": None if options is None else _rows(row, kind, options),
        "fee": cost_of(row, kind).once,
        "change_fee": row.plan.change_fee if kind == K.RELOCATE else None,
        "suspension_price": row.plan.suspension_price,
    }
    return render(request, "subscriptions/changes/form.html", context, status=status)


def _draft(
    request: Request, row: Subscription, kind: RequestKind, form: ChangeForm
) -> ConnectionRequest | None:
    try:
        return draft_change(request.actor, row, kind, **form.arguments())
    except (Forbidden, NotVisible):
        raise
    except DomainError as error:
        show(form, error)
        return None


def _columns(row: Subscription) -> Columns:
    return Columns(
        Column("pick", gettext_lazy("Choose"), hidden=True),
        Column("name", gettext_lazy("Plan")),
        Column("main", main_label(row.category_id) or gettext_lazy("Kind")),
        Column("price", gettext_lazy("A month"), numeric=True),
        Column("difference", gettext_lazy("Difference"), numeric=True),
        Column("term", gettext_lazy("Term")),
    )


def _rows(row: Subscription, kind: RequestKind, options: list[Option]) -> list[dict[str, Any]]:
    """Plans to choose from; in a move the present one at the price that is paid."""
    rows = []
    for option in options:
        is_present = option.plan_id == row.plan_id
        price = row.price if is_present else option.price
        rows.append(
            {
                "option": option,
                "price": price,
                "is_present": is_present,
                "difference": difference_in_words(price - row.price, row.currency),
            }
        )
    return rows


def _context(row: Subscription, kind: RequestKind) -> dict[str, Any]:
    verb = offered(kind).label
    page = reverse("subscription_detail", args=[row.number])
    return {
        "row": row,
        "kind": kind.value,
        "verb": verb,
        "place": place_in_words(row.building.address, row.unit.number),
        "crumbs": [
            (_("Subscriptions"), reverse("subscription_list")),
            (row.number, page),
            (verb, ""),
        ],
        "back": page,
    }


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def change_check(request: Request, number: str) -> HttpResponse:
    """What a drafted change does, costs and when; POST files it at these figures."""
    draft = change_for_page(request.actor, number)
    if draft.state != RequestState.DRAFT:
        return redirect("request_detail", number)
    problem, status = "", 200
    if request.method == "POST":
        try:
            file_change(request.actor, draft)
        except (Forbidden, NotVisible):
            raise
        except DomainError as error:
            problem, status = str(error), error.status if isinstance(error, Conflict) else 422
            draft = change_for_page(request.actor, number)
        else:
            messages.success(request, _("Request %(number)s is filed.") % {"number": number})
            return redirect("request_detail", number)
    context = _check_context(request, draft) | {"problem": problem}
    return render(request, "subscriptions/changes/check.html", context, status=status)


def _check_context(request: Request, draft: ConnectionRequest) -> dict[str, Any]:
    row, kind = draft.subscription, RequestKind(draft.kind)
    if row is None or draft.former_plan is None:
        raise TypeError("A change names what it changes.")
    before = draft.former_price or row.price
    lines = (
        compare_plans(draft.former_plan, draft.plan, (before, draft.price))
        if draft.plan_id != draft.former_plan_id
        else []
    )
    return _context(row, kind) | {
        "draft": draft,
        "facts": purpose_of(draft),
        "differing": [line for line in lines if line.differs],
        "alike": [line for line in lines if not line.differs],
        "difference": difference_in_words(draft.price - before, draft.currency),
        "once": once_of(draft),
        "term": term_in_words(draft),
        "goes_back": goes_back(request.actor, draft),
        "change_url": change_url(row, kind),
    }
