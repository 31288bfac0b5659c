"""What stands in the papers of a request: the request itself, and the act of what was done.

They go from hand to hand, so they hold what both sides and the client may know: no internal notes,
no commission, no fields that the provider keeps to itself.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.actor import Actor
from core.errors import DomainError
from core.parts.text import money, phone
from subscriptions.choices import RequestKind, RequestState
from subscriptions.models import Appointment, ChecklistItem, ConnectionRequest
from subscriptions.selectors.custom_fields import filled_in
from subscriptions.selectors.request_page import corresponds, place_in_words, visit_of
from users.models import Organization

Lines = list[tuple[str, str]]


class PaperKind(Enum):
    FORM = "form"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class PaperSection:
    title: str
    lines: Lines


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper, ready to be laid out. `items` are of the checklist: done or not, and the text."""

    number: str
    title: str
    below: str
    sections: list[PaperSection]
    items: list[tuple[bool, str]] = field(default_factory=list)
    statement: str = ""
    signers: list[str] = field(default_factory=list)


# The act is taken along to be signed at the place.
ACT_STATES = frozenset({RequestState.IN_PROGRESS, RequestState.CONNECTED})


def has_act(request: ConnectionRequest) -> bool:
    return request.state in ACT_STATES


def paper_of(actor: Actor, request: ConnectionRequest, kind: PaperKind) -> Paper:
    """The paper as the actor may have it; `request` is read for its page.

    Raises DomainError for an act before there is work to speak of.
    """
    if kind == PaperKind.ACT:
        return _act(actor, request)
    return Paper(
        request.number,
        _("Request No. %(number)s") % {"number": request.number},
        _("%(kind)s of the service “%(service)s”, %(day)s")
        % {
            "kind": request.get_kind_display(),
            "service": request.category.name,
            "day": _day(request, request.submitted_at or request.created_at),
        },
        [*_parties(actor, request), *_matter(actor, request)],
        signers=_signers(request),
    )


def _act(actor: Actor, request: ConnectionRequest) -> Paper:
    if not has_act(request):
        raise DomainError(_("The act is drawn up once work has begun."))
    items = [
        (item.done_at is not None, item.text)
        for item in (
            ChecklistItem.objects.filter(request=request) if corresponds(actor, request) else ()
        )
    ]
    return Paper(
        request.number,
        _("Act of completed work No. %(number)s") % {"number": request.number},
        # Before that the day is written by hand, with the signatures.
        _("Handed over and accepted on %(day)s") % {"day": _day(request, request.closed_at)}
        if request.closed_at
        else "",
        [*_parties(actor, request), *_matter(actor, request)],
        items,
        _(
            "The work stated above was done in full and on time, the service works. The customer "
            "has no claims as to its volume, quality and date."
        ),
        _signers(request),
    )


# --- who ----------------------------------------------------------------------------------------
def _parties(actor: Actor, request: ConnectionRequest) -> list[PaperSection]:
    sections = [
        PaperSection(_("Contractor"), _requisites(request.provider)),
        PaperSection(_("Customer"), _customer(actor, request)),
    ]
    if request.client is not None:
        sections.append(PaperSection(_("Filed by"), _requisites(request.owner)))
    return sections


def _requisites(organization: Organization) -> Lines:
    return _filled(
        (_("Organization"), organization.legal_name or organization.name),
        (_("Legal address"), organization.legal_address),
        (_("INN"), organization.inn),
        (_("KPP"), organization.kpp),
        (_("OGRN"), organization.ogrn),
        (_("Bank"), organization.bank_name),
        (_("BIC"), organization.bank_bic),
        (_("Account"), organization.bank_account),
        (_("Correspondent account"), organization.bank_correspondent),
        (_("Phone"), phone(organization.phone)),
        (_("E-mail"), organization.email),
    )


def _customer(actor: Actor, request: ConnectionRequest) -> Lines:
    client = request.client
    if client is None:
        return _requisites(request.owner)
    # As on the page: how to reach the client is for those who correspond.
    reach = corresponds(actor, request)
    return _filled(
        (_("Name"), client.name),
        (_("Phone"), phone(client.phone) if reach else ""),
        (_("E-mail"), client.email if reach else ""),
    )


def _signers(request: ConnectionRequest) -> list[str]:
    customer = request.client.name if request.client else request.owner.name
    return [
        _("Contractor: %(name)s") % {"name": request.provider.name},
        _("Customer: %(name)s") % {"name": customer},
    ]


# --- what -----------------------------------------------------------------------------------------
def _matter(actor: Actor, request: ConnectionRequest) -> list[PaperSection]:
    unit = request.visited_unit
    sections = [
        PaperSection(
            _("Address"),
            _filled(
                (pgettext("address", "From"), _former_place(request)),
                (_("Where"), place_in_words(request.visited.address, unit.number)),
                (_("Entrance"), str(unit.entrance or "")),
                (_("Floor"), "" if unit.floor is None else str(unit.floor)),
            ),
        ),
        PaperSection(
            _("Service"),
            _filled(
                (_("Service"), request.category.name),
                (_("Plan"), request.plan.name),
                (_("A month"), money(request.price, request.currency)),
                (_("Connection"), money(request.connection_fee, request.currency)),
            ),
        ),
        PaperSection(_("Dates"), _dates(request)),
    ]
    own = _own_fields(actor, request)
    if own:
        sections.append(PaperSection(_("Equipment and details"), own))
    return [section for section in sections if section.lines]


def _former_place(request: ConnectionRequest) -> str:
    """Where a service that moves is now; "" for all else."""
    if request.kind != RequestKind.RELOCATE:
        return ""
    return place_in_words(request.building.address, request.unit.number)


def _dates(request: ConnectionRequest) -> Lines:
    visit = visit_of(request)
    connected = request.closed_at if request.state == RequestState.CONNECTED else None
    return _filled(
        (_("Filed"), _day(request, request.submitted_at)),
        (_("Convenient time"), request.preferred_visit),
        (_("Visit"), _visit(request, visit) if visit else ""),
        (_("Connected"), _day(request, connected)),
    )


def _own_fields(actor: Actor, request: ConnectionRequest) -> Lines:
    found = filled_in(actor, request)
    if found is None:
        return []
    return [(line.label, line.shown) for line in found.lines if line.shown and not line.is_own]


def _visit(request: ConnectionRequest, visit: Appointment) -> str:
    zone = ZoneInfo(request.provider.time_zone)
    start, end = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    return f"{date_format(start, 'd.m.Y')}, {start:%H:%M}–{end:%H:%M}"


def _day(request: ConnectionRequest, moment: datetime | None) -> str:
    """The day by the provider's clock: a paper says the same whoever prints it."""
    if moment is None:
        return ""
    return str(date_format(moment.astimezone(ZoneInfo(request.provider.time_zone)), "d.m.Y"))


def _filled(*lines: tuple[str, str]) -> Lines:
    return [(label, value) for label, value in lines if value]
