"""Outages as customers report them, and one answer to all who did."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import DomainError
from core.http import Request
from core.querysets import get_visible
from locations.models import Building
from subscriptions.forms.errors import show as show_error
from support.models import Ticket
from support.selectors.outages import outage_at, outage_numbers, outages
from support.services.bulk import ANSWER, BULK_TRANSITIONS
from support.services.bulk_work import label_of
from support.services.outages import answer_outage
from support.services.words import BODY_LENGTH
from support.ticket_workflow import works_the_desk
from support.views.desk.bulk import shown
from support.views.desk.door import readers, workers


class OutageForm(forms.Form):
    body = forms.CharField(
        label=gettext_lazy("Answer to all"),
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Each customer gets it. “{{ customer.name }}” is their own name."),
    )
    then = forms.ChoiceField(
        label=gettext_lazy("State afterwards"),
        required=False,
        choices=[
            ("", gettext_lazy("as it is")),
            *((name, BULK_TRANSITIONS[name].label) for name in ("await_customer", "solve")),
        ],
    )


@readers
@require_GET
def desk_outages(request: Request) -> HttpResponse:
    context = {
        "outages": outages(request.actor),
        "acts": works_the_desk(request.actor),
        "crumbs": [(_("Support desk"), reverse("desk_list")), (_("Outages"), "")],
    }
    return render(request, "support/desk/outages.html", context)


@workers
@require_http_methods(["GET", "POST"])
def desk_outage(request: Request, public_id: str) -> HttpResponse:
    """The tickets that report one outage, and the answer to all of them."""
    building = get_visible(Building.objects, request.actor, public_id=public_id)
    form = OutageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            begun = answer_outage(
                request.actor,
                building,
                form.cleaned_data["body"],
                form.cleaned_data["then"],
                back=reverse("desk_outages"),
            )
        except DomainError as refused:
            if refused.status != 400:
                raise
            show_error(form, refused)
        else:
            return shown(request, label_of(ANSWER), begun, reverse("desk_outages"))
    numbers = outage_numbers(request.actor, building)
    rows = Ticket.objects.visible_to(request.actor).filter(number__in=numbers)
    context = {
        "form": form,
        "building": building,
        "outage": outage_at(request.actor, building.pk),
        "tickets": rows.select_related("owner", "assignee").order_by("created_at", "pk"),
        "crumbs": [
            (_("Support desk"), reverse("desk_list")),
            (_("Outages"), reverse("desk_outages")),
            (building.address, ""),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "support/desk/outage.html", context, status=status)
