"""The page of one subscription, and what people write of it there."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.access import MEMBERS, access
from core.actor import Actor
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.http import Request
from core.parts.steps import StepPoint, steps_of
from core.registry import Column, gather
from core.sendfile import hand_over
from core.uploads import CONTENT_TYPES, ending_of
from subscriptions.centre_rights import (
    holds_services,
    leads_holder,
    may_add_papers,
    may_change_terms,
    may_keep_record,
    sorts,
)
from subscriptions.choices import SubscriptionState
from subscriptions.forms.centre import (
    EndForm,
    OwnNoteForm,
    OwnPriceForm,
    PaperForm,
    TermsForm,
)
from subscriptions.forms.errors import show
from subscriptions.models import (
    Subscription,
    SubscriptionFile,
)
from subscriptions.selectors.centre.page import (
    findings_on,
    own_words,
    papers_of,
    subscription_for_centre,
)
from subscriptions.selectors.centre.spend import price_steps
from subscriptions.selectors.changes import changes_of
from subscriptions.selectors.request_page import place_in_words
from subscriptions.selectors.subscriptions import knows_cost
from subscriptions.services.centre.documents import add_paper, remove_paper
from subscriptions.services.centre.records import (
    change_terms,
    end_own,
    set_own_price,
    write_note,
)
from subscriptions.services.centre.sorting import assign_cost_centre, put_tag, take_tag
from subscriptions.views.centre.words import cost_centre_in


@access(MEMBERS)
@require_GET
def subscription_detail(request: Request, number: str) -> HttpResponse:
    return _page(request, subscription_for_centre(request.actor, number))


def _page(request: Request, row: Subscription, **changed: Any) -> HttpResponse:
    """The page; with forms that were refused in `changed`, as 422."""
    actor = request.actor
    knows = knows_cost(actor, row)
    changes = changes_of(actor, row)
    panels = gather("subscription.panels", actor, row)
    context = {
        "row": row,
        "subscription": row,
        "place": place_in_words(row.building.address, row.unit.number),
        "origin": changes.origin,
        "knows_cost": knows,
        "is_over": row.state == SubscriptionState.ENDED,
        "may_change": may_change_terms(actor, row),
        "may_keep": may_keep_record(actor, row) and row.state != SubscriptionState.ENDED,
        "holds": holds_services(actor),
        "changes": changes,
        "panels": [panel for panel in panels if panel.column != Column.ASIDE],
        "side_panels": [panel for panel in panels if panel.column == Column.ASIDE],
        "crumbs": [(_("Subscriptions"), reverse("subscription_list")), (row.number, "")],
    }
    context |= _own(actor, row)
    if knows:
        context |= _known(actor, row)
    context |= changed
    status = 422 if changed else 200
    return render(request, "subscriptions/centre/detail.html", context, status=status)


def _known(actor: Actor, row: Subscription) -> dict[str, Any]:
    """What those who know the cost see: prices, papers."""
    steps = price_steps(row)
    points = [StepPoint(one.starts_on, one.price, one.is_ahead) for one in steps]
    until = row.ended_at.date() if row.ended_at else clock.today()
    return {
        "steps": steps[::-1],
        "step_chart": steps_of(points, until) if len(points) > 1 else None,
        "papers": papers_of(actor, row),
        "paper_form": PaperForm(auto_id="paper_%s") if may_add_papers(actor, row) else None,
    }


def _own(actor: Actor, row: Subscription) -> dict[str, Any]:
    """What the actor's organization keeps for itself."""
    words = own_words(actor, row)
    note = words.note
    given = {"text": note.text if note else "", "version": note.version if note else 0}
    leads = leads_holder(actor)
    return {
        "may_sort": sorts(actor),
        "note": note,
        "note_form": OwnNoteForm(initial=given, auto_id="note_%s") if sorts(actor) else None,
        "tags": words.tags,
        "centres": words.centres if leads else [],
        "may_charge": leads,
        "findings": findings_on(actor, row) if holds_services(actor) else [],
    }


# --- terms --------------------------------------------------------------------------------------
@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def subscription_terms(request: Request, number: str) -> HttpResponse:
    """Contract, account, term, renewal."""
    row = subscription_for_centre(request.actor, number)
    _check(may_change_terms(request.actor, row))
    form = TermsForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            change_terms(
                request.actor,
                row,
                version=form.cleaned_data["version"],
                terms=form.terms(),
            )
        except Conflict as error:
            row = subscription_for_centre(request.actor, number)
            return _form(request, row, form, _("Terms"), conflict=str(error))
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The terms are changed."))
            return redirect("subscription_detail", number)
    return _form(request, row, form, _("Terms"))


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def subscription_price(request: Request, number: str) -> HttpResponse:
    """A new price of a service that its holder wrote down."""
    row = subscription_for_centre(request.actor, number)
    _check(may_keep_record(request.actor, row))
    initial = {"version": row.version, "price": row.price}
    form = OwnPriceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            set_own_price(request.actor, row, **data)
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The price is written down."))
            return redirect("subscription_detail", number)
    return _form(request, row, form, _("New price"))


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def subscription_end(request: Request, number: str) -> HttpResponse:
    """The end of a service that its holder wrote down."""
    row = subscription_for_centre(request.actor, number)
    _check(may_keep_record(request.actor, row))
    form = EndForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        try:
            end_own(request.actor, row, **form.cleaned_data)
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The service has ended."))
            return redirect("subscription_detail", number)
    return _form(request, row, form, _("The service has ended"))


def _check(may: bool) -> None:
    if not may:
        raise Forbidden(_("Your role or your side does not change this."))


def _form(
    request: Request, row: Subscription, form: Any, title: str, conflict: str = ""
) -> HttpResponse:
    context = {
        "row": row,
        "form": form,
        "title": title,
        "conflict": conflict,
        "crumbs": [
            (_("Subscriptions"), reverse("subscription_list")),
            (row.number, reverse("subscription_detail", args=[row.number])),
            (title, ""),
        ],
    }
    status = 409 if conflict else 422 if form.errors else 200
    return render(request, "subscriptions/centre/form.html", context, status=status)


# --- papers -------------------------------------------------------------------------------------
@access(MEMBERS)
@require_POST
def subscription_file_add(request: Request, number: str) -> HttpResponse:
    row = subscription_for_centre(request.actor, number)
    form = PaperForm(request.POST, request.FILES, auto_id="paper_%s")
    if form.is_valid():
        try:
            add_paper(request.actor, row, form.cleaned_data["file"], form.cleaned_data["kind"])
        except DomainError as error:
            if error.status in (403, 404):
                raise
            show(form, error)
        else:
            messages.success(request, _("The document is added."))
            return redirect("subscription_detail", number)
    _check(may_add_papers(request.actor, row))
    return _page(request, row, paper_form=form)


@access(MEMBERS)
@require_GET
def subscription_file(request: Request, number: str, public_id: str) -> HttpResponseBase:
    """A download, for those who know what the service costs."""
    missing = _("There is no such file, or it is not yours to see.")
    file = _file(request, number, public_id, missing)
    content_type = CONTENT_TYPES.get(ending_of(file.name), "application/octet-stream")
    return hand_over(file.file, file.name, content_type, missing)


@access(MEMBERS)
@require_POST
def subscription_file_remove(request: Request, number: str, public_id: str) -> HttpResponse:
    missing = _("There is no such file, or it is not yours to see.")
    file = _file(request, number, public_id, missing)
    remove_paper(request.actor, file.subscription, file)
    messages.success(request, _("The document is removed."))
    return redirect("subscription_detail", number)


def _file(request: Request, number: str, public_id: str, missing: str) -> SubscriptionFile:
    row = subscription_for_centre(request.actor, number)
    file = SubscriptionFile.objects.filter(subscription=row, public_id=public_id).first()
    if file is None or not knows_cost(request.actor, row):
        raise NotVisible(missing)
    return file


# --- one's own ----------------------------------------------------------------------------------
@access(MEMBERS)
@require_POST
def subscription_note(request: Request, number: str) -> HttpResponse:
    row = subscription_for_centre(request.actor, number)
    form = OwnNoteForm(request.POST, auto_id="note_%s")
    if form.is_valid():
        try:
            write_note(request.actor, row, **form.cleaned_data)
        except DomainError as error:
            if error.status in (403, 404):
                raise
            show(form, error)
        else:
            messages.success(request, _("The note is kept."))
            return redirect("subscription_detail", number)
    return _page(request, row, note_form=form)


@access(MEMBERS)
@require_POST
def subscription_sort(request: Request, number: str) -> HttpResponse:
    """A tag on or off, or the cost centre, of this one."""
    row = subscription_for_centre(request.actor, number)
    wanted = request.POST.get("do", "")
    try:
        if wanted == "tag":
            put_tag(request.actor, [row.number], request.POST.get("tag", ""))
        elif wanted == "untag":
            take_tag(request.actor, [row.number], request.POST.get("tag", ""))
        elif wanted == "centre":
            assign_cost_centre(request.actor, [row.number], cost_centre_in(request))
        else:
            raise DomainError(_("Choose what to do."), field="do")
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, str(error))
    return redirect("subscription_detail", number)
