"""The page on which a ticket is opened."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.access import Policy, access
from core.errors import DomainError, Forbidden
from core.http import Request
from core.navigation import url_if_any
from locations.models import Building, Unit
from subscriptions.forms.errors import show
from support.forms.opening import TicketForm
from support.models import Ticket, TicketCategory
from support.models.tickets import LEAST_TO_WRITE
from support.selectors.opening import (
    About,
    known_outage,
    offered_categories,
    outage_category,
    own_places,
    place_from,
    read_about,
)
from support.selectors.outages import Outage
from support.services.fields import fields_of
from support.services.opening import NewTicket, open_ticket
from support.services.opening_pace import TooManyTicketsError, check_pace
from support.views.customer.held import FilesOfForm, files_hint

WRITERS = access(Policy(least=LEAST_TO_WRITE))
TELL_ME = "tell_me"
PAGE, DETAILS = "support/customer/new.html", "support/customer/details.html"


class Desk:
    """What the form stands on: what it is about, what may be chosen, what was chosen."""

    def __init__(self, request: Request, data: QueryDict) -> None:
        actor = request.actor
        if actor.organization is None:
            raise Forbidden(_("Choose the organization that you ask for."))
        self.request = request
        self.actor = actor
        self.data = data
        self.about: list[About] = read_about(actor, data.getlist("about"))
        self.building, self.unit = place_from(self.about)
        self.categories = offered_categories(actor)
        self.category = self._category()
        self.own = fields_of(self.category, internal=False)
        self.asks_place = bool(self.category and self.category.asks_place and not self.building)
        asks = self.asks_place or (self.category is None and self.building is None)
        self.places = own_places(actor) if asks else []
        self.reports = outage_category(self.categories, self.category)

    def _category(self) -> TicketCategory | None:
        key = self.data.get("category", "")
        chosen = next((row for row in self.categories if row.public_id == key), None)
        # Of one there is nothing to choose.
        return self.categories[0] if len(self.categories) == 1 else chosen

    def form(self, *, judged: bool = False) -> TicketForm:
        """With what was typed; only `judged` says what is wrong with it."""
        values = self.data.dict()
        if self.category is not None:
            values["category"] = self.category.public_id
        return TicketForm(
            self.actor,
            values if judged else None,
            categories=self.categories,
            category=self.category,
            own=self.own,
            places=self.places,
            asks_place=self.asks_place,
            initial={name: value for name, value in values.items() if value},
        )


@WRITERS
@require_http_methods(["GET", "POST"])
def ticket_new(request: Request) -> HttpResponse:
    """POST opens the ticket; with `do` it only changes the form: everything typed stays."""
    if request.method == "GET":
        desk = Desk(request, request.GET)
        return _page(request, desk, desk.form())
    desk = Desk(request, request.POST)
    judged = desk.form(judged=True)
    files = FilesOfForm(request, judged.token)
    if request.POST.get("do") == TELL_ME:
        ticket = _reported(desk, judged)
        if ticket is not None:
            return redirect("ticket_detail", ticket.number)
    if request.POST.get("do") or files.was_changed:
        files.keep()
        return _page(request, desk, desk.form(), files)
    ticket = _opened(desk, judged, files)
    if ticket is not None:
        return redirect("ticket_detail", ticket.number)
    files.keep()
    return _page(request, desk, judged, files)


def _reported(desk: Desk, form: TicketForm) -> Ticket | None:
    """A ticket of somebody who has read of a known outage: the same with them, in one press.

    None where nothing is known of where they are, or more has to be said.
    """
    outage = _outage(desk, form)
    if outage is None:
        return None
    where = {building.pk: (building, unit) for building, unit in _where(desk, form)}
    building, unit = where[outage.building.pk]
    new = NewTicket(
        _("The same with me: it does not work"),
        form.data.get("body", "").strip() or _("Please tell me when it is mended."),
        category=desk.reports,
        links=[(one.kind.value, one.key) for one in desk.about],
        building=building,
        unit=unit,
        form_token=form.token,
    )
    try:
        check_pace(desk.actor, form.token)
        ticket = open_ticket(desk.actor, new)
    except DomainError as error:
        if error.status != 400 and not isinstance(error, TooManyTicketsError):
            raise
        messages.error(desk.request, str(error))
        return None
    told = _("Noted: %(number)s. We tell you when it is mended.") % {"number": ticket.number}
    messages.success(desk.request, told)
    return ticket


def _opened(desk: Desk, form: TicketForm, files: FilesOfForm) -> Ticket | None:
    """The ticket, or None with what is wrong in `form` or `files`."""
    if not form.is_valid() or files.refusals:
        return None
    typed = form.cleaned_data
    try:
        check_pace(desk.actor, form.token)
        with files.for_service() as uploads:
            new = NewTicket(
                typed["subject"],
                typed["body"],
                category=desk.category,
                fields=form.typed_fields,
                links=[(one.kind.value, one.key) for one in desk.about],
                building=form.building,
                unit=form.unit,
                uploads=uploads,
                form_token=form.token,
            )
            ticket = open_ticket(desk.actor, new)
    except DomainError as error:
        if error.status != 400 and not isinstance(error, TooManyTicketsError):
            raise
        show(form, error)
        return None
    files.forget()
    messages.success(
        files.request, _("We have your ticket: %(number)s.") % {"number": ticket.number}
    )
    return ticket


def _page(
    request: Request, desk: Desk, form: TicketForm, files: FilesOfForm | None = None
) -> HttpResponse:
    files = files or FilesOfForm(request, form.token)
    wrong = bool(form.errors or files.refusals)
    context = _details(desk, form) | {
        "desk": desk,
        "files": files,
        "file_hint": files_hint(),
        "suggest_url": url_if_any("help_suggest"),
        "help_url": url_if_any("help_home"),
        "crumbs": [(_("Support"), reverse("ticket_list")), (_("New ticket"), "")],
    }
    return render(request, PAGE, context, status=422 if wrong else 200)


@WRITERS
@require_GET
def ticket_new_details(request: Request) -> HttpResponse:
    """What the chosen category asks for, as a fragment: its place and its own fields."""
    desk = Desk(request, request.GET)
    return render(request, DETAILS, _details(desk, desk.form()))


def _details(desk: Desk, form: TicketForm) -> dict[str, Any]:
    return {
        "desk": desk,
        "form": form,
        "outage": _outage(desk, form),
        "address_url": reverse("suggest"),
    }


def _outage(desk: Desk, form: TicketForm) -> Outage | None:
    """The breakdown that is known where the reader is, as far as the form says it now."""
    if desk.reports is None:
        return None
    return known_outage([building for building, _unit in _where(desk, form)])


def _where(desk: Desk, form: TicketForm) -> list[tuple[Building, Unit | None]]:
    """Where it may be: what it is about, what is pointed at; before that, all of one's places."""
    if desk.building is not None:
        return [(desk.building, desk.unit)]
    places: list[tuple[Building, Unit | None]] = [
        (place.building, place.unit) for place in desk.places
    ]
    if not desk.asks_place:
        return places if desk.category is None else []
    own = next((place for place in desk.places if place.key == form.place_key), None)
    if own is not None:
        return [(own.building, own.unit)]
    house = form.typed_house()
    return [(house, None)] if house else []
