"""The one definition of how tickets are filtered: in pages, bulk actions, exports and the API."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.filters import StrictFilterSet
from core.widgets import DayInput, LeanCheckboxes, LeanSelect, QuietHidden
from locations.models import Building
from support.choices import OPEN_STATES, Channel, Priority, TicketState
from support.desk_choices import STATE_WORDS, DeskChoices, Reference, desk_choices
from support.models import Tag, Ticket, TicketCategory
from support.selectors.ticket_search import search
from users.models import CustomUser, Organization

ME, NOBODY = "me", "none"
GROUPS = [("open", _("All open")), ("closed", _("Solved and closed"))]
DUES = [("overdue", _("Overdue")), ("today", _("Today")), ("awaiting", _("Customer waits"))]
_OPEN = sorted(state.value for state in OPEN_STATES)

# How the desk is worked is no affair of its customers: they ask by what they see.
_OF_STAFF = ("queue", "assignee", "due", "tag", "kind", "organization", "channel")


def _choice(label: Any, method: str, **extra: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=label, method=method, empty_label=_("Any"), **{"widget": LeanSelect, **extra}
    )


class TicketFilter(StrictFilterSet):
    """Filters over `Ticket.objects.visible_to(actor)`.

    Rows are named by public ids, tags by their names, people also by `me` and `none`. Customers
    have those filters alone whose columns they see.
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
                "placeholder": _("Number, subject, name, e-mail"),
            }
        ),
    )
    group = _choice(_("Selection"), "by_group", choices=GROUPS)
    assignee = _choice(_("Assignee"), "by_assignee")
    queue = _choice(_("Queue"), "by_queue")
    due = _choice(_("Deadline"), "by_due", choices=DUES)
    priority = _choice(_("Priority"), "by_priority", choices=Priority.choices)
    category = _choice(_("Category"), "by_category")
    channel = _choice(_("Came by"), "by_channel", choices=Channel.choices)
    kind = _choice(_("Kind of organization"), "by_kind", choices=OrganizationKind.choices)
    tag = _choice(_("Tag"), "by_tag")
    created_after = django_filters.DateFilter(
        label=_("Opened from"), method="by_first_day", widget=DayInput
    )
    created_before = django_filters.DateFilter(
        label=_("Opened until"), method="by_last_day", widget=DayInput
    )
    state = django_filters.MultipleChoiceFilter(
        label=_("State"),
        choices=TicketState.choices,
        method="by_state",
        widget=LeanCheckboxes(attrs={"aria-label": _("State")}),
    )
    organization = _choice(_("Organization"), "by_organization", widget=QuietHidden)
    building = _choice(_("Building"), "by_building", widget=QuietHidden)

    class Meta:
        model = Ticket
        fields: list[str] = []

    def __init__(self, data: Any, queryset: QuerySet | None = None, *, actor: Actor) -> None:
        rows = Ticket.objects.visible_to(actor) if queryset is None else queryset
        super().__init__(data, rows, actor=actor)
        self.now = clock.now()
        self._references: dict[str, dict[str, Reference]] = {}
        if actor.organization is not None:
            for name in _OF_STAFF:
                del self.filters[name]
        if actor.organization is None:
            self.filters["state"].extra["choices"] = list(STATE_WORDS.items())
        self._offer()

    @property
    def is_of_open(self) -> bool:
        """Whether only tickets that somebody has to do something with are asked for."""
        states = set(self.query.getlist("state"))
        if self.query.get("group") == "open" or self.query.get("due"):
            return True
        return bool(states) and states <= OPEN_STATES

    # --- what is offered ----------------------------------------------------------------------

    def _offer(self) -> None:
        known = desk_choices() if self.actor.organization is None else DeskChoices()
        user = self.actor.user
        people = {} if user is None else {ME: Reference(user.pk, str(_("me")))}
        nobody = {NOBODY: Reference(0, str(_("nobody")))}
        self._offer_rows(
            "assignee", self._with_given("assignee", people | nobody | known.people, _person)
        )
        self._offer_rows("queue", known.queues)
        self._offer_rows("tag", self._with_given("tag", known.tags, _tag))
        categories = known.categories or self._categories()
        self._offer_rows("category", self._with_given("category", categories, _category))
        # Asked by links from other pages: nothing to choose from, only what was given is known.
        for name, find in (("organization", _organization), ("building", _building)):
            self._offer_rows(name, self._with_given(name, {}, find))

    def _categories(self) -> dict[str, Reference]:
        """Those that the actor's kind of organization may choose for a ticket."""
        rows = TicketCategory.objects.filter(archived_at=None)
        return {
            row.public_id: Reference(row.pk, row.name)
            for row in rows
            if row.is_offered_to(self.actor.kind)
        }

    def _offer_rows(self, name: str, rows: dict[str, Reference]) -> None:
        if name in self.filters:
            self._references[name] = rows
            self.filters[name].extra["choices"] = [(key, row.name) for key, row in rows.items()]

    def _with_given(self, name: str, rows: dict[str, Reference], find: Any) -> dict[str, Reference]:
        """`rows`, and the one that the address names though it is not offered."""
        given = self.query.get(name)
        if not given or given in rows or name not in self.filters or "\x00" in given:
            return rows
        found = find(self.actor, given)
        return rows if found is None else rows | {given: found}

    # --- how each narrows ---------------------------------------------------------------------

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return search(rows, self.actor, value)

    def by_group(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "open":
            return rows.filter(state__in=_OPEN)
        return rows.filter(state__in=[TicketState.SOLVED, TicketState.CLOSED])

    def by_state(self, rows: QuerySet, name: str, value: list[str]) -> QuerySet:
        if not value:
            return rows
        # Equality keeps the order of the index (state, due_at, id); a list of one does not.
        return rows.filter(state=value[0]) if len(value) == 1 else rows.filter(state__in=value)

    def by_due(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """What has a deadline now is open: of the others `due_at` is never, and nobody waits."""
        if value == "awaiting":
            return rows.filter(awaits_since__isnull=False)
        if value == "overdue":
            return rows.filter(due_at__lt=self.now)
        return rows.filter(due_at__gte=self.now, due_at__lt=tomorrow(self.now))

    def by_queue(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(queue_id=self._pk(name, value))

    def by_priority(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(priority=value)

    def by_category(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(category_id=self._pk(name, value))

    def by_channel(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(channel=value)

    def by_assignee(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == NOBODY:
            return rows.filter(assignee__isnull=True)
        return rows.filter(assignee_id=self._pk(name, value))

    def by_tag(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        tagged = Ticket.tags.through.objects.filter(tag_id=self._pk(name, value))
        return rows.filter(pk__in=tagged.values("ticket_id"))

    def by_kind(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(owner__kind=value)

    def by_organization(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(owner_id=self._pk(name, value))

    def by_building(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(building_id=self._pk(name, value))

    def by_first_day(self, rows: QuerySet, name: str, value: date) -> QuerySet:
        return rows.filter(created_at__gte=midnight(value))

    def by_last_day(self, rows: QuerySet, name: str, value: date) -> QuerySet:
        return rows.filter(created_at__lt=midnight(value + timedelta(days=1)))

    def _pk(self, name: str, value: str) -> int:
        return self._references[name][value].pk


def midnight(day: date) -> datetime:
    """The beginning of a day where the reader is."""
    return timezone.make_aware(datetime.combine(day, time.min))


def tomorrow(now: datetime) -> datetime:
    """The end of the reader's day."""
    return midnight(timezone.localdate(now) + timedelta(days=1))


def _person(actor: Actor, public_id: str) -> Reference | None:
    """Who worked the desk once: their tickets are still looked for."""
    rows = CustomUser.objects.filter(public_id=public_id, is_staff=True)
    return _reference(rows.values_list("pk", "full_name"))


def _tag(actor: Actor, name: str) -> Reference | None:
    return _reference(Tag.objects.filter(name=name).values_list("pk", "name"))


def _category(actor: Actor, public_id: str) -> Reference | None:
    """One that was archived, or is for others now: old tickets have it."""
    here = Ticket.objects.visible_to(actor).filter(category__public_id=public_id)
    return _reference(here.values_list("category_id", "category__name"))


def _organization(actor: Actor, public_id: str) -> Reference | None:
    rows = Organization.objects.filter(public_id=public_id)
    if not actor.is_admin and not Ticket.objects.visible_to(actor).filter(owner__in=rows).exists():
        return None
    return _reference(rows.values_list("pk", "name"))


def _building(actor: Actor, public_id: str) -> Reference | None:
    """A building that is public, or known to the actor from a ticket there."""
    rows = Building.objects.filter(public_id=public_id)
    here = Ticket.objects.visible_to(actor).filter(building__public_id=public_id)
    found = _reference(rows.visible_to(actor).values_list("pk", "address"))
    return found or _reference(here.values_list("building_id", "building__address"))


def _reference(rows: QuerySet) -> Reference | None:
    row = rows.order_by().first()
    return None if row is None else Reference(*row)
