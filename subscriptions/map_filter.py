"""The one definition of how the map and the list beside it are filtered."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.filters import Chip, StrictFilterSet
from core.widgets import LeanSelect
from locations.models import CoverageState, CoverageZone
from locations.selectors.gazetteer import gazetteer
from locations.selectors.map_layers import city_view, shown_zones
from locations.viewport import Viewport
from subscriptions.selectors.catalogue import categories
from subscriptions.selectors.map_start import city_to_begin_in
from users.models import Organization


class MapFilter(StrictFilterSet):
    """Filters over the zones that the actor is shown; and where one looks: `bbox` with `zoom`.

    `city` is a place to go to, by name. Categories and providers narrow requests and subscriptions
    on the map too.
    """

    # Where one looks is no filter to be taken away.
    places: ClassVar[frozenset[str]] = frozenset({"bbox", "zoom", "city"})

    city = django_filters.CharFilter(label=_("City"), method="not_of_zones", max_length=120)
    category = django_filters.ChoiceFilter(
        label=_("Service"),
        field_name="category__code",
        empty_label=_("All services"),
        widget=LeanSelect,
    )
    provider = django_filters.ChoiceFilter(
        label=_("Provider"),
        field_name="provider__public_id",
        empty_label=_("All"),
        widget=LeanSelect,
    )
    state = django_filters.ChoiceFilter(
        label=_("State of zones"),
        choices=CoverageState.choices,
        empty_label=_("Any"),
        widget=LeanSelect,
    )
    bbox = django_filters.CharFilter(method="not_of_zones", widget=forms.HiddenInput)
    zoom = django_filters.CharFilter(method="not_of_zones", widget=forms.HiddenInput)

    class Meta:
        model = CoverageZone
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, shown_zones(actor), actor=actor)
        self.categories = {row.code: row for row in categories()}
        self.filters["category"].extra["choices"] = [
            (code, row.name) for code, row in self.categories.items()
        ]
        sandbox = actor.organization is not None and actor.organization.is_sandbox
        self.providers = {
            public_id: (pk, name)
            for pk, public_id, name in Organization.objects.working_providers()
            .filter(is_sandbox=sandbox)
            .order_by("name")
            .values_list("pk", "public_id", "name")
        }
        self.filters["provider"].extra["choices"] = [
            (public_id, name) for public_id, (_pk, name) in self.providers.items()
        ]

    def not_of_zones(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows

    def chips(self) -> list[Chip]:
        return [chip for chip in super().chips() if chip.name not in self.places]

    @cached_property
    def view(self) -> Viewport | None:
        """What is looked at, where the address says so. Raises DomainError for what is no box."""
        self.check()
        bbox, zoom = self.query.get("bbox"), self.query.get("zoom")
        if bbox:
            return Viewport.read(str(bbox), str(zoom or ""))
        return city_view(self.city_id) if self.city_id else None

    @cached_property
    def city_id(self) -> int | None:
        """The city that is named (of several of one name the largest), else where one works."""
        if name := self.query.get("city"):
            found = gazetteer().find(str(name))
            return found.pk if found else None
        return None if self.query.get("bbox") else city_to_begin_in(self.actor)

    @property
    def terms(self) -> dict[str, int]:
        """What requests and subscriptions are narrowed by, as lookups."""
        self.check()
        found = {}
        if category := self.query.get("category"):
            found["category_id"] = self.categories[category].pk
        if provider := self.query.get("provider"):
            found["provider_id"] = self.providers[provider][0]
        return found

    @property
    def names_zones(self) -> bool:
        """Whether zones were chosen: all of them at once are a heap of colours."""
        return bool(self.query.get("category") or self.query.get("provider"))

    @property
    def query_of_layers(self) -> str:
        """The part of the address that layers depend on."""
        rest = self.query.copy()
        for name in self.places:
            rest.pop(name, None)
        return rest.urlencode()
