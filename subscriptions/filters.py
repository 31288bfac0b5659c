"""The one definition of how requests are filtered: in pages, bulk actions, exports and the API."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.filters import StrictFilterSet
from core.widgets import DayInput, LeanCheckboxes, LeanSelect, QuietHidden
from locations.models import Building, City, District
from subscriptions.choices import RequestKind, RequestState, Side
from subscriptions.models import Client, ConnectionRequest, RequestBundle
from subscriptions.request_workflow import FINAL_STATES, REQUEST_WORKFLOW
from subscriptions.selectors.request_choices import Reference, request_choices
from subscriptions.selectors.request_search import search
from users.models import Organization

ME, NOBODY = "me", "none"
# A refusal stays before the agent's eyes so long: another provider may still be asked.
REFUSED_DAYS = 7

GROUPS = [
    ("open", _("In work")),
    ("closed", _("Closed")),
    ("overdue", _("Overdue")),
    ("attention", _("Needs attention")),
]
DUES = [("overdue", _("Overdue")), ("today", _("Today")), ("tomorrow", _("Tomorrow"))]
# Of today's those that were warned of: no tab of the queue, a tile of homes leads there.
RISK = ("risk", _("At risk today"))

# Who may ask by what: the provider is not told who filed, nor the agent who works the request.
_FILERS = frozenset(OrganizationKind) - {OrganizationKind.PROVIDER}
_ASKED_BY: dict[str, frozenset[OrganizationKind]] = {
    "provider": _FILERS,
    "created_by": _FILERS,
    "bundle": _FILERS,
    "client": frozenset({OrganizationKind.AGENCY, OrganizationKind.BUILDER}),
    "assignee": frozenset({OrganizationKind.PROVIDER}),
}


def _choice(label: Any, method: str, **extra: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=label, method=method, empty_label=_("Any"), **{"widget": LeanSelect, **extra}
    )


class RequestFilter(StrictFilterSet):
    """Filters over `ConnectionRequest.objects.visible_to(actor)`.

    Rows are named by public ids and codes, people also by `me` (and `none`).
    """

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        min_length=2,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "form-control",
                "placeholder": _("Number, client, phone, address"),
            }
        ),
    )
    group = _choice(_("Selection"), "by_group", choices=GROUPS)
    district = _choice(_("District"), "by_district")
    category = _choice(_("Service"), "by_category")
    assignee = _choice(_("Assignee"), "by_assignee")
    provider = _choice(_("Provider"), "by_provider")
    city = _choice(_("City"), "by_city")
    created_by = _choice(_("Filed by"), "by_author")
    kind = _choice(_("Kind"), "by_kind", choices=RequestKind.choices)
    state = django_filters.MultipleChoiceFilter(
        label=_("State"),
        choices=RequestState.choices,
        method="by_state",
        widget=LeanCheckboxes(attrs={"aria-label": _("State")}),
    )
    submitted_after = django_filters.DateFilter(
        label=_("Filed from"), method="by_first_day", widget=DayInput
    )
    submitted_before = django_filters.DateFilter(
        label=_("Filed until"), method="by_last_day", widget=DayInput
    )
    due = _choice(_("Deadline"), "by_due", choices=[*DUES, RISK], widget=QuietHidden)
    client = _choice(_("Client"), "by_client", widget=QuietHidden)
    building = _choice(_("Building"), "by_building", widget=QuietHidden)
    bundle = _choice(_("Bundle"), "by_bundle", widget=QuietHidden)

    class Meta:
        model = ConnectionRequest
        fields: list[str] = []

    def __init__(self, data: Any, queryset: QuerySet | None = None, *, actor: Actor) -> None:
        rows = ConnectionRequest.objects.visible_to(actor) if queryset is None else queryset
        super().__init__(data, rows, actor=actor)
        self.now = clock.now()
        self._references: dict[str, dict[str, Reference]] = {}
        for name, kinds in _ASKED_BY.items():
            if actor.organization is not None and actor.kind not in kinds:
                del self.filters[name]
        self._offer()

    # --- what is offered ----------------------------------------------------------------------

    def _offer(self) -> None:
        known = request_choices(self.actor)
        me, nobody = str(_("me")), str(_("nobody"))
        people = {} if self.actor.user is None else {ME: Reference(self.actor.user.pk, me)}
        self._offer_rows(
            "category",
            {code: Reference(row.pk, row.name) for code, row in known.categories.items()},
        )
        self._offer_rows("provider", self._with_given("provider", known.providers, provider_named))
        self._offer_rows("city", self._with_given("city", known.cities, _city))
        self._offer_districts(known.districts)
        self._offer_rows("created_by", people | known.people)
        self._offer_rows("assignee", people | {NOBODY: Reference(0, nobody)} | known.people)
        # Asked by links from other pages: nothing to choose from, only what was given is known.
        for name, find in (("client", _client), ("building", _building), ("bundle", _bundle)):
            self._offer_rows(name, self._with_given(name, {}, find))

    def _offer_districts(self, known: dict[str, Reference]) -> None:
        """Where no city has any there is nothing to choose, and no field for it."""
        rows = self._with_given("district", known, _district)
        if not rows:
            del self.filters["district"]
            return
        self._offer_rows("district", rows)
        if self.actor.kind == OrganizationKind.PROVIDER:
            # A queue is shared out by district, service and assignee; its tabs stand for groups.
            self.filters.move_to_end("group")

    def _offer_rows(self, name: str, rows: dict[str, Reference]) -> None:
        if name in self.filters:
            self._references[name] = rows
            self.filters[name].extra["choices"] = [(key, row.name) for key, row in rows.items()]

    def _with_given(self, name: str, rows: dict[str, Reference], find: Any) -> dict[str, Reference]:
        """`rows`, and the one that the address names though it is not offered."""
        given = self.query.get(name)
        if not given or given in rows or name not in self.filters:
            return rows
        found = find(self.actor, given)
        return rows if found is None else rows | {given: found}

    # --- how each narrows ---------------------------------------------------------------------

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return search(rows, self.actor, value)

    def by_state(self, rows: QuerySet, name: str, value: list[str]) -> QuerySet:
        if not value:
            return rows
        # Equality keeps the order of the index (organization, state, -id); a list of one does not.
        return rows.filter(state=value[0]) if len(value) == 1 else rows.filter(state__in=value)

    def by_group(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "open":
            return rows.filter(due_at__isnull=False)
        if value == "closed":
            return rows.filter(state__in=sorted(FINAL_STATES))
        if value == "overdue":
            return rows.filter(due_at__lt=self.now)
        return rows.filter(self._attention())

    def by_due(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "overdue":
            return rows.filter(due_at__lt=self.now)
        if value == "risk":
            start, end = due_days(self.now)["today"]
            return rows.filter(due_at__gte=start, due_at__lt=end, warned_at__isnull=False)
        start, end = due_days(self.now)[value]
        return rows.filter(due_at__gte=start, due_at__lt=end)

    def by_category(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(category_id=self._pk(name, value))

    def by_kind(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(kind=value)

    def by_provider(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(provider_id=self._pk(name, value))

    def by_city(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(city_id=self._pk(name, value))

    def by_district(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(building__district_id=self._pk(name, value))

    def by_assignee(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == NOBODY:
            return rows.filter(assignee__isnull=True)
        return rows.filter(assignee_id=self._pk(name, value))

    def by_author(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(created_by_id=self._pk(name, value))

    def by_client(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(client_id=self._pk(name, value))

    def by_building(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(building_id=self._pk(name, value))

    def by_bundle(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(bundle_id=self._pk(name, value))

    def by_first_day(self, rows: QuerySet, name: str, value: date) -> QuerySet:
        return rows.filter(submitted_at__gte=midnight(value))

    def by_last_day(self, rows: QuerySet, name: str, value: date) -> QuerySet:
        return rows.filter(submitted_at__lt=midnight(value + timedelta(days=1)))

    def _pk(self, name: str, value: str) -> int:
        return self._references[name][value].pk

    def _attention(self) -> Q:
        """What waits for the reader's own side; for who filed, fresh refusals too."""
        if self.actor.kind == OrganizationKind.PROVIDER:
            return Q(state__in=_awaiting(Side.PROVIDER), due_at__lt=self.now)
        since = self.now - timedelta(days=REFUSED_DAYS)
        refused = Q(state=RequestState.REJECTED, closed_at__gte=since)
        return Q(state__in=_awaiting(Side.AGENT)) | refused


def _awaiting(side: Side) -> list[str]:
    states = REQUEST_WORKFLOW.states.values()
    return [state.name for state in states if state.awaits == side]


def midnight(day: date) -> datetime:
    """The beginning of a day where the reader is."""
    return timezone.make_aware(datetime.combine(day, time.min))


def due_days(now: datetime) -> dict[str, tuple[datetime, datetime]]:
    """From when until when a deadline is today's (from this moment on) or tomorrow's."""
    today = timezone.localdate(now)
    tomorrow, after = midnight(today + timedelta(days=1)), midnight(today + timedelta(days=2))
    return {"today": (now, tomorrow), "tomorrow": (tomorrow, after)}


def provider_named(actor: Actor, public_id: str) -> Reference | None:
    rows = Organization.objects.filter(kind=OrganizationKind.PROVIDER, public_id=public_id)
    return _reference(rows.values_list("pk", "name"))


def _city(actor: Actor, public_id: str) -> Reference | None:
    return _reference(City.objects.filter(public_id=public_id).values_list("pk", "name"))


def _district(actor: Actor, public_id: str) -> Reference | None:
    return _reference(District.objects.filter(public_id=public_id).values_list("pk", "name"))


def _client(actor: Actor, public_id: str) -> Reference | None:
    rows = Client.objects.visible_to(actor).filter(public_id=public_id)
    return _reference(rows.values_list("pk", "name"))


def _building(actor: Actor, public_id: str) -> Reference | None:
    """A building that is public, or known to the actor from a request there."""
    rows = Building.objects.filter(public_id=public_id)
    here = ConnectionRequest.objects.visible_to(actor).filter(building__public_id=public_id)
    found = _reference(rows.visible_to(actor).values_list("pk", "address"))
    return found or _reference(here.values_list("building_id", "building__address"))


def _bundle(actor: Actor, public_id: str) -> Reference | None:
    rows = RequestBundle.objects.visible_to(actor).filter(public_id=public_id)
    return _reference(rows.values_list("pk", "public_id"))


def _reference(rows: QuerySet) -> Reference | None:
    row = rows.first()
    return None if row is None else Reference(*row)
