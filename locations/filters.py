"""The one definition of how a provider's zones and statements are filtered."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.filters import StrictFilterSet
from core.widgets import LeanSelect
from locations.addresses import fold
from locations.fields import prefix_range
from locations.models import (
    BuildingCoverage,
    CoverageFinding,
    CoverageState,
    CoverageZone,
    FindingKind,
    ServiceCategory,
)

IN_FORCE, EXPIRED, RETIRED, CONTRADICTED = "in-force", "expired", "retired", "contradicted"


class CoverageFilter(StrictFilterSet):
    """What zones and statements are both narrowed by."""

    category = django_filters.ChoiceFilter(
        label=_("Service"),
        field_name="category__code",
        empty_label=_("All services"),
        widget=LeanSelect,
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=CoverageState.choices,
        empty_label=_("Any"),
        widget=LeanSelect,
    )

    def __init__(self, data: Any, queryset: QuerySet, *, actor: Actor) -> None:
        super().__init__(data, queryset, actor=actor)
        self.filters["category"].extra["choices"] = [
            (category.code, category.name) for category in ServiceCategory.objects.all()
        ]

    def by_standing(self, rows: Any, name: str, value: str) -> QuerySet:
        if value == RETIRED:
            return rows.filter(is_active=False)
        if value == CONTRADICTED:
            return rows.contradicted()
        if "is_active" in {field.name for field in rows.model._meta.fields}:
            rows = rows.filter(is_active=True)
        return rows.expired() if value == EXPIRED else rows.in_force()


class ZoneFilter(CoverageFilter):
    """Filters over `CoverageZone.objects.visible_to(actor)`."""

    standing = django_filters.ChoiceFilter(
        label=_("Show"),
        method="by_standing",
        choices=[
            (IN_FORCE, _("In force")),
            (EXPIRED, _("Expired")),
            (RETIRED, _("Retired")),
            (CONTRADICTED, _("Refused lately")),
        ],
        empty_label=_("All zones"),
        widget=LeanSelect,
    )

    class Meta:
        model = CoverageZone
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, CoverageZone.objects.visible_to(actor), actor=actor)


class StatementFilter(CoverageFilter):
    """Filters over `BuildingCoverage.objects.visible_to(actor)`."""

    standing = django_filters.ChoiceFilter(
        label=_("Show"),
        method="by_standing",
        choices=[
            (IN_FORCE, _("In force")),
            (EXPIRED, _("Expired")),
            (CONTRADICTED, _("Refused lately")),
        ],
        empty_label=_("All buildings"),
        widget=LeanSelect,
    )
    street = django_filters.CharFilter(
        label=_("Street, house"), method="by_street", min_length=2, max_length=100
    )

    class Meta:
        model = BuildingCoverage
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, BuildingCoverage.objects.visible_to(actor), actor=actor)

    def by_street(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        key = fold(value)
        return rows.filter(**prefix_range("building__search_key", key)) if key else rows.none()


class FindingFilter(StrictFilterSet):
    """Filters over `CoverageFinding.objects.visible_to(actor)`."""

    kind = django_filters.ChoiceFilter(
        label=_("What"), choices=FindingKind.choices, empty_label=_("All"), widget=LeanSelect
    )

    class Meta:
        model = CoverageFinding
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, CoverageFinding.objects.visible_to(actor), actor=actor)
