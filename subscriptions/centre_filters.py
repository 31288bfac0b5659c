"""The one definition of how subscriptions are filtered: list, map, sums, export."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.filters import NOT_FILTERS, StrictFilterSet
from core.folding import fold
from core.ids import is_public_id, normalize_number
from core.widgets import LeanSelect, QuietHidden
from locations.models import Building, City
from subscriptions.centre_rights import holds_services
from subscriptions.choices import SubscriptionState
from subscriptions.filters import provider_named
from subscriptions.models import Plan, PriceLine, Subscription, SubscriptionTag
from subscriptions.models.subscriptions import NUMBER_PREFIX
from subscriptions.rights import PORTFOLIO_KINDS
from subscriptions.selectors.centre.choices import own_choices, own_words, service_names
from subscriptions.selectors.request_choices import Reference, request_choices
from subscriptions.selectors.request_search import FEW, search_places

WITHIN = [("7", _("a week")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("a year"))]
NONE = "none"


def _choice(label: Any, method: str, **extra: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=label, method=method, empty_label=_("Any"), **{"widget": LeanSelect, **extra}
    )


def _money(label: Any, method: str) -> django_filters.NumberFilter:
    return django_filters.NumberFilter(
        label=label,
        method=method,
        min_value=0,
        max_value=Decimal("9999999999"),
        widget=forms.NumberInput(attrs={"class": "form-control", "min": "0", "step": "any"}),
    )


# What each side may ask by, beside what the base offers. What something costs is not to be found
# out by asking for it: who filed for others asks by nothing that its holders keep to themselves.
_HOLDERS = ("city", "cost_from", "cost_to", "tag", "centre", "ends_within", "term_within")
_ASKED_BY: dict[OrganizationKind, tuple[str, ...]] = {
    OrganizationKind.COMPANY: _HOLDERS,
    OrganizationKind.PERSON: _HOLDERS,
    OrganizationKind.PROVIDER: ("cost_from", "cost_to", "tag", "ends_within", "term_within"),
    OrganizationKind.AGENCY: ("tag", "term_within"),
    OrganizationKind.BUILDER: ("tag", "term_within"),
}


class CentreFilter(StrictFilterSet):
    """Filters over `Subscription.objects.visible_to(actor)`."""

    not_filters: ClassVar[frozenset[str]] = NOT_FILTERS | {"view", "month", "by", "bbox", "zoom"}

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        min_length=2,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "form-control",
                "placeholder": _("Number, contract, address, plan"),
            }
        ),
    )
    category = _choice(_("Service"), "by_category")
    city = _choice(_("City"), "by_city")
    provider = _choice(_("Provider"), "by_provider")
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=SubscriptionState.choices,
        empty_label=_("Any"),
        widget=LeanSelect,
    )
    cost_from = _money(_("A month, from"), "by_least_cost")
    cost_to = _money(_("A month, to"), "by_most_cost")
    tag = _choice(_("Tag"), "by_tag")
    centre = _choice(_("Cost centre"), "by_centre")
    term_within = _choice(_("Term ends within"), "by_term", choices=WITHIN)
    ends_within = _choice(_("Ends within"), "by_end", choices=WITHIN)
    building = _choice(_("Building"), "by_building", widget=QuietHidden)
    price_change = _choice(_("New price"), "by_price_change", widget=QuietHidden)

    class Meta:
        model = Subscription
        fields: ClassVar[list[str]] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, Subscription.objects.visible_to(actor), actor=actor)
        allowed = set(_HOLDERS if actor.kind is None else _ASKED_BY[actor.kind])
        for name in set(_HOLDERS) - allowed:
            del self.filters[name]
        self.references: dict[str, dict[str, Reference]] = {}
        self._offer(
            "category",
            {code: Reference(pk, name) for pk, (code, name) in service_names(actor).items()},
        )
        if actor.kind == OrganizationKind.PROVIDER:
            del self.filters["provider"]
        else:
            self._offer("provider", self._providers())
        tags, centres = own_words(actor)
        if holds_services(actor):
            self._offer_own(centres)
        elif "centre" in self.filters:
            self._offer("centre", centres)
        if "tag" in self.filters:
            self._offer("tag", tags)
        for name, model in (("building", Building), ("city", City)):
            if name == "building" or (name in self.filters and not holds_services(actor)):
                self._offer(name, self._named(name, model))
        self._offer("price_change", self._change())

    @classmethod
    def of_text(cls, text: str, *, actor: Actor) -> "CentreFilter":
        """The filters of a query string, as an export keeps them."""
        return cls(QueryDict(text), actor=actor)

    # --- what is offered ----------------------------------------------------------------------

    def _offer_own(self, centres: dict[str, Reference]) -> None:
        """A holder chooses among where and by whom it is served."""
        own = own_choices(self.actor)
        cities = dict(own.cities)
        cities.update(self._named("city", City, cities))
        self._offer("city", cities)
        nobody = {NONE: Reference(0, str(_("none")))}
        self._offer("centre", nobody | centres)

    def _providers(self) -> dict[str, Reference]:
        """Those one deals with; and one that an address names and that is known to the actor."""
        holder = holds_services(self.actor)
        found = (own_choices if holder else request_choices)(self.actor).providers
        given = str(self.query.get("provider") or "")
        if given and given not in found and (named := provider_named(self.actor, given)):
            return {**found, given: named}
        return found

    def _offer(self, name: str, references: dict[str, Reference]) -> None:
        self.references[name] = references
        self.filters[name].extra["choices"] = [(key, row.name) for key, row in references.items()]

    def _named(
        self, name: str, model: Any, known: dict[str, Reference] | None = None
    ) -> dict[str, Reference]:
        """What the address names and nobody offers: a place that is found by its public id."""
        given = str(self.query.get(name) or "")
        if not given or given in (known or {}) or not is_public_id(given):
            return {}
        label = "address" if model is Building else "name"
        row = model.objects.filter(public_id=given).values_list("pk", label).first()
        return {given: Reference(*row)} if row else {}

    def _change(self) -> dict[str, Reference]:
        """An announced price by its public id: its lines decide what one sees of it."""
        given = str(self.query.get("price_change") or "")
        if not is_public_id(given) or not given:
            return {}
        lines = PriceLine.objects.filter(
            change__public_id=given,
            subscription__in=Subscription.objects.visible_to(self.actor),
        )
        row = lines.values_list("change_id", "change__plan__name").first()
        return {given: Reference(*row)} if row else {}

    # --- what passes --------------------------------------------------------------------------

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """A number; a contract or an account that begins so; a client, a place, a plan."""
        number = normalize_number(NUMBER_PREFIX, value)
        if number:
            return rows.filter(number=number)
        found = search_places(self.actor, value)
        if self.actor.kind not in PORTFOLIO_KINDS:
            found |= Q(contract_number__startswith=value) | Q(account_number__startswith=value)
        plans = Plan.objects.filter(search_key__startswith=fold(value)).order_by()
        found |= Q(plan_id__in=list(plans.values_list("pk", flat=True)[:FEW]))
        return rows.filter(found)

    def by_category(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(category_id=self.references["category"][value].pk)

    def by_provider(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(provider_id=self.references["provider"][value].pk)

    def by_city(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(city_id=self.references["city"][value].pk)

    def by_building(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(building_id=self.references["building"][value].pk)

    def by_least_cost(self, rows: QuerySet, name: str, value: Decimal) -> QuerySet:
        return rows.filter(price__gte=value)

    def by_most_cost(self, rows: QuerySet, name: str, value: Decimal) -> QuerySet:
        return rows.filter(price__lte=value)

    def by_tag(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        links = SubscriptionTag.subscriptions.through.objects.filter(
            subscription_id=OuterRef("pk"), subscriptiontag_id=self.references["tag"][value].pk
        )
        return rows.filter(Exists(links))

    def by_centre(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == NONE:
            return rows.filter(cost_centre__isnull=True)
        return rows.filter(cost_centre_id=self.references["centre"][value].pk)

    def by_term(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if self.actor.kind in PORTFOLIO_KINDS:
            rows = rows.filter(Q(holder__isnull=True) | Q(holder_id=F("owner_id")))
        return self._within(rows, "term_ends_on", value)

    def by_end(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return self._within(rows, "ends_on", value)

    def by_price_change(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        lines = PriceLine.objects.filter(
            subscription_id=OuterRef("pk"), change_id=self.references["price_change"][value].pk
        )
        return rows.filter(Exists(lines))

    @staticmethod
    def _within(rows: QuerySet, column: str, days: str) -> QuerySet:
        today = clock.today()
        until = today + timedelta(days=int(days))
        return rows.filter(**{f"{column}__gte": today, f"{column}__lte": until}).exclude(
            state=SubscriptionState.ENDED
        )
